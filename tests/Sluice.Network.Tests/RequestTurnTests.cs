using System.Diagnostics;
using Sluice.Network.Connections;
using Sluice.Network.Native;
using Sluice.Protocol;
using Support;

namespace Sluice.Network.Tests;

/// <summary>Requests that take long beside many that do not.</summary>
[Trait("Runs", "Alone")]
public sealed class RequestTurnTests(Xunit.Abstractions.ITestOutputHelper output)
{
    private const int Costly = 3;
    private const int Cheap = 12;
    private const int Left = 4;
    private static readonly long CostTicks = Stopwatch.Frequency / 250;

    /// <summary>
    /// Everything is there from the beginning and nothing is answered, so that it is the loop alone that decides who comes when, however
    /// busy the machine is; and it is counted, not timed.
    /// </summary>
    [Theory]
    [InlineData(4000, 1000)]
    [InlineData(100, 3000)]
    public async Task Costly_requests_leave_most_of_the_loop_to_cheap_ones(int costMicroseconds, int ofCrowd)
    {
        const int CheapMicroseconds = 100, OfOthers = 4000;
        long crowd = 0, others = 0, crowdWhenOthersWereDone = -1;
        using var isAllSent = new ManualResetEventSlim();
        using var server = new TestServer((_, slot, frame) =>
        {
            isAllSent.Wait();
            bool isCostly = frame.Span[1] == Costly;
            Spin((isCostly ? costMicroseconds : CheapMicroseconds) * (Stopwatch.Frequency / 1_000_000));
            if (isCostly) crowd++;
            else if (++others == 4 * OfOthers) Volatile.Write(ref crowdWhenOthersWereDone, crowd);
            slot.Complete(null);
        });
        TestClient[] many = [.. Enumerable.Range(0, 20).Select(_ => server.Connect())];
        TestClient[] few = [.. Enumerable.Range(0, 4).Select(_ => server.Connect())];
        Task[] sending = [.. many.Select(client => SendAll(client, Costly, ofCrowd)), .. few.Select(client => SendAll(client, Cheap, OfOthers))];
        await Task.WhenAll(sending);
        isAllSent.Set();
        await Wait.UntilAsync(() => Volatile.Read(ref crowdWhenOthersWereDone) >= 0, limit: TimeSpan.FromMinutes(5));
        // By turns, the twenty would have had five times as much as the other four, and forty times as much for each turn with long requests.
        // A fourth of what the others had leaves them four fifths of the loop.
        double crowdsPart = (double)crowdWhenOthersWereDone * costMicroseconds / (4.0 * OfOthers * CheapMicroseconds);
        output.WriteLine($"the crowd had {crowdsPart:0.00} of what the others had");
        Assert.InRange(crowdsPart, 0, 0.25);
        foreach (TestClient client in many.Concat(few)) client.Dispose();
    }

    /// <summary>All is there from the beginning, so that it is counted rather than timed what a new client has to wait for.</summary>
    [Fact]
    public async Task A_new_client_is_greeted_before_many_others_whose_first_request_takes_long()
    {
        const int Others = 200;
        int served = 0, servedBefore = -1;
        using var isAllSent = new ManualResetEventSlim();
        using var server = new TestServer((_, slot, frame) =>
        {
            isAllSent.Wait();
            if (frame.Span[1] == (byte)ApiKey.ApiVersions)
            {
                servedBefore = served;
            }
            else
            {
                Spin(CostTicks);
                Interlocked.Increment(ref served);
            }
            slot.Complete(TestServer.Frame(frame.Span));
        });
        TestClient[] others = [.. Enumerable.Range(0, Others).Select(_ => server.Connect())];
        foreach (TestClient other in others) other.SendFrame(Request((byte)ApiKey.Fetch));
        using TestClient client = server.Connect();
        client.SendFrame(Request((byte)ApiKey.ApiVersions));
        isAllSent.Set();
        client.ReceiveFrame();
        output.WriteLine($"{servedBefore} of {Others} were served before");
        // A turn runs one of them, and the connections may have come in two.
        Assert.InRange(servedBefore, 0, 10);
        await Wait.UntilAsync(() => Volatile.Read(ref served) == Others);
        foreach (TestClient other in others) other.Dispose();
    }

    [Fact]
    public async Task A_request_whose_client_hangs_up_while_it_waits_lets_all_others_go_first()
    {
        const int Leavers = 50, Others = 20;
        int served = 0, servedOfLeavers = 0, before = -1;
        using var isAllSent = new ManualResetEventSlim();
        using var server = new TestServer((_, slot, frame) =>
        {
            isAllSent.Wait();
            Spin(CostTicks);
            if (frame.Span[1] == Left) servedOfLeavers++;
            else if (++served == Others) Volatile.Write(ref before, servedOfLeavers);
            slot.Complete(TestServer.Frame(frame.Span));
        });
        for (int i = 0; i < Leavers; i++)
        {
            using TestClient client = server.Connect();
            client.SendFrame(Request(Left));
        }
        TestClient[] others = [.. Enumerable.Range(0, Others).Select(_ => server.Connect())];
        foreach (TestClient other in others) other.SendFrame(Request(Costly));
        isAllSent.Set();
        await Wait.UntilAsync(() => Volatile.Read(ref before) >= 0);
        output.WriteLine($"{before} of {Leavers} were served before");
        // One in the turn in which the connections come, and one in that which finds the clients gone.
        Assert.InRange(before, 0, 10);
        await Wait.UntilAsync(() => server.Closed.Count == Leavers);
        foreach (TestClient other in others) other.Dispose();
        await Wait.UntilAsync(() => server.Limits.Total == 0);
        Assert.Equal(0, server.Loops[0].Connections.Turns.Waiting);
        await Wait.UntilAsync(() => server.Loops[0].Counters.ReceiveBufferBytes == 0);
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
        await Wait.UntilAsync(() => server.Limits.Total == 0);
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
        await Wait.UntilAsync(() => server.Limits.Total == 0);
        Assert.Equal(0, server.Loops[0].Counters.ReceiveBufferBytes);
        using TestClient last = server.Connect();
        last.SendFrame(Request(Costly));
        last.ReceiveFrame();
    }

    /// <summary>Sends all of it, which the kernel's buffers hold.</summary>
    private static Task SendAll(TestClient client, byte kind, int count) => Task.Factory.StartNew(
        () =>
        {
            client.Socket.SendTimeout = 120_000;
            byte[] body = Request(kind);
            byte[] frame = [0, 0, 0, (byte)body.Length, .. body];
            byte[] all = [.. Enumerable.Repeat(frame, count).SelectMany(bytes => bytes)];
            client.Send(all);
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    /// <summary>By the processor's time: the clock goes on while other processes have the processor.</summary>
    private static void Spin(long ticks)
    {
        long began = Libc.ThreadCpuTicks();
        while (Libc.ThreadCpuTicks() - began < ticks)
        {
        }
    }

    private static byte[] Request(byte kind) => [0, kind, 0, 0, 0, 0, 0, 1, 0, 0];

    private static void Serve(RequestSlot slot, ReadOnlyMemory<byte> frame, ref long costlyTicks)
    {
        if (frame.Span[1] == Costly)
        {
            long began = Stopwatch.GetTimestamp();
            Spin(CostTicks);
            Volatile.Write(ref costlyTicks, costlyTicks + Stopwatch.GetTimestamp() - began);
        }
        slot.Complete(TestServer.Frame(frame.Span));
    }
}
