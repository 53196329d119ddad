using Support;

namespace Sluice.Network.Tests;

/// <summary>Clients that ask and do not read the answers.</summary>
public sealed class DeafClientTests
{
    private const int AnswerBytes = 50_000;
    private const int Asked = 1000;
    private const int KernelBytes = 64 * 1024;

    [Fact]
    public async Task Who_does_not_read_is_served_no_more_than_fits_on_the_way_and_the_rest_once_they_read()
    {
        int served = 0;
        using var server = new TestServer(
            (connection, slot, frame) =>
            {
                if (frame.Span[1] == 1)
                {
                    TestServer.Echo(connection, slot, frame);
                    return;
                }
                Interlocked.Increment(ref served);
                slot.Complete(TestServer.Frame(new byte[AnswerBytes]));
            },
            sendBufferBytes: KernelBytes);
        using var deaf = new TestClient(server.Acceptor.LocalAddress, receiveBufferBytes: KernelBytes);
        using TestClient other = server.Connect();
        deaf.Socket.ReceiveTimeout = 60_000;
        for (int i = 0; i < Asked; i++) deaf.SendFrame([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        // What the loop is going to do for the one it does in the turns that it takes to serve the other.
        await Wait.UntilAsync(() => Volatile.Read(ref served) > 0);
        int before = -1;
        for (int quiet = 0; quiet < 20;)
        {
            other.SendFrame([0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
            other.ReceiveFrame();
            int now = Volatile.Read(ref served);
            quiet = now == before ? quiet + 1 : 0;
            before = now;
        }
        // The kernel doubles what it is asked for, on both sides; beyond that there is one handful of answers.
        int onTheWay = ((4 * KernelBytes) + new NetworkLimits().AnswerBytesAtOnceMax) / AnswerBytes;
        Assert.InRange(before, 1, onTheWay + 6);
        Assert.Equal(0, server.Loops[0].Connections.Turns.Waiting);

        for (int i = 0; i < Asked; i++) Assert.Equal(AnswerBytes, deaf.ReceiveFrame().Length);
        Assert.Equal(Asked, served);
    }
}
