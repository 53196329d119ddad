using Sluice.Core.Configuration;

namespace Sluice.Core.Shards;

/// <summary>
/// What a shard needs of the outside world: time, randomness, the other shards, threads that may block. The broker's host is an event
/// loop; the simulator's host runs all shards of a node on one thread from one seed.
/// </summary>
public interface IShardHost
{
    /// <summary>How many shards the node runs; they are numbered from 0.</summary>
    int ShardCount { get; }

    /// <summary>The only clock: <see cref="TimeProvider.GetUtcNow"/> for timestamps, <see cref="TimeProvider.GetTimestamp"/> for deadlines.</summary>
    TimeProvider Clock { get; }

    /// <summary>The only source of randomness, seeded by the host and used by this host's shard alone.</summary>
    Random Random { get; }

    /// <summary>
    /// Sends <paramref name="task"/> to a shard. Tasks between one pair of shards arrive in the order of posting; a shard may post to
    /// itself. Never runs the task inside this call.
    /// </summary>
    void Post(int shard, ShardTask task);

    /// <summary>Runs <paramref name="task"/> where blocking is allowed; never inside this call. Tasks have no order among each other.</summary>
    void RunInBackground(BackgroundTask task);

    /// <summary>
    /// Ends the process: an invariant is broken or a disk can no longer be trusted, so that going on could lose data. Does not return; a
    /// host that cannot end the process throws a <see cref="HaltedException"/>.
    /// </summary>
    void Halt(string reason, Exception? error);

    /// <summary>
    /// Tells of settings that were made at run time, of this broker or of all (KIP-226); on shard 0 alone, at the start too when there
    /// are any. What concerns the network is the host's to follow; the core follows what is its own.
    /// </summary>
    /// <param name="settings">Says what each setting comes to now.</param>
    void BrokerSettingsChanged(ConfigResolver settings) { }

    /// <summary>Hands an event to the operator's log. Never throws, and never blocks the shard.</summary>
    void Log(LogSeverity severity, string message, Exception? error = null);
}
