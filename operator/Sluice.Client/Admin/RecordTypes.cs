namespace Sluice.Client.Admin;

/// <summary>Which offset of a partition is asked for.</summary>
/// <param name="TimestampMs">Milliseconds since 1970, or one of the protocol's negative numbers for special places.</param>
public readonly record struct OffsetSpec(long TimestampMs)
{
    /// <summary>The oldest record that is still there.</summary>
    public static OffsetSpec Earliest => new(-2);

    /// <summary>The end: the offset that the next record will get.</summary>
    public static OffsetSpec Latest => new(-1);

    /// <summary>The record with the greatest timestamp (KIP-734).</summary>
    public static OffsetSpec MaxTimestamp => new(-3);

    /// <summary>The first record that is not older than a time.</summary>
    public static OffsetSpec At(DateTimeOffset time) => new(time.ToUnixTimeMilliseconds());
}

/// <summary>An offset that was found.</summary>
/// <param name="Offset">-1 when no record is that young.</param>
/// <param name="TimestampMs">Of the record; -1 for the special places.</param>
/// <param name="LeaderEpoch">Of the leader that wrote it; -1 where unknown.</param>
public sealed record FoundOffset(long Offset, long TimestampMs, int LeaderEpoch);

/// <summary>A folder in which a broker keeps logs.</summary>
/// <param name="Node">The broker.</param>
/// <param name="Path">The folder, on the broker's machine.</param>
/// <param name="TotalBytes">Size of its volume; -1 where unknown (KIP-827).</param>
/// <param name="UsableBytes">What is free there; -1 where unknown.</param>
/// <param name="Replicas">The partitions in it.</param>
public sealed record LogDirectoryDescription(int Node, string Path, long TotalBytes, long UsableBytes, IReadOnlyList<ReplicaSize> Replicas);

/// <summary>A partition's log in a folder.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Bytes">Size of its segments.</param>
/// <param name="OffsetLag">How far it is behind; 0 for the leader.</param>
public sealed record ReplicaSize(TopicPartition Partition, long Bytes, long OffsetLag);
