using System.Buffers.Binary;
using System.Net;
using Microsoft.Win32.SafeHandles;
using Sluice.Network.Connections;
using Sluice.Network.Listening;
using Sluice.Network.Loops;
using Support;

namespace Sluice.Network.Tests;

/// <summary>Clients that begin and do not go on, and clients that do not take what they asked for.</summary>
public sealed class SlowClientTests
{
    private static readonly NetworkLimits Impatient = new() { FrameSlowMsMax = 2000, FrameBytesASecondMin = 1000 };

    [Fact]
    public async Task A_request_that_does_not_come_in_is_given_up()
    {
        using var server = new TestServer(TestServer.Echo, Impatient);
        using TestClient halfOpen = server.Connect();
        halfOpen.Send([0, 0, 0x10, 0, 1, 2, 3]);
        (CloseReason reason, string detail) = await server.NextClosedAsync();
        Assert.Equal(CloseReason.TooSlow, reason);
        Assert.Contains("4096 bytes came in at less than 1000 bytes a second", detail);
        Assert.Equal(0, server.Loops[0].Counters.ReceiveBufferBytes);
    }

    [Fact]
    public async Task A_slow_loris_is_given_up_and_a_client_that_goes_on_is_not()
    {
        using var server = new TestServer(TestServer.Echo, Impatient);
        using TestClient loris = server.Connect();
        using TestClient steady = server.Connect();
        loris.Send(Prefix(100_000));
        steady.Send(Prefix(30_000));
        Task<(CloseReason Reason, string Detail)> closed = server.NextClosedAsync();
        int sent = 0;
        while (!closed.IsCompleted)
        {
            TrySend(loris, 1);
            if (sent + 600 <= 30_000)
            {
                steady.Send(new byte[600]);
                sent += 600;
            }
            await Task.Delay(100);
        }
        Assert.Equal(CloseReason.TooSlow, (await closed).Reason);
        steady.Send(new byte[30_000 - sent]);
        Assert.Equal(30_000, steady.ReceiveFrame().Length);
    }

    [Fact]
    public async Task Half_sent_requests_do_not_keep_whole_ones_out_for_long()
    {
        var limits = new NetworkLimits { ReceiveBytesMax = 4_000_000, RequestBytesMax = 1_000_000 };
        using var server = new TestServer(TestServer.Echo, limits);
        TestClient[] attackers = [.. Enumerable.Range(0, 100).Select(_ => server.Connect())];
        foreach (TestClient attacker in attackers)
        {
            attacker.Send(Prefix(900_000));
            attacker.Send(new byte[60_000]);
        }
        await Wait.UntilAsync(() => server.Loops[0].Counters.ReceiveBufferBytes > 1_500_000);
        Assert.InRange(server.Loops[0].Counters.ReceiveBufferBytes, 0, 5_000_000);
        using TestClient good = server.Connect();
        good.Socket.ReceiveTimeout = 30_000;
        for (int i = 0; i < 5; i++)
        {
            good.SendFrame(new byte[500_000]);
            Assert.Equal(500_000, good.ReceiveFrame().Length);
        }
        // What is left of them may be as slow as ordinary clients, as it takes nothing from others.
        await Wait.UntilAsync(() => server.Loops[0].Counters.ReceiveBufferBytes <= limits.ReceiveBytesMax / 4);
        Assert.NotEmpty(server.Closed);
        Assert.All(server.Closed, closed => Assert.Equal(CloseReason.TooSlow, closed.Reason));
        foreach (TestClient attacker in attackers) attacker.Dispose();
    }

    [Fact]
    public async Task Answers_that_many_clients_do_not_take_hold_no_more_than_the_limit()
    {
        var limits = new NetworkLimits { AnswerBytesMax = 8_000_000 };
        using var server = new TestServer((_, slot, _) => slot.Complete(TestServer.Frame(new byte[400_000])), limits, sendBufferBytes: 16 * 1024);
        TestClient[] deaf = [.. Enumerable.Range(0, 100).Select(_ => new TestClient(server.Acceptor.LocalAddress, receiveBufferBytes: 16 * 1024))];
        foreach (TestClient client in deaf)
        {
            for (int i = 0; i < 4; i++) client.SendFrame("a request"u8);
        }
        await Wait.UntilAsync(() => server.Closed.Any(closed => closed.Reason == CloseReason.TooSlow));
        using TestClient good = server.Connect();
        for (int i = 0; i < 20; i++)
        {
            good.SendFrame("a request"u8);
            Assert.Equal(400_000, good.ReceiveFrame().Length);
        }
        var held = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Loops[0].Post(new Work(() => held.SetResult(server.Loops[0].Connections.Answers.HeldBytes)));
        Assert.InRange(await held.Task, 0, 8_000_000);
        foreach (TestClient client in deaf) client.Dispose();
    }

    [Fact]
    public async Task A_connection_that_the_kernel_will_not_watch_ends_alone()
    {
        using var server = new TestServer(TestServer.Echo);
        using TestClient good = server.Connect();
        good.SendFrame("a request"u8);
        good.ReceiveFrame();
        string path = Path.GetTempFileName();
        // A regular file cannot be watched by epoll: the same refusal as for want of memory.
        using (SafeFileHandle file = File.OpenHandle(path))
        {
            int descriptor = Native.Dup((int)file.DangerousGetHandle());
            server.Limits.TryAdd(IPAddress.Loopback);
            EventLoop loop = server.Loops[0];
            var share = new LoopShare(loop);
            loop.Post(new Work(() => loop.Connections.Adopt(new Connection(
                loop.Connections, descriptor, new IPEndPoint(IPAddress.Loopback, 1), server.Acceptor.Options, new Admission(server.Acceptor, share, IPAddress.Loopback)))));
            (CloseReason reason, string detail) = await server.NextClosedAsync();
            Assert.Equal(CloseReason.Failure, reason);
            Assert.Contains("cannot be watched", detail);
        }
        File.Delete(path);
        good.SendFrame("a request"u8);
        Assert.Equal("a request"u8.ToArray(), good.ReceiveFrame());
        Assert.Equal(1, server.Limits.Total);
    }

    [Fact]
    public async Task A_client_for_whom_there_is_no_descriptor_is_told_at_once()
    {
        using var server = new TestServer(TestServer.Echo, new NetworkLimits { ConnectionDescriptorsMax = 2 });
        using TestClient first = server.Connect();
        using TestClient second = server.Connect();
        await Wait.UntilAsync(() => server.Limits.Total == 2);
        using (TestClient third = server.Connect()) Assert.True(third.IsEnded());
        await Wait.UntilAsync(() => !server.Refused.IsEmpty);
        Assert.Contains("ulimit -n", Assert.Single(server.Refused));
        first.Dispose();
        await Wait.UntilAsync(() => server.Limits.Total == 1);
        using TestClient fourth = server.Connect();
        fourth.SendFrame("a request"u8);
        fourth.ReceiveFrame();
    }

    private static byte[] Prefix(int length)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        return bytes;
    }

    private static void TrySend(TestClient client, int bytes)
    {
        try
        {
            client.Send(new byte[bytes]);
        }
        catch (System.Net.Sockets.SocketException)
        {
            // The server has ended it, which is what the test waits for.
        }
    }

    private static class Native
    {
        [System.Runtime.InteropServices.DllImport("libc", EntryPoint = "dup")]
        internal static extern int Dup(int descriptor);
    }
}
