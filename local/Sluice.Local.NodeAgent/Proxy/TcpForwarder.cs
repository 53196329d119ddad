using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace Sluice.Local.NodeAgent.Proxy;

/// <summary>
/// One port of a service: accepts on the service's address and carries bytes to one of the endpoints that are ready, in turn.
/// A connection stays with the endpoint that it got; when the endpoints change only new connections see it, as with kube-proxy.
/// </summary>
internal sealed class TcpForwarder : IAsyncDisposable
{
    private const int BufferBytes = 64 * 1024;
    private const int ConnectionsMax = 10_000;
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    private readonly Socket _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _connections = [];
    private readonly Task _loop;
    private volatile IPEndPoint[] _endpoints = [];
    private int _turn;

    private TcpForwarder(Socket listener)
    {
        _listener = listener;
        _loop = Task.Run(AcceptAsync);
    }

    /// <summary>Where the forwarder listens.</summary>
    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndPoint!;

    /// <summary>Begins to listen.</summary>
    /// <exception cref="SocketException">The address is taken by another program.</exception>
    public static TcpForwarder Start(IPEndPoint address)
    {
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // A predecessor's connections that are still in TIME_WAIT must not keep a new control plane from its services.
            listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            listener.Bind(address);
            listener.Listen(512);
        }
        catch
        {
            listener.Dispose();
            throw;
        }
        return new TcpForwarder(listener);
    }

    /// <summary>The endpoints that new connections go to; none: they are closed at once.</summary>
    public void SetEndpoints(IEnumerable<IPEndPoint> endpoints) => _endpoints = [.. endpoints];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _loop.ConfigureAwait(false);
        Task[] open;
        lock (_lock) open = [.. _connections];
        await Task.WhenAll(open).ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // The client went away before it was accepted, or descriptors ran out: let some end.
                await Task.Delay(20).ConfigureAwait(false);
                continue;
            }
            Track(ForwardAsync(client));
        }
    }

    private void Track(Task connection)
    {
        lock (_lock) _connections.Add(connection);
        _ = connection.ContinueWith(
            done =>
            {
                lock (_lock) _connections.Remove(done);
            },
            CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private async Task ForwardAsync(Socket client)
    {
        using (client)
        {
            int open;
            lock (_lock) open = _connections.Count;
            using var server = open > ConnectionsMax ? null : await ConnectAsync().ConfigureAwait(false);
            if (server is null)
            {
                // A reset, as the client of a service without endpoints gets it.
                client.LingerState = new LingerOption(true, 0);
                return;
            }
            client.NoDelay = true;
            server.NoDelay = true;
            using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            var up = CopyAsync(client, server, end);
            var down = CopyAsync(server, client, end);
            await Task.WhenAll(up, down).ConfigureAwait(false);
        }
    }

    private async Task<Socket?> ConnectAsync()
    {
        var endpoints = _endpoints;
        var turn = Interlocked.Increment(ref _turn) & int.MaxValue;
        for (var i = 0; i < endpoints.Length; i++)
        {
            var endpoint = endpoints[(turn + i) % endpoints.Length];
            var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                limit.CancelAfter(ConnectTimeout);
                await socket.ConnectAsync(endpoint, limit.Token).ConfigureAwait(false);
                return socket;
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // This endpoint has just gone: the next one may serve.
                socket.Dispose();
            }
        }
        return null;
    }

    /// <summary>
    /// Carries one direction. A receive is only made once the bytes before it were taken by the other side, so a slow reader
    /// slows the writer. The end of the input is passed on; the other direction goes on until its own end.
    /// </summary>
    private static async Task CopyAsync(Socket from, Socket to, CancellationTokenSource end)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            while (true)
            {
                var read = await from.ReceiveAsync(buffer, SocketFlags.None, end.Token).ConfigureAwait(false);
                if (read == 0) break;
                for (var sent = 0; sent < read;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), SocketFlags.None, end.Token).ConfigureAwait(false);
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Broken on one side: both ends are closed.
            await end.CancelAsync().ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
