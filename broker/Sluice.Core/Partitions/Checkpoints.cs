using Sluice.Core.Shards;
using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Logs;

namespace Sluice.Core.Partitions;

/// <summary>
/// Writes now and then, for all shards, up to where each log is flushed and where it begins, so that a recovery need not look at what
/// is known to be whole. Runs on shard 0; the offsets come as messages, the files are written in the background.
/// </summary>
internal sealed class Checkpoints : ShardTimer
{
    private readonly List<KeyValuePair<PartitionName, long>> _recoveryPoints = [];
    private readonly List<KeyValuePair<PartitionName, long>> _startOffsets = [];
    private int _pending;

    /// <summary>Arms the timer.</summary>
    public void Start(Shard shard) => shard.Timers.Schedule(this, shard.MonotonicMs + shard.Node.Limits.CheckpointMs);

    /// <inheritdoc/>
    public override void Fire(Shard shard)
    {
        shard.Node.Logs.BeginCheckpoints();
        _recoveryPoints.Clear();
        _startOffsets.Clear();
        _pending = shard.Host.ShardCount;
        for (int i = 0; i < shard.Host.ShardCount; i++) shard.Host.Post(i, new Collect(this));
    }

    /// <summary>Adds what one shard's partitions say; for one whose log is out of reach what the checkpoints have said of it so far.</summary>
    public static void AddTo(PartitionTable partitions, LogDirectory directory, List<KeyValuePair<PartitionName, long>> recoveryPoints, List<KeyValuePair<PartitionName, long>> startOffsets)
    {
        foreach (Partition partition in partitions.All)
        {
            var name = new PartitionName(partition.Topic, partition.Id);
            if (partition.Log is not { } log)
            {
                if (directory.RecoveryPoints.TryGetValue(name, out long recoveryPoint)) recoveryPoints.Add(new(name, recoveryPoint));
                if (directory.LogStartOffsets.TryGetValue(name, out long start)) startOffsets.Add(new(name, start));
                continue;
            }
            recoveryPoints.Add(new(name, log.RecoveryPoint));
            if (log.LogStartOffset > 0) startOffsets.Add(new(name, log.LogStartOffset));
        }
    }

    private void Collected(Shard shard, Collect part)
    {
        _recoveryPoints.AddRange(part.RecoveryPoints);
        _startOffsets.AddRange(part.StartOffsets);
        if (--_pending == 0) shard.Host.RunInBackground(new WriteTask(this, shard.Node.Logs));
    }

    private sealed class Collect(Checkpoints checkpoints) : ShardTask
    {
        private bool _isFull;

        public List<KeyValuePair<PartitionName, long>> RecoveryPoints { get; } = [];

        public List<KeyValuePair<PartitionName, long>> StartOffsets { get; } = [];

        public override void Run(Shard shard)
        {
            if (_isFull)
            {
                checkpoints.Collected(shard, this);
                return;
            }
            AddTo(shard.Partitions, shard.Node.Logs, RecoveryPoints, StartOffsets);
            _isFull = true;
            shard.Host.Post(0, this);
        }
    }

    private sealed class WriteTask(Checkpoints checkpoints, LogDirectory directory) : BackgroundTask
    {
        public override void Execute()
        {
            directory.WriteLogStartOffsets(checkpoints._startOffsets);
            directory.WriteRecoveryPoints(checkpoints._recoveryPoints);
        }

        public override void Complete(Shard shard, Exception? error)
        {
            if (error is DiskException { Passes: false } failure) DirectoryFailure.Halt(shard, "writing the checkpoints of the logs failed", failure);
            else if (error is not null) shard.Host.Log(LogSeverity.Warning, "the checkpoints of the logs could not be written; a recovery would look at more", error);
            checkpoints.Start(shard);
        }
    }
}
