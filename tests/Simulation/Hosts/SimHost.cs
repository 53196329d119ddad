using Sluice.Core.Shards;

namespace Simulation.Hosts;

/// <summary>The host of one shard of a simulated process: what the shard asks for is queued, and the simulator decides when it happens.</summary>
internal sealed class SimHost : IShardHost
{
    private readonly Machine _machine;
    private readonly Queue<ShardTask>[] _inboxes;
    private readonly List<(BackgroundTask Task, Exception? Error)> _completions = [];

    /// <param name="machine">The process.</param>
    /// <param name="index">The shard's number.</param>
    /// <param name="shardCount">How many shards the process has.</param>
    /// <param name="clock">The simulated clock.</param>
    /// <param name="random">The shard's source of chance.</param>
    public SimHost(Machine machine, int index, int shardCount, SimClock clock, Random random)
    {
        _machine = machine;
        Index = index;
        ShardCount = shardCount;
        Clock = clock;
        Random = random;
        _inboxes = new Queue<ShardTask>[shardCount];
        for (int i = 0; i < shardCount; i++) _inboxes[i] = new Queue<ShardTask>();
    }

    /// <summary>The shard's number.</summary>
    public int Index { get; }

    /// <inheritdoc/>
    public int ShardCount { get; }

    /// <inheritdoc/>
    public TimeProvider Clock { get; }

    /// <inheritdoc/>
    public Random Random { get; }

    /// <summary>Whether anything has arrived for the shard.</summary>
    public bool HasArrivals => _completions.Count > 0 || Array.Exists(_inboxes, inbox => inbox.Count > 0);

    /// <inheritdoc/>
    public void Post(int shard, ShardTask task) => _machine.Hosts[shard]._inboxes[Index].Enqueue(task);

    /// <inheritdoc/>
    public void RunInBackground(BackgroundTask task) => _machine.RunInBackground(this, task);

    /// <inheritdoc/>
    public void Halt(string reason, Exception? error) => _machine.Halt(reason, error);

    /// <inheritdoc/>
    public void Log(LogSeverity severity, string message, Exception? error = null) =>
        _machine.Trace.Note($"log {severity} {message}{(error is null ? "" : $": {error.Message}")}");

    /// <summary>Takes back work that was executed.</summary>
    public void Completed(BackgroundTask task, Exception? error) => _completions.Add((task, error));

    private static ShardTask TakeAny(Queue<ShardTask> inbox, Random random)
    {
        for (int skip = random.Next(inbox.Count); skip > 0; skip--) inbox.Enqueue(inbox.Dequeue());
        return inbox.Dequeue();
    }

    /// <summary>Delivers one arrival, picked by chance among those that may come first.</summary>
    public void DeliverOne(Shard shard, Random random)
    {
        int choices = _completions.Count > 0 ? 1 : 0;
        foreach (Queue<ShardTask> inbox in _inboxes) choices += inbox.Count > 0 ? 1 : 0;
        int choice = random.Next(choices);
        foreach (Queue<ShardTask> inbox in _inboxes)
        {
            if (inbox.Count == 0 || choice-- != 0) continue;
            ShardTask task = _machine.ReordersMessages ? TakeAny(inbox, random) : inbox.Dequeue();
            _machine.Trace.Note($"shard {Index} runs {task.GetType().Name}");
            shard.Run(task);
            return;
        }
        int at = random.Next(_completions.Count);
        (BackgroundTask done, Exception? error) = _completions[at];
        _completions.RemoveAt(at);
        _machine.Trace.Note($"shard {Index} completes {done.GetType().Name} {error?.GetType().Name}");
        shard.Complete(done, error);
    }
}
