using Sluice.Network.Scheduling;

namespace Sluice.Network.Tests;

/// <summary>Who comes when beside other work: a loop is simulated, so that time is what the test says it is.</summary>
public sealed class FairScheduleTests
{
    private const long Microsecond = 1;
    private const long Millisecond = 1000 * Microsecond;
    private const long Second = 1000 * Millisecond;
    private const long WaitMax = 250 * Millisecond;

    [Theory]
    [InlineData(50)]
    [InlineData(100)]
    public void New_connections_with_one_long_request_each_do_not_make_anybody_wait_long(int workMicroseconds)
    {
        for (int seed = 1; seed <= 20; seed++)
        {
            var loop = new SimulatedLoop { WorkASecond = 4400, WorkTicks = workMicroseconds };
            var random = new Random(seed);
            for (int i = 0; i < 40 * 30; i++) loop.Ask(new Client(13 * Millisecond), (i * Second / 40) + random.Next(20_000));
            Client[] cheap = [.. Enumerable.Range(0, 30).Select(_ => new Client(200 * Microsecond))];
            for (int i = 0; i < cheap.Length; i++) loop.Ask(cheap[i], i * Second);
            var again = new Client(200 * Microsecond) { AsksAgainAfter = 50 * Millisecond };
            loop.Ask(again, 0);
            loop.Run(until: 31 * Second);
            Assert.InRange(loop.LongestWait, 0, WaitMax);
            Assert.InRange(again.Served, 100, int.MaxValue);
            Assert.Equal((40 * 30) + cheap.Length + again.Served, loop.Served);
            Assert.InRange(loop.WorkWaitMax, 0, 100 * Millisecond);
        }
    }

    [Fact]
    public void A_crowd_that_always_asks_gets_a_tenth_of_a_loop_that_has_other_work()
    {
        var loop = new SimulatedLoop { WorkASecond = 20_000, WorkTicks = 100 };
        for (int i = 0; i < 20; i++) loop.Ask(new Client(4 * Millisecond) { AsksAgainAfter = 0 }, 0);
        var others = Enumerable.Range(0, 100).Select(i => (new Client(200 * Microsecond), i * 200 * Millisecond)).ToArray();
        foreach ((Client client, long at) in others) loop.Ask(client, at);
        loop.Run(until: 20 * Second);
        Assert.InRange(loop.Worked, 17 * Second, 19 * Second);
        // Others than the crowd.
        Assert.All(others, other => Assert.InRange(other.Item1.Waited, 0, WaitMax));
    }

    [Fact]
    public void Who_asks_little_does_not_wait_behind_a_crowd_that_asks_for_much()
    {
        var loop = new SimulatedLoop { WorkASecond = 20_000, WorkTicks = 100 };
        Client[] crowd = [.. Enumerable.Range(0, 100).Select(_ => new Client(4 * Millisecond) { AsksAgainAfter = 0 })];
        foreach (Client client in crowd) loop.Ask(client, 0);
        var little = new Client(200 * Microsecond) { AsksAgainAfter = 0 };
        loop.Ask(little, 0);
        loop.Run(until: 100 * Second);
        int most = crowd.Max(client => client.Served);
        Assert.InRange(most, 10, 40);
        Assert.InRange(little.Served, 10 * most, int.MaxValue);
        // By time, not by number.
        Assert.InRange(little.Served * 200 * Microsecond, 0, 2 * most * 4 * Millisecond);
    }

    [Fact]
    public void Without_other_work_they_run_one_after_the_other()
    {
        var loop = new SimulatedLoop();
        Client[] crowd = [.. Enumerable.Range(0, 20).Select(_ => new Client(4 * Millisecond) { AsksAgainAfter = 0 })];
        foreach (Client client in crowd) loop.Ask(client, 0);
        loop.Run(until: 10 * Second);
        Assert.InRange(loop.Served, 2500, 2501);
        // 125 each, but for what the two lanes make of it.
        Assert.InRange(crowd.Max(client => client.Served) - crowd.Min(client => client.Served), 0, 12);
    }

    [Fact]
    public void A_little_work_takes_little_from_them()
    {
        var loop = new SimulatedLoop { WorkASecond = 100, WorkTicks = 50 };
        for (int i = 0; i < 20; i++) loop.Ask(new Client(4 * Millisecond) { AsksAgainAfter = 0 }, 0);
        loop.Run(until: 10 * Second);
        Assert.InRange(loop.Served * 4 * Millisecond, 8 * Second, 10 * Second);
    }

    /// <summary>More than the loop can do: it must wait, but not all else with it.</summary>
    [Fact]
    public void A_storm_of_new_connections_leaves_room_for_work_and_for_those_that_were_there()
    {
        var loop = new SimulatedLoop { WorkASecond = 20_000, WorkTicks = 100 };
        for (int i = 0; i < 200 * 20; i++) loop.Ask(new Client(13 * Millisecond), i * Second / 200);
        var before = new Client(1 * Millisecond) { AsksAgainAfter = 100 * Millisecond };
        loop.Ask(before, 0);
        loop.Run(until: 20 * Second);
        Assert.InRange(loop.Worked, 20 * Second * 3 / 10, 20 * Second);
        Assert.InRange(before.Waited, 0, WaitMax);
        Assert.InRange(before.Served, 50, int.MaxValue);
    }

    [Fact]
    public void However_long_a_request_takes_another_one_follows_within_a_quarter_of_a_second()
    {
        var loop = new SimulatedLoop { WorkASecond = 20_000, WorkTicks = 100 };
        var once = new Client(2 * Second) { AsksAgainAfter = 0, AsksTimes = 1 };
        loop.Ask(once, 0);
        loop.Run(until: 2 * Second);
        once.Cost = 1 * Millisecond;
        once.AsksTimes = 4;
        loop.Ask(once, 2 * Second);
        loop.Run(until: 20 * Second);
        Assert.Equal(5, once.Served);
        Assert.InRange(once.Waited, 0, WaitMax + Millisecond);
    }

    [Fact]
    public void Who_leaves_is_not_waited_for()
    {
        var schedule = new FairSchedule<Client>(Second);
        Client[] clients = [.. Enumerable.Range(0, 4).Select(_ => new Client(1 * Millisecond))];
        foreach (Client client in clients) schedule.Wait(client);
        schedule.Wait(clients[0]);
        Assert.Equal(4, schedule.Waiting);
        Assert.False(schedule.MayRun(new Client(1), 0));
        schedule.Leave(clients[0]);
        schedule.Leave(clients[0]);
        schedule.Leave(clients[2]);
        Assert.Equal(2, schedule.Waiting);
        Assert.Same(clients[1], schedule.Next(0));
        Assert.Same(clients[3], schedule.Next(0));
        Assert.Null(schedule.Next(0));
        Assert.Equal(long.MaxValue, schedule.NextAt);
        Assert.True(schedule.MayRun(clients[0], 0));
    }

    [Fact]
    public void Who_lets_all_others_go_first_comes_last()
    {
        var schedule = new FairSchedule<Client>(Second);
        Client[] clients = [.. Enumerable.Range(0, 4).Select(_ => new Client(1 * Millisecond))];
        foreach (Client client in clients[..3]) schedule.Wait(client);
        Assert.Null(schedule.Last);
        schedule.GoLast(clients[0]);
        schedule.GoLast(clients[3]);
        Assert.Equal(3, schedule.Waiting);
        schedule.Wait(clients[3]);
        Assert.Same(clients[3], schedule.Last);
        Assert.Equal([clients[1], clients[2], clients[0], clients[3]], Enumerable.Range(0, 4).Select(_ => schedule.Next(0)));
        Assert.Null(schedule.Last);
    }

    /// <summary>Asks for something that takes the loop a while.</summary>
    private sealed class Client(long cost) : IFlow
    {
        private FlowAccount _account;

        public ref FlowAccount Account => ref _account;

        public long Cost { get; set; } = cost;

        /// <summary>How long after an answer it asks again; null: never.</summary>
        public long? AsksAgainAfter { get; init; }

        public int AsksTimes { get; set; } = int.MaxValue;

        public long AskedAt { get; set; }

        public int Served { get; set; }

        /// <summary>The longest of its waits.</summary>
        public long Waited { get; set; }
    }

    /// <summary>A loop in turns: what came for work, then of those that wait whoever may run.</summary>
    private sealed class SimulatedLoop
    {
        private const long TurnTicks = 500 * Microsecond;

        private readonly FairSchedule<Client> _schedule = new(Second);
        private readonly PriorityQueue<Client, long> _asking = new();
        private long _now;
        private long _workDone;

        public int WorkASecond { get; init; }

        public long WorkTicks { get; init; }

        public int Served { get; private set; }

        public long Worked => _workDone * WorkTicks;

        public long WorkWaitMax { get; private set; }

        public long LongestWait { get; private set; }

        public void Ask(Client client, long at)
        {
            client.AsksTimes--;
            _asking.Enqueue(client, at);
        }

        public void Run(long until)
        {
            while (_now < until)
            {
                long began = _now;
                long ran = 0;
                Work();
                while (_asking.TryPeek(out Client? client, out long at) && at <= _now)
                {
                    _asking.Dequeue();
                    client.AskedAt = at;
                    if (ran < TurnTicks && _schedule.MayRun(client, _now)) ran += Serve(client);
                    else _schedule.Wait(client);
                }
                while (ran < TurnTicks && _schedule.Next(_now) is { } next) ran += Serve(next);
                if (_now == began) _now = Math.Max(_now + 1, Math.Min(NextWorkAt, Math.Min(_schedule.NextAt, _asking.TryPeek(out _, out long nextAt) ? nextAt : long.MaxValue)));
            }
        }

        private long NextWorkAt => WorkASecond == 0 ? long.MaxValue : _workDone * Second / WorkASecond;

        private void Work()
        {
            for (long began = _now; NextWorkAt <= _now && _now - began < 2 * TurnTicks;)
            {
                WorkWaitMax = Math.Max(WorkWaitMax, _now - NextWorkAt);
                _workDone++;
                _now += WorkTicks;
                _schedule.Worked(WorkTicks);
            }
        }

        private long Serve(Client client)
        {
            long waited = _now - client.AskedAt;
            client.Waited = Math.Max(client.Waited, waited);
            LongestWait = Math.Max(LongestWait, waited);
            _now += client.Cost;
            _schedule.Ran(client, client.Cost, _now);
            client.Served++;
            Served++;
            if (client.AsksAgainAfter is { } after && client.AsksTimes > 0) Ask(client, _now + after);
            return client.Cost;
        }
    }
}
