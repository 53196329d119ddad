using Sluice.Core.Partitions;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Logs;

namespace Sluice.Core.Deleting;

/// <summary>
/// The partitions of a DeleteRecords request that one shard owns. Their new first offsets are in the checkpoint, durably, before the
/// answer: records whose deletion was confirmed must not come back after a crash. (Kafka writes that checkpoint once a minute.)
/// </summary>
internal sealed class DeleteRecordsPart(DeleteRecordsOperation operation, int home) : ShardTask
{
    private readonly Dictionary<(Uuid Topic, int Partition), Entry> _entries = [];
    private bool _isDone;

    /// <summary>Adds a partition, or changes what is asked of it; this part alone touches its answer until it is done.</summary>
    public void Put(Uuid topic, long offset, DeleteRecordsResponse.DeleteRecordsPartitionResult answer) =>
        _entries[(topic, answer.PartitionIndex)] = new Entry(offset, answer);

    /// <inheritdoc/>
    public override void Run(Shard shard)
    {
        if (_isDone) operation.PartIsDone();
        else Start(shard);
    }

    /// <summary>Cuts the partitions, on their owner.</summary>
    public void Start(Shard owner)
    {
        var moved = new List<(PartitionName, int, long)>();
        foreach (((Uuid topic, int index), Entry entry) in _entries)
        {
            if (owner.Partitions.Find(topic, index) is not { } partition)
            {
                entry.Answer.ErrorCode = ErrorCode.UnknownTopicOrPartition;
                continue;
            }
            bool isRepeated = partition.Log is { } log && log.LogStartOffset == entry.Offset && PlantedPartitionFaults.Has(PlantedPartitionFault.RepeatedDeletionNotWritten);
            entry.Answer.ErrorCode = partition.DeleteRecords(owner, entry.Offset, out long start);
            entry.Answer.LowWatermark = entry.Answer.ErrorCode == ErrorCode.None ? start : -1;
            // Also when it did not move now: it may have moved a moment ago, and not be in the checkpoint yet.
            if (entry.Answer.ErrorCode == ErrorCode.None && start > 0 && !isRepeated) moved.Add((new PartitionName(partition.Topic, index), partition.Life, start));
        }
        if (moved.Count == 0 || PlantedPartitionFaults.Has(PlantedPartitionFault.DeletionAnsweredBeforeCheckpoint)) Done(owner);
        else owner.Host.RunInBackground(new CheckpointTask(this, owner.Node.Logs, moved));
    }

    private void Written(Shard owner, Exception? error)
    {
        if (error is DiskException { Passes: false } failure) DirectoryFailure.Halt(owner, "writing the first offsets of logs failed", failure);
        if (error is not null)
        {
            owner.Host.Log(LogSeverity.Error, "deleted records may come back after a crash: their new first offsets could not be written", error);
            foreach (Entry entry in _entries.Values)
            {
                if (entry.Answer.ErrorCode != ErrorCode.None) continue;
                entry.Answer.ErrorCode = ErrorCode.KafkaStorageError;
                entry.Answer.LowWatermark = -1;
            }
        }
        Done(owner);
    }

    private void Done(Shard owner)
    {
        _isDone = true;
        if (owner.Index == home) operation.PartIsDone();
        else owner.Host.Post(home, this);
    }

    private sealed record Entry(long Offset, DeleteRecordsResponse.DeleteRecordsPartitionResult Answer);

    private sealed class CheckpointTask(DeleteRecordsPart part, LogDirectory directory, List<(PartitionName, int, long)> offsets) : BackgroundTask
    {
        public override void Execute() => directory.AdvanceLogStartOffsets(offsets);

        public override void Complete(Shard shard, Exception? error) => part.Written(shard, error);
    }
}
