using System.Net;
using System.Net.Sockets;
using System.Text;
using Sluice.Network.Listening;

namespace Sluice.Network.Tests;

public sealed class ListenerSocketTests
{
    private const int LevelTcp = 6;
    private const int CongestionControl = 13;

    [Fact]
    public async Task Accepted_connections_have_the_congestion_control_that_was_chosen()
    {
        // Every kernel has it, and none has it as its default.
        using var listener = new Socket(new SafeSocketHandle(ListenerSocket.Open(Options("reno")), ownsHandle: true));
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint!);
        listener.Blocking = true;
        using Socket accepted = listener.Accept();
        byte[] name = new byte[16];
        int length = accepted.GetRawSocketOption(LevelTcp, CongestionControl, name);
        Assert.Equal("reno", Encoding.UTF8.GetString(name, 0, length).TrimEnd('\0'));
    }

    [Fact]
    public void An_unknown_congestion_control_is_refused_with_what_to_do()
    {
        NetworkException refusal = Assert.Throws<NetworkException>(() => ListenerSocket.Open(Options("warp")));
        Assert.Contains("listener PLAINTEXT: cannot use the congestion control warp", refusal.Message);
        Assert.Contains("tcp_available_congestion_control", refusal.Message);
    }

    private static ListenerOptions Options(string congestionControl) =>
        new() { Name = "PLAINTEXT", Address = new IPEndPoint(IPAddress.Loopback, 0), CongestionControl = congestionControl };
}
