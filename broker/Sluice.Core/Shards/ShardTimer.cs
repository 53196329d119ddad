namespace Sluice.Core.Shards;

/// <summary>
/// Something that a shard does at a later time. A timer is scheduled with <see cref="TimerQueue.Schedule"/>, fires once, and may
/// schedule itself again; the object is its own place in the queue, so arming and disarming one allocates nothing.
/// </summary>
public abstract class ShardTimer
{
    /// <summary>The place in the heap; -1 while not scheduled.</summary>
    internal int HeapIndex = -1;

    /// <summary>The rank among timers of the same deadline: the order of scheduling, so that a replay fires them alike.</summary>
    internal long Order;

    /// <summary>When it fires, in milliseconds of the shard's monotonic clock.</summary>
    public long DeadlineMs { get; internal set; }

    /// <summary>Whether the timer waits in a queue.</summary>
    public bool IsScheduled => HeapIndex >= 0;

    /// <summary>Called once on the shard's thread when the deadline has passed.</summary>
    public abstract void Fire(Shard shard);
}
