using System.Diagnostics;
using System.Net.Sockets;
using Sluice.Network.Connections;
using Sluice.Network.Loops;
using Support;

namespace Sluice.Network.Tests;

public sealed class LoopTests
{
    [Fact]
    public async Task Work_posted_by_one_thread_runs_in_order()
    {
        using var server = new TestServer(TestServer.Echo, loops: 2);
        const int Count = 100_000;
        long next = 0;
        bool ordered = true;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // From one loop to the other, as shards do.
        server.Loops[0].Post(new Work(() =>
        {
            for (int i = 0; i < Count; i++)
            {
                int number = i;
                server.Loops[1].Post(new Work(() =>
                {
                    ordered &= number == next++;
                    if (next == Count) done.SetResult();
                }));
            }
        }));
        await done.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.True(ordered);
    }

    [Fact]
    public async Task A_post_wakes_a_sleeping_loop_every_time()
    {
        using var server = new TestServer(TestServer.Echo, loops: 2, spinMicroseconds: 20);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int left = 20_000;
        // A ball between two loops that have nothing else to do: a lost wake would stop it.
        void Throw(int loop) => server.Loops[loop].Post(new Work(() =>
        {
            if (--left == 0) done.SetResult();
            else Throw(1 - loop);
        }));
        Throw(0);
        await done.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    [Trait("Runs", "Alone")]
    public async Task An_idle_loop_costs_no_processor_time()
    {
        using var server = new TestServer(TestServer.Echo, loops: 2, spinMicroseconds: 50);
        using TestClient client = server.Connect();
        for (int i = 0; i < 1000; i++)
        {
            client.SendFrame("a request"u8);
            client.ReceiveFrame();
        }
        await Task.Delay(200);
        long sleeps = server.Loops.Sum(loop => loop.Counters.Sleeps);
        long turns = server.Loops.Sum(loop => loop.Counters.Turns);
        long spun = server.Loops.Sum(loop => loop.Counters.SpinTicks);
        await Task.Delay(2000);
        Assert.InRange(server.Loops.Sum(loop => loop.Counters.Sleeps) - sleeps, 0, 2);
        Assert.InRange(server.Loops.Sum(loop => loop.Counters.Turns) - turns, 0, 2);
        Assert.InRange(server.Loops.Sum(loop => loop.Counters.SpinTicks) - spun, 0, Stopwatch.Frequency / 1000);
    }

    [Fact]
    [Trait("Runs", "Alone")]
    public void Sparse_traffic_is_not_paid_with_spinning()
    {
        using var server = new TestServer(TestServer.Echo, spinMicroseconds: 50);
        using TestClient client = server.Connect();
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; i < 300; i++)
        {
            client.SendFrame("a request"u8);
            client.ReceiveFrame();
            Thread.Sleep(2);
        }
        double share = (double)server.Loops[0].Counters.SpinTicks / (Stopwatch.GetTimestamp() - began);
        Assert.InRange(share, 0, 0.01);
    }

    [Fact]
    public void A_spin_that_finds_nothing_makes_the_next_ones_rarer()
    {
        var policy = new SpinPolicy(50);
        int spins = 0;
        for (int sleep = 0; sleep < 10_000; sleep++)
        {
            if (!policy.ShouldSpin()) continue;
            spins++;
            policy.FoundNothing();
        }
        Assert.InRange(spins, 5, 25);
        while (!policy.ShouldSpin())
        {
        }
        for (int i = 0; i < 20; i++) policy.Found();
        Assert.True(policy.ShouldSpin());
    }

    [Fact]
    public async Task A_failure_outside_the_rules_ends_the_loop_and_is_told()
    {
        var server = new TestServer((_, _, _) => throw new InvalidOperationException("a bug"));
        using TestClient client = server.Connect();
        client.SendFrame("a request"u8);
        await Wait.UntilAsync(() => !server.Fatal.IsEmpty);
        server.Fatal.TryDequeue(out Exception? failure);
        Assert.Equal("a bug", failure!.Message);
        Assert.True(client.IsEnded());
    }

    [Fact]
    public async Task A_request_may_be_completed_by_whoever_finishes_the_work_of_a_loop_that_has_ended()
    {
        var taken = new TaskCompletionSource<RequestSlot>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var server = new TestServer((_, slot, _) => taken.SetResult(slot));
        using TestClient client = server.Connect();
        client.SendFrame("a request"u8);
        RequestSlot slot = await taken.Task;
        Assert.Throws<InvalidOperationException>(() => slot.Complete(null));
        await server.StopAsync();
        slot.Complete(TestServer.Frame("an answer"u8));
        Assert.Throws<InvalidOperationException>(() => slot.Complete(null));
    }

    [Fact]
    public async Task A_stop_lets_requests_in_flight_end()
    {
        var slots = new System.Collections.Concurrent.ConcurrentQueue<RequestSlot>();
        var server = new TestServer((_, slot, frame) =>
        {
            if (frame.Span[0] == 's') slots.Enqueue(slot);
            else slot.Complete(TestServer.Frame(frame.Span));
        });
        using TestClient quiet = server.Connect();
        using TestClient busy = server.Connect();
        quiet.SendFrame("a request"u8);
        quiet.ReceiveFrame();
        busy.SendFrame("slow one"u8);
        await Wait.UntilAsync(() => slots.Count == 1);
        await server.Acceptor.CloseAsync();
        Task drained = server.Loops[0].DrainAsync();
        Assert.True(quiet.IsEnded());
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Loops[0].Post(new Work(turn.SetResult));
        await turn.Task;
        Assert.False(drained.IsCompleted);
        slots.TryDequeue(out RequestSlot? slot);
        server.Loops[0].Post(new Work(() => slot!.Complete(TestServer.Frame(new byte[3_000_000]))));
        Assert.Equal(3_000_000, busy.ReceiveFrame().Length);
        Assert.True(busy.IsEnded());
        await drained.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.Throws<SocketException>(server.Connect);
        await server.Loops[0].StopAsync().WaitAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(2, server.OnClosedCalls);
        server.Loops[0].Dispose();
        server.Acceptor.Dispose();
    }
}
