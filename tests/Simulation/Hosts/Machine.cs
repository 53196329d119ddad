using Simulation.Clients;
using Simulation.Disks;
using Simulation.Runs;
using Sluice.Core.Nodes;
using Sluice.Core.Shards;

namespace Simulation.Hosts;

/// <summary>
/// One life of the node's process, from its start to its end: the node's own code with hosts that queue what it asks for. Which of the
/// queued things happens next is chance's decision, within what a real machine could do.
/// </summary>
internal sealed class Machine
{
    private readonly Random _random;
    private readonly SimClock _clock;
    private readonly Queue<SimRequest>[] _arrivals;
    private readonly Queue<Action> _deliveries = new();
    private readonly Pace _pace;
    private readonly List<Work> _background = [];
    private Node? _node;

    private Machine(int shardCount, SimClock clock, Random random, Trace trace, Pace pace)
    {
        _random = random;
        _clock = clock;
        _pace = pace;
        Trace = trace;
        Hosts = new SimHost[shardCount];
        _arrivals = new Queue<SimRequest>[shardCount];
        for (int i = 0; i < shardCount; i++)
        {
            Hosts[i] = new SimHost(this, i, shardCount, clock, new Random(random.Next()));
            _arrivals[i] = new Queue<SimRequest>();
        }
    }

    /// <summary>The hosts of the shards.</summary>
    public SimHost[] Hosts { get; }

    /// <summary>Blocking work that waits for a thread, or for its device.</summary>
    public IEnumerable<BackgroundTask> Background => _background.Select(work => work.Task);

    /// <summary>Whether there is any such work.</summary>
    public bool IsBusy => _background.Count > 0;

    /// <summary>Whether background work takes no time: for a checker, who wants to know what comes of it.</summary>
    public bool IsHurried { get; set; }

    /// <summary>Called with a shard at the end of each of its turns, before any client sees the turn's answers.</summary>
    public Action<Shard>? AfterTurn { get; set; }

    /// <summary>Whether messages between two shards may overtake each other: a planted bug.</summary>
    public bool ReordersMessages { get; init; }

    /// <summary>What happens, for the run's trace.</summary>
    public Trace Trace { get; }

    /// <summary>The node.</summary>
    public Node Node => _node ?? throw new InvalidOperationException("the node has not started");

    /// <summary>Starts a process.</summary>
    /// <param name="options">The node's options.</param>
    /// <param name="disk">The disk that it finds.</param>
    /// <param name="shardCount">How many shards it runs.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="random">The source of chance.</param>
    /// <param name="trace">Where to note what happens.</param>
    /// <param name="pace">How fast its parts are.</param>
    /// <param name="reordersMessages">Whether the bug of reordered messages is planted.</param>
    public static Machine Start(NodeOptions options, SimDisk disk, int shardCount, SimClock clock, Random random, Trace trace, Pace pace, bool reordersMessages)
    {
        var machine = new Machine(shardCount, clock, random, trace, pace) { ReordersMessages = reordersMessages };
        machine._node = Node.Start(options, disk, machine.Hosts);
        return machine;
    }

    /// <summary>The process ends itself.</summary>
    public void Halt(string reason, Exception? error)
    {
        // The shard's last ladder may report the unwinding itself.
        if (error is SimHalted halted) throw new SimHalted(halted.Reason, halted.InnerException);
        if (SimCrashed.IsIn(error)) throw new SimCrashed();
        Trace.Note($"halt {reason}");
        throw new SimHalted(reason, error);
    }

    /// <summary>A client's request reaches a shard's socket.</summary>
    public void Submit(int shard, SimRequest request) => _arrivals[shard].Enqueue(request);

    /// <summary>Has a client look at an answer after the turn: what a client finds must not unwind through the node.</summary>
    public void Deliver(Action look) => _deliveries.Enqueue(look);

    /// <summary>Takes blocking work off a shard.</summary>
    public void RunInBackground(SimHost host, BackgroundTask task) => _background.Add(new Work(host, task, _clock.ElapsedMs + _pace.DurationMs(task.Kind)));

    /// <summary>Lets one thing happen; false when nothing can happen without time going on.</summary>
    public bool Step()
    {
        int ready = _background.Count(IsReady);
        double total = ready > 0 ? _pace.Background : 0;
        for (int i = 0; i < Hosts.Length; i++) total += CanRun(i) ? _pace.Of(i) : 0;
        if (total == 0) return false;
        double choice = _random.NextDouble() * total;
        int chosen = -1;
        for (int i = 0; i < Hosts.Length && choice >= 0; i++)
        {
            if (!CanRun(i)) continue;
            choice -= _pace.Of(i);
            chosen = i;
        }
        if (ready > 0 && (choice >= 0 || chosen < 0)) ExecuteOne(_random.Next(ready));
        else Turn(chosen);
        return true;
    }

    /// <summary>Lets everything happen that was begun, in however much time it takes.</summary>
    public void Settle()
    {
        for (int i = 0; i < 20_000 && (Step() || IsBusy); i++)
        {
            if (IsBusy && !_background.Exists(IsReady)) _clock.Advance(1);
        }
    }

    /// <summary>When the next timer is due or background work is ready, in milliseconds of the simulated clock.</summary>
    public long NextDeadlineMs()
    {
        long next = long.MaxValue;
        foreach (Work work in _background) next = Math.Min(next, work.ReadyAtMs);
        foreach (Shard shard in Node.Shards) next = Math.Min(next, shard.NextDeadlineMs);
        return next;
    }

    private bool CanRun(int shard) =>
        _arrivals[shard].Count > 0 || Hosts[shard].HasArrivals || Node.Shards[shard].NextDeadlineMs <= _clock.ElapsedMs;

    /// <summary>One turn of a shard's loop: some of what has arrived, then the end of the turn.</summary>
    private void Turn(int index)
    {
        Shard shard = Node.Shards[index];
        for (int left = _random.Next(1, 6); left > 0; left--)
        {
            bool hasRequest = _arrivals[index].Count > 0;
            if (hasRequest && (!Hosts[index].HasArrivals || _random.Next(2) == 0))
            {
                SimRequest request = _arrivals[index].Dequeue();
                Trace.Note($"shard {index} handles {request.Key} v{request.Version} of {request.ClientId}");
                request.OnHandled?.Invoke(shard);
                shard.Handle(request);
            }
            else if (Hosts[index].HasArrivals)
            {
                Hosts[index].DeliverOne(shard, _random);
            }
        }
        shard.Tick();
        AfterTurn?.Invoke(shard);
        while (_deliveries.TryDequeue(out Action? look)) look();
    }

    private bool IsReady(Work work) => IsHurried || work.ReadyAtMs <= _clock.ElapsedMs;

    private void ExecuteOne(int skip)
    {
        int at = _background.FindIndex(IsReady);
        while (skip-- > 0) at = _background.FindIndex(at + 1, IsReady);
        (SimHost host, BackgroundTask task, _) = _background[at];
        _background.RemoveAt(at);
        Trace.Note($"background {task.GetType().Name}");
        Exception? error = null;
        try
        {
            task.Execute();
        }
        catch (Exception e) when (e is not SimHalted and not Violation && !SimCrashed.IsIn(e))
        {
            error = e;
        }
        host.Completed(task, error);
    }

    private sealed record Work(SimHost Host, BackgroundTask Task, long ReadyAtMs);
}
