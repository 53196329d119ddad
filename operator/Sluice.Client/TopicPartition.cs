namespace Sluice.Client;

/// <summary>A partition of a topic.</summary>
/// <param name="Topic">The topic's name.</param>
/// <param name="Partition">From 0.</param>
public readonly record struct TopicPartition(string Topic, int Partition) : IComparable<TopicPartition>
{
    /// <summary>By name (ordinal), then number.</summary>
    public int CompareTo(TopicPartition other)
    {
        int byTopic = string.CompareOrdinal(Topic, other.Topic);
        return byTopic != 0 ? byTopic : Partition.CompareTo(other.Partition);
    }

    /// <summary>Whether one comes before another.</summary>
    public static bool operator <(TopicPartition left, TopicPartition right) => left.CompareTo(right) < 0;

    /// <summary>Whether one comes after another.</summary>
    public static bool operator >(TopicPartition left, TopicPartition right) => left.CompareTo(right) > 0;

    /// <summary>Whether one does not come after another.</summary>
    public static bool operator <=(TopicPartition left, TopicPartition right) => left.CompareTo(right) <= 0;

    /// <summary>Whether one does not come before another.</summary>
    public static bool operator >=(TopicPartition left, TopicPartition right) => left.CompareTo(right) >= 0;

    /// <summary><c>topic-partition</c>, as Kafka names the folder.</summary>
    public override string ToString() => $"{Topic}-{Partition}";
}

/// <summary>A place in a partition.</summary>
/// <param name="Offset">Of the next record to be read.</param>
/// <param name="LeaderEpoch">Epoch of the leader that wrote the record before it, by which a truncation is noticed (KIP-320); -1 where unknown.</param>
public readonly record struct OffsetAndEpoch(long Offset, int LeaderEpoch = -1);
