using Sluice.Core.Partitions;
using Sluice.Core.Shards;
using Sluice.Storage.Logs;

namespace Sluice.Core.Retention;

/// <summary>
/// Records from the future: retention goes by the records' own time, so that one of them holds its segment, and all that come after it, until
/// its time and <c>retention.ms</c> have passed. Kafka takes such records as well where the topic allows them, and says nothing.
/// </summary>
internal static class FutureRecords
{
    /// <summary>What clocks may differ by; Kafka's default of <c>message.timestamp.after.max.ms</c>.</summary>
    private const long ToleranceMs = 3_600_000;

    /// <summary>For how many milliseconds longer than the topic asks for a log keeps its records; 0 when for no longer.</summary>
    public static long HeldMs(Shard shard, PartitionLog log) =>
        log.Config is { Delete: true, RetentionMs: >= 0 } && log.OldestAheadOf(shard.NowMs + ToleranceMs) is > 0 and var ahead ? ahead + ToleranceMs : 0;

    /// <summary>Warns of a log that is held, once until it is held no more.</summary>
    public static void Report(Shard shard, Partition partition, PartitionLog log)
    {
        long heldMs = HeldMs(shard, log);
        if (heldMs > 0 && !partition.IsHeldByTime)
        {
            shard.Host.Log(
                LogSeverity.Warning,
                $"{partition.Topic}-{partition.Id} holds a record whose time is {heldMs / 1000} s ahead of this broker's: retention.ms deletes neither it nor what came after it until that time has passed. message.timestamp.after.max.ms refuses such records, retention.bytes and DeleteRecords do not go by time");
        }
        partition.IsHeldByTime = heldMs > 0;
    }
}
