using System.Diagnostics;

namespace Sluice.Network.Tests;

/// <summary>Requests that take long beside many that do not.</summary>
public sealed class CostlyRequestTests
{
    private const int Costly = 3;
    private const int Cheap = 18;
    private const int CheapAtOnce = 20;
    private static readonly long CostTicks = Stopwatch.Frequency / 250;

    [Fact]
    public async Task Costly_requests_leave_most_of_the_loop_to_cheap_ones()
    {
        long costlyTicks = 0;
        using var server = new TestServer((_, slot, frame) => Serve(slot, frame, ref costlyTicks));
        using var end = new CancellationTokenSource();
        TestClient[] flood = [.. Enumerable.Range(0, 20).Select(_ => server.Connect())];
        Task[] flooding = [.. flood.Select(client => OnItsOwnThread(() => Ask(client, Costly, end.Token)))];
        TestClient[] others = [.. Enumerable.Range(0, 4).Select(_ => server.Connect())];
        Task<long>[] asking = [.. others.Select(client => OnItsOwnThread(() => Ask(client, Cheap, end.Token)))];
        // Until the loop has seen what there is.
        await Task.Delay(1000);
        long began = Stopwatch.GetTimestamp();
        long before = Volatile.Read(ref costlyTicks);
        await Task.Delay(3000);
        double share = (double)(Volatile.Read(ref costlyTicks) - before) / (Stopwatch.GetTimestamp() - began);
        await end.CancelAsync();
        // Twenty clients with nothing but costly requests would take all but a hundredth of it.
        Assert.InRange(share, 0.0001, 0.9);
        Assert.All(await Task.WhenAll(asking), count => Assert.InRange(count, 50, long.MaxValue));
        await Task.WhenAll(flooding);
        foreach (TestClient client in flood.Concat(others)) client.Dispose();
    }

    [Fact]
    public async Task Costly_requests_alone_are_all_served()
    {
        long costlyTicks = 0;
        using var server = new TestServer((_, slot, frame) => Serve(slot, frame, ref costlyTicks), loops: 2);
        TestClient[] clients = [.. Enumerable.Range(0, 20).Select(_ => server.Connect())];
        await Task.WhenAll(clients.Select(client => Task.Run(() =>
        {
            for (int i = 0; i < 10; i++)
            {
                client.SendFrame(Request(Costly));
                client.SendFrame(Request(Cheap));
            }
            for (int i = 0; i < 20; i++) Assert.Equal(i % 2 == 0 ? Costly : Cheap, client.ReceiveFrame()[1]);
        }))).WaitAsync(TimeSpan.FromSeconds(120));
        foreach (TestClient client in clients) client.Dispose();
        await TestServer.Until(() => server.Limits.Total == 0, 30_000);
        Assert.Equal(0, server.Loops.Sum(loop => loop.Counters.ReceiveBufferBytes));
    }

    [Fact]
    public async Task A_client_that_leaves_while_its_request_waits_is_forgotten()
    {
        long costlyTicks = 0;
        using var server = new TestServer((_, slot, frame) => Serve(slot, frame, ref costlyTicks));
        for (int round = 0; round < 5; round++)
        {
            TestClient[] clients = [.. Enumerable.Range(0, 20).Select(_ => server.Connect())];
            foreach (TestClient client in clients)
            {
                client.SendFrame(Request(Costly));
                client.SendFrame(Request(Costly));
            }
            foreach (TestClient client in clients) client.Dispose();
        }
        await TestServer.Until(() => server.Limits.Total == 0, 60_000);
        Assert.Equal(0, server.Loops[0].Counters.ReceiveBufferBytes);
        using TestClient last = server.Connect();
        last.SendFrame(Request(Costly));
        last.ReceiveFrame();
    }

    /// <summary>Clients that block would use up the threads of the pool, and some would never begin.</summary>
    private static Task<long> OnItsOwnThread(Func<long> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static long Ask(TestClient client, byte kind, CancellationToken end)
    {
        client.Socket.ReceiveTimeout = 60_000;
        long count = 0;
        int atOnce = kind == Cheap ? CheapAtOnce : 1;
        for (; !end.IsCancellationRequested; count += atOnce)
        {
            for (int i = 0; i < atOnce; i++) client.SendFrame(Request(kind));
            for (int i = 0; i < atOnce; i++) client.ReceiveFrame();
        }
        return count;
    }

    private static byte[] Request(byte kind) => [0, kind, 0, 0, 0, 0, 0, 1, 0, 0];

    private static void Serve(RequestSlot slot, ReadOnlyMemory<byte> frame, ref long costlyTicks)
    {
        if (frame.Span[1] == Costly)
        {
            long began = Stopwatch.GetTimestamp();
            while (Stopwatch.GetTimestamp() - began < CostTicks)
            {
            }
            Volatile.Write(ref costlyTicks, costlyTicks + Stopwatch.GetTimestamp() - began);
        }
        slot.Complete(TestServer.Frame(frame.Span));
    }
}
