using Sluice.Core.Shards;
using Sluice.Storage.Disk;
using Sluice.Storage.Logs;

namespace Sluice.Core.Partitions;

/// <summary>What a shard does for its partitions from time to time: retention, expiry of producers, closing of files that nobody uses.</summary>
internal sealed class Housekeeping(PartitionTable partitions) : ShardTimer
{
    /// <summary>A timer that is meant for later than this fires now and then for nothing.</summary>
    public const long DelayMaxMs = 24 * 60 * 60 * 1000;

    private const long IdleFilesMs = 60_000;
    private readonly IdleFiles _idleFiles = new(partitions);

    /// <summary>Arms the timers.</summary>
    public void Start(Shard shard)
    {
        Arm(shard);
        shard.Timers.Schedule(_idleFiles, shard.MonotonicMs + IdleFilesMs);
    }

    /// <inheritdoc/>
    public override void Fire(Shard shard)
    {
        foreach (Partition partition in partitions.All) Keep(shard, partition);
        Arm(shard);
    }

    private void Arm(Shard shard) => shard.Timers.Schedule(this, shard.MonotonicMs + Math.Min(shard.Node.Limits.RetentionCheckMs, DelayMaxMs));

    /// <summary>Takes segments out of a log that its topic's retention leaves no room for. Not while the log is cleaned: the end of the cleaning asks again.</summary>
    public static void Keep(Shard shard, Partition partition)
    {
        if (partition.Log is not { IsCleaning: false } log || !partition.WriteTurn(shard)) return;
        try
        {
            log.Producers.RemoveExpired(shard.NowMs, shard.Partitions.ProducerExpirationMs);
            if (log.DeleteOldSegments(shard.NowMs, partition.HighWatermark) > 0) shard.Partitions.AtTurnEnd(partition);
            DeleteFilesLater(shard, partition, log);
        }
        catch (DiskException e)
        {
            if (log.IsFailed) partition.GoOffline(shard, "old segments could not be taken out", e);
            else shard.Host.Log(LogSeverity.Warning, $"old segments of {partition.Topic}-{partition.Id} could not be taken out", e);
        }
    }

    /// <summary>Has the files of segments that are out of the log deleted when their time has come.</summary>
    public static void DeleteFilesLater(Shard shard, Partition partition, PartitionLog log)
    {
        if (log.NextDeletionMs != long.MaxValue) shard.Timers.Schedule(new FileDeletion(partition), shard.MonotonicMs + Math.Clamp(log.NextDeletionMs - shard.NowMs, 0, DelayMaxMs));
    }

    /// <summary>Closes the files that no one used for a while, so that an idle partition costs no descriptor.</summary>
    private sealed class IdleFiles(PartitionTable partitions) : ShardTimer
    {
        public override void Fire(Shard shard)
        {
            partitions.Logs.Files.CloseIdle();
            shard.Timers.Schedule(this, shard.MonotonicMs + IdleFilesMs);
        }
    }

    /// <summary>Deletes the files of segments that are out of their log since <c>file.delete.delay.ms</c>.</summary>
    private sealed class FileDeletion(Partition partition) : ShardTimer
    {
        public override void Fire(Shard shard)
        {
            while (partition.Log?.TakeDeletion(shard.NowMs) is { } due) shard.Host.RunInBackground(new Deletion(due));
        }
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
