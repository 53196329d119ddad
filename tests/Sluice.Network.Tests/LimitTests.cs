using System.Diagnostics;
using Sluice.Network.Connections;
using Support;

namespace Sluice.Network.Tests;

public sealed class LimitTests
{
    [Fact]
    public async Task An_idle_connection_is_closed_and_a_busy_one_is_not()
    {
        using var server = new TestServer(TestServer.Echo, new NetworkLimits { ConnectionIdleMsMax = 1500 });
        long began = Stopwatch.GetTimestamp();
        using TestClient idle = server.Connect();
        using TestClient busy = server.Connect();
        Task<bool> ended = Task.Run(idle.IsEnded);
        while (!ended.IsCompleted)
        {
            busy.SendFrame("a request"u8);
            busy.ReceiveFrame();
            await Task.Delay(20);
        }
        Assert.True(await ended);
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalMilliseconds, 1300, 9000);
        Assert.Equal(CloseReason.Idle, (await server.NextClosedAsync()).Reason);
        busy.SendFrame("a request"u8);
        busy.ReceiveFrame();
    }

    [Fact]
    public async Task A_connection_that_waits_for_its_answer_is_not_idle()
    {
        var kept = new TaskCompletionSource<RequestSlot>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var server = new TestServer((_, slot, _) => kept.SetResult(slot), new NetworkLimits { ConnectionIdleMsMax = 100 });
        using TestClient client = server.Connect();
        client.SendFrame("a request"u8);
        RequestSlot slot = await kept.Task;
        await Task.Delay(400);
        server.Loops[0].Post(new Work(() => slot.Complete(TestServer.Frame("late"u8))));
        Assert.Equal("late"u8.ToArray(), client.ReceiveFrame());
        Assert.True(client.IsEnded());
    }

    [Fact]
    public async Task A_client_that_does_not_take_its_answer_is_idle()
    {
        using var server = new TestServer(
            (_, slot, _) => slot.Complete(TestServer.Frame(new byte[8_000_000])),
            new NetworkLimits { ConnectionIdleMsMax = 300 });
        using TestClient client = server.Connect();
        client.SendFrame("a request"u8);
        Assert.Equal(CloseReason.Idle, (await server.NextClosedAsync()).Reason);
    }

    [Fact]
    public async Task New_connections_beyond_the_rate_wait_and_all_are_accepted()
    {
        const int Rate = 4, Clients = 12;
        using var server = new TestServer(TestServer.Echo, new NetworkLimits { ConnectionsASecondMax = Rate });
        long began = Stopwatch.GetTimestamp();
        TestClient[] clients = [.. Enumerable.Range(0, Clients).Select(_ => server.Connect())];
        foreach (TestClient client in clients)
        {
            client.Socket.ReceiveTimeout = 60_000;
            client.SendFrame("a request"u8);
        }
        foreach (TestClient client in clients) client.ReceiveFrame();
        // A second's worth comes at once, the others as they may; a millisecond is the finest there is.
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, ((double)(Clients - Rate) / Rate) - 0.1, 60);
        Assert.Contains("max.connection.creation.rate is reached", server.Paused);
        server.Limits.Change(int.MaxValue, int.MaxValue, new Dictionary<System.Net.IPAddress, int>(), int.MaxValue);
        using TestClient last = server.Connect();
        last.SendFrame("a request"u8);
        last.ReceiveFrame();
        foreach (TestClient client in clients) client.Dispose();
    }

    [Theory]
    [InlineData(0, 1, 1000)]
    [InlineData(1, 1, 1000)]
    [InlineData(10, 10, 100)]
    [InlineData(1000, 1000, 1)]
    [InlineData(int.MaxValue, 100_000, 0)]
    public void A_rate_allows_a_seconds_worth_at_once_and_then_one_after_the_other(int rate, int atOnce, int waitMs)
    {
        var limit = new Listening.ConnectionRate(rate);
        for (int i = 0; i < atOnce; i++)
        {
            Assert.Equal(0, limit.WaitMs(5_000));
            limit.Count();
        }
        Assert.Equal(waitMs, limit.WaitMs(5_000));
        Assert.Equal(0, limit.WaitMs(5_000 + waitMs));
        limit.Count();
        Assert.Equal(waitMs, limit.WaitMs(5_000 + waitMs));
        // A clock that stands, or goes back, gives nothing; a pause no more than a second's worth.
        Assert.Equal(waitMs, limit.WaitMs(4_000));
        limit.Change(2);
        Assert.Equal(0, limit.WaitMs(90_000));
        limit.Count();
        limit.Count();
        Assert.Equal(500, limit.WaitMs(90_000));
    }

    [Fact]
    public async Task Connections_from_one_address_are_limited()
    {
        using var server = new TestServer(TestServer.Echo, new NetworkLimits { ConnectionsAnAddressMax = 2 });
        using TestClient first = server.Connect();
        using TestClient second = server.Connect();
        await Wait.UntilAsync(() => server.Limits.Total == 2);
        using (TestClient third = server.Connect()) Assert.True(third.IsEnded());
        await Wait.UntilAsync(() => !server.Refused.IsEmpty);
        Assert.Equal("max.connections.per.ip", Assert.Single(server.Refused));
        first.Dispose();
        await Wait.UntilAsync(() => server.Limits.Total == 1);
        using TestClient fourth = server.Connect();
        fourth.SendFrame("a request"u8);
        fourth.ReceiveFrame();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Accepting_pauses_at_the_limit_and_goes_on_below_it(bool ofListener)
    {
        using var server = new TestServer(
            TestServer.Echo,
            new NetworkLimits { ConnectionsMax = ofListener ? int.MaxValue : 2 },
            listenerConnectionsMax: ofListener ? 2 : int.MaxValue);
        using TestClient first = server.Connect();
        using TestClient second = server.Connect();
        await Wait.UntilAsync(() => server.Limits.Total == 2);
        using TestClient third = server.Connect();
        third.SendFrame("a request"u8);
        await Wait.UntilAsync(() => !server.Paused.IsEmpty);
        first.Dispose();
        Assert.Equal("a request"u8.ToArray(), third.ReceiveFrame());
        Assert.Equal(2, server.ConnectionsSeenMax);
    }

    [Fact]
    public async Task Connections_are_spread_evenly_over_the_loops()
    {
        using var server = new TestServer(TestServer.Echo, loops: 3);
        TestClient[] clients = [.. Enumerable.Range(0, 30).Select(_ => server.Connect())];
        await Wait.UntilAsync(() => server.Loops.Sum(loop => loop.Counters.Connections) == 30);
        Assert.All(server.Loops, loop => Assert.Equal(10, loop.Counters.Connections));
        foreach (TestClient client in clients) client.Dispose();
        await Wait.UntilAsync(() => server.Limits.Total == 0);
    }

    [Fact]
    public async Task A_loop_short_of_memory_stops_reading_and_goes_on_when_some_is_free()
    {
        var slots = new System.Collections.Concurrent.ConcurrentQueue<RequestSlot>();
        // All ten begin a frame, and there is room for four.
        using var server = new TestServer(
            (_, slot, _) => slots.Enqueue(slot),
            new NetworkLimits { RequestBytesMax = 1_000_000, ReceiveBytesMax = 2_000_000 });
        TestClient[] clients = [.. Enumerable.Range(0, 10).Select(_ => server.Connect())];
        Task[] writers = [.. clients.Select(client => Task.Run(() =>
        {
            for (int i = 0; i < 4; i++) client.SendFrame(new byte[400_000]);
        }))];
        int served = 0;
        var time = Stopwatch.StartNew();
        while (served < 40)
        {
            Assert.True(time.ElapsedMilliseconds < 20_000, $"only {served} of 40 requests were served");
            Assert.InRange(server.Loops[0].Counters.ReceiveBufferBytes, 0, 4_000_000);
            await Task.Delay(20);
            while (slots.TryDequeue(out RequestSlot? slot))
            {
                served++;
                server.Loops[0].Post(new Work(() => slot.Complete(null)));
            }
        }
        await Task.WhenAll(writers);
        Assert.Empty(server.Closed);
        foreach (TestClient client in clients) client.Dispose();
    }
}
