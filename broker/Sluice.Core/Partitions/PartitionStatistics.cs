namespace Sluice.Core.Partitions;

/// <summary>What a partition on this node holds, for metrics.</summary>
/// <param name="Topic">The topic's name.</param>
/// <param name="Partition">The partition's number.</param>
/// <param name="IsOnline">Whether the partition's log works; without one the other figures are 0.</param>
/// <param name="SizeInBytes">Bytes of the log's segments.</param>
/// <param name="Segments">Segments of the log.</param>
/// <param name="LogStartOffset">The first offset that is there.</param>
/// <param name="LogEndOffset">The offset that the next record gets.</param>
/// <param name="HeldMs">Milliseconds that records from the future keep the log's records longer than the topic's retention asks for.</param>
public readonly record struct PartitionStatistics(
    string Topic, int Partition, bool IsOnline, long SizeInBytes, int Segments, long LogStartOffset, long LogEndOffset, long HeldMs);
