using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Sluice.Protocol;
using Sluice.Protocol.Frames;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;
using Sluice.Protocol.Wire;

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
        var pending = new PendingRequest<TResponse>(request.ApiKey, version, NextCorrelationId());
        await Write(request, pending, cancellation).ConfigureAwait(false);
        return await Wait(pending.Answer, request.ApiKey, _options.RequestTimeout, cancellation).ConfigureAwait(false);
    }

    /// <summary>As <see cref="SendAsync{TResponse}(IRequest{TResponse}, short, CancellationToken)"/>, but the answer stays in pooled memory, and may take longer.</summary>
    internal async Task<FramedResponse<TResponse>> SendFramedAsync<TResponse>(
        IRequest<TResponse> request, short version, TimeSpan timeout, CancellationToken cancellation)
        where TResponse : class, IResponse, new()
    {
        var pending = new FramedPendingRequest<TResponse>(request.ApiKey, version, NextCorrelationId());
        await Write(request, pending, cancellation).ConfigureAwait(false);
        return await Wait(pending.FramedAnswer, request.ApiKey, timeout, cancellation).ConfigureAwait(false);
    }

    /// <summary>As <see cref="SendAsync{TResponse}(IRequest{TResponse}, short, CancellationToken)"/> for requests that a broker may hold back, such as JoinGroup.</summary>
    internal async Task<TResponse> SendAsync<TResponse>(IRequest<TResponse> request, TimeSpan timeout, CancellationToken cancellation)
        where TResponse : class, IResponse, new()
    {
        var pending = new PendingRequest<TResponse>(request.ApiKey, VersionFor(request.ApiKey), NextCorrelationId());
        await Write(request, pending, cancellation).ConfigureAwait(false);
        return await Wait(pending.Answer, request.ApiKey, timeout, cancellation).ConfigureAwait(false);
    }

    /// <summary>Sends a request that the broker does not answer: Produce with acks=0.</summary>
    internal Task SendOneWayAsync(IRequest request, short version, CancellationToken cancellation) =>
        Write(request, new OneWay(request.ApiKey, version, NextCorrelationId()), cancellation);

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

    private int NextCorrelationId() => Interlocked.Increment(ref _correlationId);

    private async Task<T> Wait<T>(Task<T> answer, ApiKey key, TimeSpan timeout, CancellationToken cancellation)
    {
        try
        {
            return await answer.WaitAsync(timeout, _options.Clock, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            var reason = new BrokerUnreachableException($"{Address}: no answer to {key} within {timeout.TotalSeconds:0.#} s");
            Close(reason);
            throw reason;
        }
    }

    private async Task Write(IRequest request, PendingRequest pending, CancellationToken cancellation)
    {
        await _sending.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_failure is not null) throw _failure;
            using RequestFrame frame = RequestFrame.Encode(request, pending.Version, pending.CorrelationId, _options.ClientId);
            // Queued first: the answer may come before the send call returns. From here on the request is not to be cancelled half-way,
            // which would leave the stream in the middle of a frame.
            if (pending is not OneWay && !_pending.Writer.TryWrite(pending)) throw _failure ?? new BrokerUnreachableException($"{Address}: the connection is closed");
            await Send(frame).ConfigureAwait(false);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task Send(RequestFrame frame)
    {
        try
        {
            if (frame.Splices.Length == 0) await Send(frame.Buffer).ConfigureAwait(false);
            else await SendGathered(Pieces(frame)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            Close(new BrokerUnreachableException($"{Address}: {e.Message}", e));
            throw _failure!;
        }
    }

    private async Task Send(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0) bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None, _closed.Token).ConfigureAwait(false)..];
    }

    private async Task SendGathered(List<ArraySegment<byte>> pieces)
    {
        while (pieces.Count > 0)
        {
            int sent = await _socket.SendAsync(pieces, SocketFlags.None).ConfigureAwait(false);
            int whole = 0;
            while (whole < pieces.Count && sent >= pieces[whole].Count) sent -= pieces[whole++].Count;
            pieces.RemoveRange(0, whole);
            if (sent > 0) pieces[0] = pieces[0][sent..];
        }
    }

    /// <summary>The frame's buffer with the record batches between, in the order of the wire.</summary>
    private static List<ArraySegment<byte>> Pieces(RequestFrame frame)
    {
        var pieces = new List<ArraySegment<byte>>((2 * frame.Splices.Length) + 1);
        int at = 0;
        foreach (FrameSplice splice in frame.Splices)
        {
            Add(pieces, frame.Buffer[at..splice.Position]);
            Add(pieces, ((MemoryRecords)splice.Records.File!).Memory);
            at = splice.Position;
        }

        Add(pieces, frame.Buffer[at..]);
        return pieces;
    }

    private static void Add(List<ArraySegment<byte>> pieces, ReadOnlyMemory<byte> memory)
    {
        if (memory.Length > 0 && MemoryMarshal.TryGetArray(memory, out ArraySegment<byte> piece)) pieces.Add(piece);
    }

    private async Task Receive()
    {
        var reader = new FrameReader(_socket, _options.ResponseBytesMax);
        try
        {
            while (true)
            {
                int length = await reader.NextLength(_closed.Token).ConfigureAwait(false);
                if (!_pending.Reader.TryRead(out PendingRequest? pending)) throw new ProtocolException("an answer that nobody asked for");
                await ReceiveAnswer(reader, length, pending).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException or ProtocolException)
        {
            Close(new BrokerUnreachableException($"{Address}: {e.Message}", e));
        }

        // What is being sent is let go of by the kernel first: those who waited may use its memory again.
        await _sending.WaitAsync().ConfigureAwait(false);
        _sending.Release();
        while (_pending.Reader.TryRead(out PendingRequest? pending)) pending.Fail(_failure!);
    }

    private async ValueTask ReceiveAnswer(FrameReader reader, int length, PendingRequest pending)
    {
        FrameBuffer? frame = pending.SharesFrame ? FrameBuffer.Rent(length) : null;
        Memory<byte> bytes = frame?.Memory ?? new byte[length];
        try
        {
            await reader.Read(bytes, _closed.Token).ConfigureAwait(false);
            pending.Complete(bytes, frame);
        }
        catch (ProtocolException e)
        {
            pending.Fail(new BrokerUnreachableException($"the answer to {pending.Key} version {pending.Version} can't be read: {e.Message}", e));
            throw;
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            Close(new BrokerUnreachableException($"{Address}: {e.Message}", e));
            pending.Fail(_failure!);
            throw;
        }
    }

    private void Close(BrokerUnreachableException reason)
    {
        if (Interlocked.CompareExchange(ref _failure, reason, null) is not null) return;
        _pending.Writer.TryComplete();
        _closed.Cancel();
        _socket.Dispose();
    }

    /// <summary>A request that nobody answers.</summary>
    private sealed class OneWay(ApiKey key, short version, int correlationId) : PendingRequest(key, version, correlationId)
    {
        public override void Fail(Exception reason)
        {
            // Nobody waits.
        }

        protected override void CompleteBody(ref WireReader reader, FrameBuffer? frame) => throw new InvalidOperationException("an answer to a request without one");
    }
}
