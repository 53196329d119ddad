namespace Sluice.Core.Shards;

/// <summary>
/// A message to a shard: posted with <see cref="IShardHost.Post"/> from any shard, run once on the thread of the shard that it was posted to.
/// What it carries belongs to the receiver from then on, so nothing that it holds needs a lock.
/// </summary>
public abstract class ShardTask
{
    /// <summary>Does the work, on the receiving shard's thread. Must not block.</summary>
    public abstract void Run(Shard shard);
}
