using System.Buffers.Binary;
using System.Net.Sockets;
using System.Threading.Channels;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Client;

/// <summary>
/// One connection to one broker. Requests may be sent while others wait; a broker answers a connection's requests in order.
/// </summary>
/// <remarks>When anything goes wrong the connection is closed and every waiting request fails with <see cref="BrokerUnreachableException"/>.</remarks>
public sealed class KafkaConnection : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly ClientOptions _options;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly Channel<PendingRequest> _pending = Channel.CreateUnbounded<PendingRequest>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _closed = new();
    private readonly Dictionary<ApiKey, (short Min, short Max)> _versions = [];
    private Task _receiving = Task.CompletedTask;
    private int _correlationId;
    private BrokerUnreachableException? _failure;

    private KafkaConnection(BrokerAddress address, Socket socket, ClientOptions options)
    {
        Address = address;
        _socket = socket;
        _options = options;
    }

    /// <summary>The broker's address as it was given.</summary>
    public BrokerAddress Address { get; }

    /// <summary>False once it broke or was disposed of; it never opens again.</summary>
    public bool IsOpen => !_closed.IsCancellationRequested;

    /// <summary>Connects and asks which versions the broker speaks (KIP-35).</summary>
    /// <exception cref="BrokerUnreachableException">Nobody answers there, or not like a broker.</exception>
    public static async Task<KafkaConnection> ConnectAsync(BrokerAddress address, ClientOptions options, CancellationToken cancellation = default)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        KafkaConnection? connection = null;
        using var limit = new CancellationTokenSource(options.ConnectTimeout, options.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            await socket.ConnectAsync(address.Host, address.Port, either.Token).ConfigureAwait(false);
            connection = new KafkaConnection(address, socket, options);
            connection._receiving = connection.Receive();
            await connection.Negotiate(either.Token).ConfigureAwait(false);
            return connection;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or BrokerUnreachableException)
        {
            if (connection is not null) await connection.DisposeAsync().ConfigureAwait(false);
            socket.Dispose();
            cancellation.ThrowIfCancellationRequested();
            string reason = e is OperationCanceledException ? $"no answer within {options.ConnectTimeout.TotalSeconds:0.#} s" : e.Message;
            throw new BrokerUnreachableException($"{address}: {reason}", e);
        }
    }

    /// <summary>The newest version of an API that both sides speak.</summary>
    /// <exception cref="KafkaException"><see cref="ErrorCode.UnsupportedVersion"/>: there is none.</exception>
    public short VersionFor(ApiKey key)
    {
        ApiInfo ours = ApiTable.Get(key);
        if (!_versions.TryGetValue(key, out (short Min, short Max) theirs))
        {
            throw new KafkaException(ErrorCode.UnsupportedVersion, $"the broker {Address} does not offer {key}");
        }

        short version = Math.Min(ours.MaxStableVersion, theirs.Max);
        return version >= Math.Max(ours.MinVersion, theirs.Min) ? version : throw new KafkaException(
            ErrorCode.UnsupportedVersion,
            $"the broker {Address} speaks {key} in versions {theirs.Min} to {theirs.Max}, this client in {ours.MinVersion} to {ours.MaxStableVersion}");
    }

    /// <summary>Sends a request in the newest common version and waits for its answer.</summary>
    /// <exception cref="BrokerUnreachableException">The connection broke or no answer came in time; the request may have been carried out.</exception>
    /// <exception cref="KafkaException">There is no version that both sides speak.</exception>
    public Task<TResponse> SendAsync<TResponse>(IRequest<TResponse> request, CancellationToken cancellation = default)
        where TResponse : class, IResponse, new() =>
        SendAsync(request, VersionFor(request.ApiKey), cancellation);

    /// <summary>Sends a request in a version of the caller's choice.</summary>
    /// <inheritdoc cref="SendAsync{TResponse}(IRequest{TResponse}, CancellationToken)"/>
    public async Task<TResponse> SendAsync<TResponse>(IRequest<TResponse> request, short version, CancellationToken cancellation = default)
        where TResponse : class, IResponse, new()
    {
        PendingRequest<TResponse> pending = await Write(request, version, cancellation).ConfigureAwait(false);
        try
        {
            return await pending.Answer.WaitAsync(_options.RequestTimeout, _options.Clock, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            var reason = new BrokerUnreachableException($"{Address}: no answer to {request.ApiKey} within {_options.RequestTimeout.TotalSeconds:0.#} s");
            Close(reason);
            throw reason;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Close(new BrokerUnreachableException($"{Address}: the connection was closed by this client"));
        await _receiving.ConfigureAwait(false);
    }

    private async Task Negotiate(CancellationToken cancellation)
    {
        var request = new ApiVersionsRequest { ClientSoftwareName = "sluice", ClientSoftwareVersion = "0.1.0" };
        short version = ApiTable.Get(ApiKey.ApiVersions).MaxVersion;
        var response = await SendAsync(request, version, cancellation).ConfigureAwait(false);
        if (response.ErrorCode == ErrorCode.UnsupportedVersion)
        {
            // An older broker answers in version 0 with what it has; version 0 of the request is understood by all.
            response = await SendAsync(request, 0, cancellation).ConfigureAwait(false);
        }

        KafkaException.ThrowIfError(response.ErrorCode, null, $"the version handshake with {Address}");
        foreach (ApiVersionsResponse.ApiVersion api in response.ApiKeys) _versions[(ApiKey)api.ApiKey] = (api.MinVersion, api.MaxVersion);
    }

    private async Task<PendingRequest<TResponse>> Write<TResponse>(IRequest<TResponse> request, short version, CancellationToken cancellation)
        where TResponse : class, IResponse, new()
    {
        await _sending.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_failure is not null) throw _failure;
            int correlationId = unchecked(++_correlationId);
            var pending = new PendingRequest<TResponse>(request.ApiKey, version, correlationId);
            using RequestFrame frame = RequestFrame.Encode(request, version, correlationId, _options.ClientId);
            // Queued first: the answer may come before the send call returns. From here on the request is not to be cancelled half-way,
            // which would leave the stream in the middle of a frame.
            if (!_pending.Writer.TryWrite(pending)) throw _failure ?? new BrokerUnreachableException($"{Address}: the connection is closed");
            await Send(frame.Buffer).ConfigureAwait(false);
            return pending;
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task Send(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            while (bytes.Length > 0) bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None, _closed.Token).ConfigureAwait(false)..];
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            Close(new BrokerUnreachableException($"{Address}: {e.Message}", e));
            throw _failure!;
        }
    }

    private async Task Receive()
    {
        try
        {
            byte[] prefix = new byte[4];
            while (true)
            {
                await ReceiveExactly(prefix).ConfigureAwait(false);
                int length = BinaryPrimitives.ReadInt32BigEndian(prefix);
                if (length < 4 || length > _options.ResponseBytesMax)
                {
                    throw new ProtocolException($"a frame of {length} bytes: expected 4 to {_options.ResponseBytesMax}");
                }

                byte[] frame = new byte[length];
                await ReceiveExactly(frame).ConfigureAwait(false);
                if (!_pending.Reader.TryRead(out PendingRequest? pending)) throw new ProtocolException("an answer that nobody asked for");
                Complete(pending, frame);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException or ProtocolException)
        {
            Close(new BrokerUnreachableException($"{Address}: {e.Message}", e));
        }

        while (_pending.Reader.TryRead(out PendingRequest? pending)) pending.Fail(_failure!);
    }

    private static void Complete(PendingRequest pending, byte[] frame)
    {
        try
        {
            pending.Complete(frame);
        }
        catch (ProtocolException e)
        {
            pending.Fail(new BrokerUnreachableException($"the answer to {pending.Key} version {pending.Version} can't be read: {e.Message}", e));
            throw;
        }
    }

    private async Task ReceiveExactly(Memory<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            int received = await _socket.ReceiveAsync(buffer, SocketFlags.None, _closed.Token).ConfigureAwait(false);
            if (received == 0) throw new IOException("the broker closed the connection");
            buffer = buffer[received..];
        }
    }

    private void Close(BrokerUnreachableException reason)
    {
        if (Interlocked.CompareExchange(ref _failure, reason, null) is not null) return;
        _pending.Writer.TryComplete();
        _closed.Cancel();
        _socket.Dispose();
    }
}
