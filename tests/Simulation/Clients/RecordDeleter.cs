using Simulation.Models;
using Simulation.Runs;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Simulation.Clients;

/// <summary>Deletes the oldest records of partitions now and then (DeleteRecords). What was confirmed must never come back.</summary>
internal sealed class RecordDeleter(World world) : SimClient(world, "deleter")
{
    private string _topic = "";
    private PartitionModel? _partition;

    /// <inheritdoc/>
    public override void Act()
    {
        if (Outstanding > 0 || World.Random.Next(40) != 0 || World.Model.Pick(World.Random) is not { } topic) return;
        _topic = topic.Name;
        int index = World.Random.Next(topic.Partitions.Count);
        PartitionModel partition = topic.Partitions[index];
        long end = partition.Known.Select(k => k.Offset + 1).DefaultIfEmpty(0).Max();
        long offset = World.Random.Next(8) switch { 0 => -1, 1 => end + 1000, _ => partition.Start + World.Random.NextInt64(Math.Max(1, end - partition.Start) + 1) };
        partition.DeletionAsked(offset < 0 ? long.MaxValue : offset);
        _partition = partition;
        World.Trace.Note($"delete {partition.Name} before {offset}");
        var request = new DeleteRecordsRequest { TimeoutMs = 10_000, Topics = [new() { Name = topic.Name, Partitions = [new() { PartitionIndex = index, Offset = offset }] }] };
        Send<DeleteRecordsResponse>(request, Version(0, 2), response => Answered(topic, partition, offset, response.Topics[0].Partitions[0]));
    }

    /// <inheritdoc/>
    public override bool Uses(string topic) => Outstanding > 0 && _topic == topic;

    /// <inheritdoc/>
    protected override void Disconnected()
    {
        _partition?.DeletionOpen();
    }

    private void Answered(TopicModel topic, PartitionModel partition, long offset, DeleteRecordsResponse.DeleteRecordsPartitionResult answer)
    {
        World.Trace.Note($"{partition.Name} deleted before {offset}: {answer.ErrorCode} {answer.LowWatermark}");
        if (answer.ErrorCode != ErrorCode.None) partition.DeletionRefused();
        switch (answer.ErrorCode)
        {
            case ErrorCode.None:
                if (answer.LowWatermark < offset) throw new Violation($"{partition.Name}: records before {offset} were to be deleted, and the log begins at {answer.LowWatermark}");
                partition.Deleted(answer.LowWatermark);
                break;
            case ErrorCode.OffsetOutOfRange when offset >= 0:
            case ErrorCode.PolicyViolation when topic.MayCompact:
                break;
            case ErrorCode.KafkaStorageError when World.Disk.FaultsInjected > 0 || World.DiskWasFull || partition.Damaged.Count > 0:
                // The start may have moved, though not for good.
                partition.DeletionAsked(long.MaxValue);
                partition.DeletionOpen();
                break;
            case ErrorCode.UnknownTopicOrPartition:
                if (World.Model.Topics.ContainsValue(topic) && World.Model.Pending is not { Kind: PendingKind.Delete }) throw new Violation($"{partition.Name} is not known to the broker");
                break;
            default:
                throw new Violation($"{partition.Name}: DeleteRecords before {offset} was answered {answer.ErrorCode}");
        }
    }
}
