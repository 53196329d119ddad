using Sluice.Core.Shards;
using Sluice.Protocol;

namespace Sluice.Core.Partitions;

/// <summary>Whoever waits until an append is as safe as its topic promises.</summary>
internal interface IAppendWaiter
{
    /// <summary>Told by a partition that the promise of an append is kept, or that it never will be.</summary>
    /// <param name="owner">The shard that owns the partition.</param>
    /// <param name="round">The waiter's own number for its wait.</param>
    /// <param name="entry">The waiter's own number for the append.</param>
    /// <param name="error">None, or why the promise cannot be kept.</param>
    void Acknowledge(Shard owner, int round, int entry, ErrorCode error);
}
