using Sluice.Core.Partitions;
using Sluice.Core.Shards;
using Sluice.Storage.Logs;

namespace Sluice.Core.Retention;

/// <summary>Deletes, off the shard, the files of segments that are out of their log since <c>file.delete.delay.ms</c>.</summary>
internal sealed class SegmentFileDeletion : ShardTimer
{
    private readonly Partition _partition;

    private SegmentFileDeletion(Partition partition) => _partition = partition;

    /// <summary>Has the files of segments that are out of the log deleted when their time has come.</summary>
    public static void Schedule(Shard shard, Partition partition, PartitionLog log)
    {
        if (log.NextDeletionMs == long.MaxValue || PlantedPartitionFaults.Has(PlantedPartitionFault.FilesOfSegmentsStay)) return;
        shard.Timers.Schedule(new SegmentFileDeletion(partition), shard.MonotonicMs + Math.Clamp(log.NextDeletionMs - shard.NowMs, 0, TimerQueue.DelayMaxMs));
    }

    /// <inheritdoc/>
    public override void Fire(Shard shard)
    {
        while (_partition.Log?.TakeDeletion(shard.NowMs) is { } due) shard.Host.RunInBackground(new Deletion(due));
    }

    private sealed class Deletion(SegmentDeletion deletion) : BackgroundTask
    {
        public override void Execute() => deletion.Execute();

        public override void Complete(Shard shard, Exception? error)
        {
            if (error is not null) shard.Host.Log(LogSeverity.Warning, "files of old segments could not be deleted; the next start tries again", error);
        }
    }
}
