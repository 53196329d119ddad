using Sluice.Core.Configuration;
using Sluice.Protocol.Wire;

namespace Sluice.Core.Nodes;

/// <summary>Bounds on what requests may ask for, read once from the properties. The defaults are those of the properties.</summary>
public sealed class NodeLimits
{
    private const int DecompressedBatchBytesLeast = 4 * 1024 * 1024;
    private const int DecompressedBatchBytesMost = 128 * 1024 * 1024;
    private const long RequestObjectBytesLeast = 4 * 1024 * 1024;

    /// <summary>Largest answer to a Fetch in bytes (fetch.max.bytes).</summary>
    public int FetchMaxBytes { get; init; } = 57_671_680;

    /// <summary>Incremental fetch sessions of the node (max.incremental.fetch.session.cache.slots).</summary>
    public int FetchSessionSlots { get; init; } = 1000;

    /// <summary>Partitions in one answer of DescribeTopicPartitions (max.request.partition.size.limit).</summary>
    public int DescribedPartitionsMax { get; init; } = 2000;

    /// <summary>Bytes that a client's compressed batch may grow to when it has to be decoded.</summary>
    public int DecompressedBatchBytesMax { get; init; } = 128 * 1024 * 1024;

    /// <summary>Bytes of objects that one request may be read into.</summary>
    public long RequestObjectBytesMax { get; init; } = 128L * 1024 * 1024;

    /// <summary>Milliseconds between looks for segments that may be deleted (log.retention.check.interval.ms).</summary>
    public long RetentionCheckMs { get; init; } = 300_000;

    /// <summary>Milliseconds between checkpoints of what is flushed (log.flush.offset.checkpoint.interval.ms).</summary>
    public int CheckpointMs { get; init; } = 60_000;

    /// <summary>Milliseconds without a write after which a producer is forgotten (producer.id.expiration.ms).</summary>
    public int ProducerExpirationMs { get; init; } = 86_400_000;

    /// <summary>The bounds that properties give.</summary>
    /// <param name="properties">The properties.</param>
    /// <param name="shardMemoryBytes">A shard's part of the memory that the process may take.</param>
    public static NodeLimits From(BrokerProperties properties, long shardMemoryBytes = long.MaxValue) => new()
    {
        // A buffer grows to the next power of two while the one before is still there: three times what is wanted at worst.
        DecompressedBatchBytesMax = (int)Math.Clamp(shardMemoryBytes / 16, DecompressedBatchBytesLeast, DecompressedBatchBytesMost),
        RequestObjectBytesMax = Math.Clamp(shardMemoryBytes / 8, RequestObjectBytesLeast, AllocationBudget.UntrustedMax),
        FetchMaxBytes = properties.Int("fetch.max.bytes"),
        FetchSessionSlots = properties.Int("max.incremental.fetch.session.cache.slots"),
        RetentionCheckMs = properties.Long("log.retention.check.interval.ms"),
        CheckpointMs = Math.Max(1000, properties.Int("log.flush.offset.checkpoint.interval.ms")),
        ProducerExpirationMs = properties.Int("producer.id.expiration.ms"),
        DescribedPartitionsMax = properties.Int("max.request.partition.size.limit"),
    };
}
