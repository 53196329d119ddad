using Simulation.Models;
using Simulation.Runs;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Simulation.Clients;

/// <summary>
/// Deletes the oldest records of partitions now and then (DeleteRecords): up to where it likes, between what consumers see and the end of
/// the log, and once more what another one is deleting just now. What was confirmed must never come back.
/// </summary>
internal sealed class RecordDeleter(World world, string name, int oneIn) : SimClient(world, name)
{
    /// <inheritdoc/>
    public override void Act()
    {
        if (Outstanding == 0 && World.Random.Next(oneIn) == 0 && Choose() is { } deletion) Ask(deletion);
    }

    /// <summary>Deletes records of a topic that is to be deleted at once after that.</summary>
    public void Hurry(TopicModel topic)
    {
        int index = World.Random.Next(topic.Partitions.Count);
        if (Outstanding == 0) Ask(new Deletion(topic, index, OffsetIn(topic.Partitions[index], index)));
    }

    private void Ask(Deletion deletion)
    {
        World.LastDeletion = deletion;
        deletion.Partition.DeletionAsked(deletion.Limit);
        World.Trace.Note($"{Name} deletes {deletion.Partition.Name} before {deletion.Offset}");
        var request = new DeleteRecordsRequest { TimeoutMs = 10_000, Topics = [new() { Name = deletion.Topic.Name, Partitions = [new() { PartitionIndex = deletion.Index, Offset = deletion.Offset }] }] };
        Send<DeleteRecordsResponse>(request, Version(0, 2), response => Answered(deletion, response.Topics[0].Partitions[0]), changes: deletion.Topic.Name, isResolvedWhenHandled: true);
    }

    /// <inheritdoc/>
    public override bool Uses(string topic) => false;

    /// <inheritdoc/>
    protected override void Disconnected()
    {
        // The deletion may have happened, or happen yet.
    }

    private Deletion? Choose()
    {
        if (World.Random.Next(3) == 0 && World.LastDeletion is { } last && World.Model.Topics.ContainsValue(last.Topic)) return last;
        if (World.Model.Pick(World.Random) is not { } topic) return null;
        int index = World.Random.Next(topic.Partitions.Count);
        PartitionModel partition = topic.Partitions[index];
        return new Deletion(topic, index, OffsetIn(partition, index));
    }

    private long OffsetIn(PartitionModel partition, int index)
    {
        long known = partition.Known.Select(k => k.Offset + 1).DefaultIfEmpty(0).Max();
        // A client cannot know what is in the log and not visible yet; chance would hit it too rarely.
        if (World.Random.Next(3) == 0 && World.Find(partition, index) is { } now && now.Log!.LogEndOffset > now.HighWatermark)
            return now.HighWatermark + 1 + World.Random.NextInt64(now.Log.LogEndOffset - now.HighWatermark);
        return World.Random.Next(8) switch { 0 => -1, 1 => known + 1000, _ => partition.Start + World.Random.NextInt64(Math.Max(1, known - partition.Start) + 1) };
    }

    private void Answered(Deletion deletion, DeleteRecordsResponse.DeleteRecordsPartitionResult answer)
    {
        (TopicModel topic, int index, long offset) = deletion;
        PartitionModel partition = deletion.Partition;
        World.Trace.Note($"{partition.Name} deleted before {offset}: {answer.ErrorCode} {answer.LowWatermark}");
        switch (answer.ErrorCode)
        {
            case ErrorCode.None:
                if (answer.LowWatermark < offset) throw new Violation($"{partition.Name}: records before {offset} were to be deleted, and the log begins at {answer.LowWatermark}");
                // The topic may be gone, and its name another one's.
                if (!World.Model.Topics.ContainsValue(topic)) break;
                World.Durability.Deleted(partition, topic.Name, index, answer.LowWatermark);
                partition.Deleted(answer.LowWatermark);
                break;
            case ErrorCode.OffsetOutOfRange when offset >= 0:
            case ErrorCode.PolicyViolation when topic.MayCompact:
            // The start may have moved, though not for good.
            case ErrorCode.KafkaStorageError when World.DiskHasStruck || partition.Damaged.Count > 0:
                break;
            case ErrorCode.UnknownTopicOrPartition:
                if (World.Model.Topics.ContainsValue(topic) && World.Model.Pending is not { Kind: PendingKind.Delete }) throw new Violation($"{partition.Name} is not known to the broker");
                break;
            default:
                throw new Violation($"{partition.Name}: DeleteRecords before {offset} was answered {answer.ErrorCode}");
        }
        partition.DeletionIsOver(deletion.Limit);
    }

    /// <summary>A deletion that was asked for.</summary>
    internal sealed record Deletion(TopicModel Topic, int Index, long Offset)
    {
        /// <summary>The partition.</summary>
        public PartitionModel Partition => Topic.Partitions[Index];

        /// <summary>The offset from which on nothing is deleted.</summary>
        public long Limit => Offset < 0 ? long.MaxValue : Offset;
    }
}
