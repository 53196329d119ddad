using System.Collections.Concurrent;
using Sluice.Network.Connections;
using Support;

namespace Sluice.Network.Tests;

/// <summary>Connections that are handed no further request while others hold too much memory.</summary>
public sealed class MutedConnectionTests
{
    private const byte LongPoll = 1, Large = 2, Short = 3;

    [Fact]
    public async Task A_connection_with_an_open_long_poll_goes_on_when_requests_of_others_no_longer_hold_memory()
    {
        var open = new ConcurrentDictionary<byte, RequestSlot>();
        int served = 0;
        using var server = new TestServer(
            (_, slot, frame) =>
            {
                if (frame.Span[1] == Short)
                {
                    Interlocked.Increment(ref served);
                    slot.Complete(null);
                }
                else
                {
                    open[frame.Span[1]] = slot;
                }
            },
            new NetworkLimits { ReceiveBytesMax = 1_000_000 });
        using TestClient client = server.Connect();
        client.SendFrame(Request(LongPoll));
        await Wait.UntilAsync(() => open.ContainsKey(LongPoll));
        using TestClient other = server.Connect();
        other.SendFrame(Request(Large, 600_000));
        await Wait.UntilAsync(() => open.ContainsKey(Large));
        await MuteAsync(server, client);
        Assert.Equal(0, served);

        server.Loops[0].Post(new Work(() => open[Large].Complete(null)));
        await Wait.UntilAsync(() => Volatile.Read(ref served) == 1);
        server.Loops[0].Post(new Work(() => open[LongPoll].Complete(null)));
    }

    [Fact]
    public async Task A_connection_with_an_open_long_poll_goes_on_when_others_have_taken_their_answers()
    {
        const int AnswerBytes = 6_000_000;
        RequestSlot? poll = null;
        int served = 0;
        using var server = new TestServer(
            (_, slot, frame) =>
            {
                if (frame.Span[1] == LongPoll) Volatile.Write(ref poll, slot);
                else if (frame.Span[1] == Large) slot.Complete(TestServer.Frame(new byte[AnswerBytes]));
                else Serve(slot, ref served);
            },
            new NetworkLimits { AnswerBytesMax = AnswerBytes },
            sendBufferBytes: 16 * 1024);
        using TestClient client = server.Connect();
        client.SendFrame(Request(LongPoll));
        // Its answer is there and cannot leave before that of the long poll.
        client.SendFrame(Request(Short));
        await Wait.UntilAsync(() => Volatile.Read(ref poll) is not null && Volatile.Read(ref served) == 1);
        using var deaf = new TestClient(server.Acceptor.LocalAddress, receiveBufferBytes: 16 * 1024);
        deaf.SendFrame(Request(Large));
        await Wait.UntilAsync(() => IsShort(server));
        await MuteAsync(server, client);
        Assert.Equal(1, served);

        Assert.Equal(AnswerBytes, deaf.ReceiveFrame().Length);
        await Wait.UntilAsync(() => Volatile.Read(ref served) == 2);
        server.Loops[0].Post(new Work(() => poll!.Complete(null)));
        client.ReceiveFrame();
        client.ReceiveFrame();
    }

    private static void Serve(RequestSlot slot, ref int served)
    {
        Interlocked.Increment(ref served);
        slot.Complete(TestServer.Frame(new byte[100]));
    }

    /// <summary>Sends a request that is not handed out, and waits until the connection has stopped to read for that reason.</summary>
    private static async Task MuteAsync(TestServer server, TestClient client)
    {
        Connection connection = server.Opened.Single(opened => opened.Peer.Port == ((System.Net.IPEndPoint)client.Socket.LocalEndPoint!).Port);
        client.SendFrame(Request(Short));
        await Wait.UntilAsync(() => !OnLoop(server, () => connection.IsReading));
    }

    private static bool IsShort(TestServer server) => OnLoop(server, () => server.Loops[0].Connections.Answers.IsShort);

    private static bool OnLoop(TestServer server, Func<bool> ask)
    {
        using var isDone = new ManualResetEventSlim();
        bool answer = false;
        server.Loops[0].Post(new Work(() =>
        {
            answer = ask();
            isDone.Set();
        }));
        isDone.Wait();
        return answer;
    }

    private static byte[] Request(byte kind, int length = 10)
    {
        byte[] body = new byte[length];
        body[1] = kind;
        return body;
    }
}
