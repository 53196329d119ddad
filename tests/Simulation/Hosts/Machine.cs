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
    private Node? _node;

    private Machine(int shardCount, SimClock clock, Random random, Trace trace)
    {
        _random = random;
        _clock = clock;
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

    /// <summary>Blocking work that waits for a thread.</summary>
    public List<(SimHost Host, BackgroundTask Task)> Background { get; } = [];

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
    /// <param name="reordersMessages">Whether the bug of reordered messages is planted.</param>
    public static Machine Start(NodeOptions options, SimDisk disk, int shardCount, SimClock clock, Random random, Trace trace, bool reordersMessages)
    {
        var machine = new Machine(shardCount, clock, random, trace) { ReordersMessages = reordersMessages };
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

    /// <summary>Lets one thing happen; false when nothing can happen without time going on.</summary>
    public bool Step()
    {
        int runnable = Background.Count > 0 ? 1 : 0;
        for (int i = 0; i < Hosts.Length; i++) runnable += CanRun(i) ? 1 : 0;
        if (runnable == 0) return false;
        int choice = _random.Next(runnable);
        for (int i = 0; i < Hosts.Length; i++)
        {
            if (!CanRun(i) || choice-- != 0) continue;
            Turn(i);
            return true;
        }
        ExecuteOne();
        return true;
    }

    /// <summary>When the next timer is due, in milliseconds of the simulated clock.</summary>
    public long NextDeadlineMs()
    {
        long next = long.MaxValue;
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
                shard.Handle(request);
            }
            else if (Hosts[index].HasArrivals)
            {
                Hosts[index].DeliverOne(shard, _random);
            }
        }
        shard.Tick();
        while (_deliveries.TryDequeue(out Action? look)) look();
    }

    private void ExecuteOne()
    {
        int at = _random.Next(Background.Count);
        (SimHost host, BackgroundTask task) = Background[at];
        Background.RemoveAt(at);
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
}
