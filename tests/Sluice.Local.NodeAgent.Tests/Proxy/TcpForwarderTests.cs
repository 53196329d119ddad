using System.Net;
using System.Net.Sockets;
using Sluice.Local.NodeAgent.Proxy;

namespace Sluice.Local.NodeAgent.Tests.Proxy;

public class TcpForwarderTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Bytes_go_both_ways_and_ends_are_passed_on()
    {
        using var echo = new Listener();
        await using var forwarder = TcpForwarder.Start(new(IPAddress.Loopback, 0));
        forwarder.SetEndpoints([echo.Address]);
        using var client = await Connect(forwarder);
        using var server = await echo.Socket.AcceptAsync();
        var data = new byte[3_000_000];
        Random.Shared.NextBytes(data);
        var send = Task.Run(async () =>
        {
            for (var sent = 0; sent < data.Length;) sent += await client.SendAsync(data.AsMemory(sent));
            client.Shutdown(SocketShutdown.Send);
        });
        Assert.Equal(data, await ReceiveAll(server).WaitAsync(Limit));
        await send;
        await server.SendAsync("done"u8.ToArray());
        server.Shutdown(SocketShutdown.Send);
        Assert.Equal("done"u8.ToArray(), await ReceiveAll(client).WaitAsync(Limit));
    }

    [Fact]
    public async Task Connections_take_turns_and_pass_over_an_endpoint_that_is_gone()
    {
        using var a = new Listener();
        using var b = new Listener();
        IPEndPoint gone;
        using (var closed = new Listener()) gone = closed.Address;
        await using var forwarder = TcpForwarder.Start(new(IPAddress.Loopback, 0));
        forwarder.SetEndpoints([a.Address, gone, b.Address]);
        var clients = new List<Socket>();
        for (var i = 0; i < 6; i++) clients.Add(await Connect(forwarder));
        using (await a.Socket.AcceptAsync().WaitAsync(Limit))
        using (await b.Socket.AcceptAsync().WaitAsync(Limit))
        {
            // Each got at least one.
        }
        clients.ForEach(c => c.Dispose());
    }

    [Fact]
    public async Task Without_endpoints_a_connection_is_reset()
    {
        await using var forwarder = TcpForwarder.Start(new(IPAddress.Loopback, 0));
        var error = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            // The reset may come while the connection is still being made.
            using var client = await Connect(forwarder);
            await client.ReceiveAsync(new byte[1]).WaitAsync(Limit);
        });
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
    }

    [Fact]
    public async Task A_reader_that_is_slow_slows_the_writer()
    {
        using var sink = new Listener();
        await using var forwarder = TcpForwarder.Start(new(IPAddress.Loopback, 0));
        forwarder.SetEndpoints([sink.Address]);
        using var client = await Connect(forwarder);
        using var server = await sink.Socket.AcceptAsync();
        client.SendTimeout = 500;
        var sent = 0L;
        var chunk = new byte[1 << 20];
        var error = Assert.Throws<SocketException>(() =>
        {
            while (sent < 1L << 30) sent += client.Send(chunk);
        });
        Assert.True(error.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock, error.ToString());
        // Kernel buffers of four sockets, and one buffer of ours.
        Assert.True(sent < 64 << 20, $"{sent} bytes were taken");
    }

    [Fact]
    public async Task Stopping_closes_what_is_open_and_frees_the_port()
    {
        using var sink = new Listener();
        var forwarder = TcpForwarder.Start(new(IPAddress.Loopback, 0));
        var address = forwarder.Address;
        forwarder.SetEndpoints([sink.Address]);
        using var client = await Connect(forwarder);
        await forwarder.DisposeAsync().AsTask().WaitAsync(Limit);
        await using var second = TcpForwarder.Start(address);
        Assert.Equal(address, second.Address);
    }

    private static async Task<Socket> Connect(TcpForwarder forwarder)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(forwarder.Address);
        return socket;
    }

    private static async Task<byte[]> ReceiveAll(Socket socket)
    {
        using var all = new MemoryStream();
        var buffer = new byte[100_000];
        while (await socket.ReceiveAsync(buffer) is var read and > 0) all.Write(buffer, 0, read);
        return all.ToArray();
    }

    private sealed class Listener : IDisposable
    {
        public Listener()
        {
            Socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            Socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            Socket.Listen();
        }

        public Socket Socket { get; }

        public IPEndPoint Address => (IPEndPoint)Socket.LocalEndPoint!;

        public void Dispose() => Socket.Dispose();
    }
}
