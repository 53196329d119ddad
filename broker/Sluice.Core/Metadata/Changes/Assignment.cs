using Sluice.Core.Metadata.Images;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Metadata.Changes;

/// <summary>Where the replicas of new partitions go.</summary>
internal static class Assignment
{
    /// <summary>Bounds what one request can make of records, memory and files.</summary>
    public const int PartitionsOfRequestMax = 10_000;

    /// <summary>The version of partition records that names directories.</summary>
    public const short PartitionRecordVersion = 1;

    /// <summary>Chooses replicas for partitions whose creator did not.</summary>
    public static ChangeError Place(MetadataImage image, int firstPartition, int count, int replicationFactor, List<List<int>> assigned)
    {
        List<int> brokers = [.. image.Brokers.All.Where(b => !b.IsFenced).Select(b => b.Id)];
        if (replicationFactor > brokers.Count)
        {
            return new(ErrorCode.InvalidReplicationFactor,
                $"Unable to replicate the partition {replicationFactor} time(s): The target replication factor of {replicationFactor} cannot be reached because only {brokers.Count} broker(s) are registered or some brokers have all their log directories cordoned.");
        }
        for (int partition = firstPartition; partition < firstPartition + count; partition++)
        {
            var replicas = new List<int>(replicationFactor);
            for (int i = 0; i < replicationFactor; i++) replicas.Add(brokers[(partition + i) % brokers.Count]);
            assigned.Add(replicas);
        }
        return ChangeError.None;
    }

    /// <summary>Checks replicas that a client chose for one partition.</summary>
    /// <param name="image">The metadata.</param>
    /// <param name="replicas">The brokers.</param>
    /// <param name="replicationFactor">How many the other partitions have; 0 when this is the first.</param>
    public static ChangeError Check(MetadataImage image, List<int> replicas, int replicationFactor)
    {
        if (replicas.Count == 0) return Refuse("The manual partition assignment includes an empty replica list.");
        var seen = new HashSet<int>();
        foreach (int broker in replicas)
        {
            if (image.Brokers.Find(broker) is null)
                return Refuse($"The manual partition assignment includes broker {broker}, but no such broker is registered.");
            if (!seen.Add(broker)) return Refuse($"The manual partition assignment includes the broker {broker} more than once.");
        }
        if (replicationFactor != 0 && replicas.Count != replicationFactor)
        {
            return Refuse($"The manual partition assignment includes a partition with {replicas.Count} replica(s), but this is not consistent with previous partitions, which have {replicationFactor} replica(s).");
        }
        return replicas.Exists(image.Brokers.IsAlive)
            ? ChangeError.None
            : Refuse("All brokers specified in the manual partition assignment are fenced or in controlled shutdown.");
    }

    /// <summary>The record of a new partition.</summary>
    public static ChangeRecord NewPartition(MetadataImage image, Uuid topicId, int partition, List<int> replicas)
    {
        List<int> isr = replicas.FindAll(image.Brokers.IsAlive);
        return new(
            new PartitionRecord
            {
                PartitionId = partition,
                TopicId = topicId,
                Replicas = replicas,
                Isr = isr,
                Leader = isr[0],
                LeaderEpoch = 0,
                PartitionEpoch = 0,
                Directories = replicas.ConvertAll(id => image.Brokers.Find(id)!.Directories is [var directory, ..] ? directory : Uuid.Zero),
            },
            PartitionRecordVersion);
    }

    /// <summary>The number of partitions that a request means, -1 standing for the broker's default.</summary>
    public static int OrDefault(int asked, int byDefault) => asked == -1 ? byDefault : asked;

    private static ChangeError Refuse(string message) => new(ErrorCode.InvalidReplicaAssignment, message);
}
