using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Sluice.Network.Connections;
using Sluice.Network.Listening;
using Sluice.Network.Loops;
using Sluice.Protocol.Frames;
using Support;

namespace Sluice.Network.Tests;

/// <summary>A server of some loops on loopback whose handler is a delegate; records what the network layer tells.</summary>
internal sealed class TestServer : INetworkEvents, IDisposable
{
    private readonly List<EventLoop> _loops = [];
    private bool _stopped;

    public TestServer(
        Action<Connection, RequestSlot, ReadOnlyMemory<byte>> onRequest,
        NetworkLimits? limits = null,
        int loops = 1,
        int spinMicroseconds = 0,
        int listenerConnectionsMax = int.MaxValue,
        int? sendBufferBytes = null)
    {
        limits ??= new NetworkLimits();
        var options = new EventLoopOptions { Limits = limits, SpinMicroseconds = spinMicroseconds };
        for (int i = 0; i < loops; i++)
        {
            var handler = new DelegateHandler(this, onRequest);
            _loops.Add(new EventLoop(i, options, handler, handler, this));
        }
        Limits = new ConnectionLimits(limits);
        Acceptor = new Acceptor(
            new ListenerOptions
            {
                Name = "PLAINTEXT",
                Address = new IPEndPoint(IPAddress.Loopback, 0),
                ConnectionsMax = listenerConnectionsMax,
                SendBufferBytes = sendBufferBytes,
            },
            _loops,
            Limits,
            this);
        foreach (EventLoop loop in _loops) loop.Start();
        Acceptor.Start();
    }

    public Acceptor Acceptor { get; }

    public ConnectionLimits Limits { get; }

    public IReadOnlyList<EventLoop> Loops => _loops;

    public ConcurrentQueue<(CloseReason Reason, string Detail)> Closed { get; } = new();

    public ConcurrentQueue<Connection> Opened { get; } = new();

    public ConcurrentQueue<string> Refused { get; } = new();

    public ConcurrentQueue<string> Paused { get; } = new();

    public ConcurrentQueue<Exception> Fatal { get; } = new();

    public int OnClosedCalls;

    /// <summary>The most connections that were open at a time.</summary>
    public int ConnectionsSeenMax { get; private set; }

    public TestClient Connect() => new(Acceptor.LocalAddress);

    public static void Echo(Connection connection, RequestSlot slot, ReadOnlyMemory<byte> frame) => slot.Complete(Frame(frame.Span));

    /// <summary>An answer with these bytes, of which the first four pass for the header.</summary>
    public static ResponseFrame Frame(ReadOnlySpan<byte> body) =>
        ResponseFrame.Encode(new RawMessage().Add(body[4..]), 0, BinaryPrimitives.ReadInt32BigEndian(body), 0);

    public async Task StopAsync()
    {
        if (_stopped) return;
        _stopped = true;
        Assert.Empty(Fatal);
        await Acceptor.CloseAsync().WaitAsync(TimeSpan.FromSeconds(30));
        await Task.WhenAll(_loops.Select(loop => loop.StopAsync())).WaitAsync(TimeSpan.FromSeconds(30));
    }

    public void Dispose()
    {
        StopAsync().GetAwaiter().GetResult();
        Acceptor.Dispose();
        foreach (EventLoop loop in _loops) loop.Dispose();
        Assert.Empty(Fatal);
    }

    public async Task<(CloseReason Reason, string Detail)> NextClosedAsync()
    {
        await Wait.UntilAsync(() => !Closed.IsEmpty);
        Closed.TryDequeue(out (CloseReason, string) closed);
        return closed;
    }

    void INetworkEvents.ConnectionOpened(Connection connection)
    {
        lock (Opened) ConnectionsSeenMax = Math.Max(ConnectionsSeenMax, Limits.Total);
        Opened.Enqueue(connection);
    }

    void INetworkEvents.ConnectionClosed(Connection connection, CloseReason reason, string detail) => Closed.Enqueue((reason, detail));

    void INetworkEvents.ConnectionRefused(string listener, IPAddress address, string limit) => Refused.Enqueue(limit);

    void INetworkEvents.AcceptPaused(string listener, string cause) => Paused.Enqueue(cause);

    private sealed class DelegateHandler(TestServer server, Action<Connection, RequestSlot, ReadOnlyMemory<byte>> onRequest)
        : IConnectionHandler, ILoopClient
    {
        public long NextDeadlineMs => long.MaxValue;

        public void OnRequest(Connection connection, RequestSlot slot, ReadOnlyMemory<byte> frame) => onRequest(connection, slot, frame);

        public void OnClosed(Connection connection) => Interlocked.Increment(ref server.OnClosedCalls);

        public void Tick(long nowMs)
        {
        }

        public void OnFatal(Exception failure) => server.Fatal.Enqueue(failure);
    }
}

/// <summary>A blocking client of the framing.</summary>
internal sealed class TestClient : IDisposable
{
    public TestClient(IPEndPoint server, int? receiveBufferBytes = null)
    {
        Socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBufferBytes is { } bytes) Socket.ReceiveBufferSize = bytes;
        Socket.ReceiveTimeout = 10_000;
        Socket.SendTimeout = 10_000;
        Socket.Connect(server);
    }

    public Socket Socket { get; }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[Socket.Send(bytes)..];
    }

    public void SendFrame(ReadOnlySpan<byte> body)
    {
        byte[] bytes = new byte[body.Length + 4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, body.Length);
        body.CopyTo(bytes.AsSpan(4));
        Send(bytes);
    }

    public byte[] ReceiveFrame()
    {
        int length = BinaryPrimitives.ReadInt32BigEndian(ReceiveExactly(4));
        return ReceiveExactly(length);
    }

    /// <summary>
    /// Sends a request and waits for its answer. A loop takes up what has come in the order in which it came, so that it has dealt by
    /// then with all that was sent to it before, on other connections too.
    /// </summary>
    public void RoundTrip(ReadOnlySpan<byte> request)
    {
        SendFrame(request);
        ReceiveFrame();
    }

    public byte[] ReceiveExactly(int count)
    {
        byte[] bytes = new byte[count];
        for (int have = 0; have < count;)
        {
            int got = Socket.Receive(bytes.AsSpan(have));
            if (got == 0) throw new EndOfStreamException();
            have += got;
        }
        return bytes;
    }

    /// <summary>The server ended the connection, by FIN or reset.</summary>
    public bool IsEnded()
    {
        try
        {
            return Socket.Receive(new byte[1]) == 0;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return true;
        }
    }

    public void Dispose() => Socket.Dispose();
}
