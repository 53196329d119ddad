using Sluice.Core.Partitions;
using Sluice.Core.Shards;
using Sluice.Storage.Disk;

namespace Sluice.Core.Retention;

/// <summary>Applies the topics' retention to the logs of a shard, every <c>log.retention.check.interval.ms</c>, and forgets producers that expired.</summary>
internal sealed class LogRetention(PartitionTable partitions) : ShardTimer
{
    /// <summary>Arms the timer.</summary>
    public void Start(Shard shard) => shard.Timers.Schedule(this, shard.MonotonicMs + Math.Min(shard.Node.Limits.RetentionCheckMs, TimerQueue.DelayMaxMs));

    /// <inheritdoc/>
    public override void Fire(Shard shard)
    {
        foreach (Partition partition in partitions.All) Apply(shard, partition);
        if (!PlantedPartitionFaults.Has(PlantedPartitionFault.RetentionStops)) Start(shard);
    }

    /// <summary>Takes segments out of a log that its topic's retention leaves no room for. Not while the log is cleaned: the end of the cleaning asks again.</summary>
    public static void Apply(Shard shard, Partition partition)
    {
        if (partition.Log is not { IsCleaning: false } log || !partition.WriteTurn(shard)) return;
        try
        {
            log.Producers.RemoveExpired(shard.NowMs, shard.Partitions.ProducerExpirationMs);
            if (log.DeleteOldSegments(shard.NowMs, partition.HighWatermark) > 0) shard.Partitions.AtTurnEnd(partition);
            SegmentFileDeletion.Schedule(shard, partition, log);
            FutureRecords.Report(shard, partition, log);
        }
        catch (DiskException e)
        {
            if (log.IsFailed) partition.Fail(shard, "taking old segments out", e);
            else shard.Host.Log(LogSeverity.Warning, $"old segments of {partition.Topic}-{partition.Id} could not be taken out", e);
        }
    }
}
