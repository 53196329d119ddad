using Sluice.Core.Configuration;

namespace Sluice.Core.Nodes;

/// <summary>Bounds on what requests may ask for, read once from the properties. The defaults are those of the properties.</summary>
public sealed class NodeLimits
{
    /// <summary>Largest answer to a Fetch in bytes (fetch.max.bytes).</summary>
    public int FetchMaxBytes { get; init; } = 57_671_680;

    /// <summary>Incremental fetch sessions of the node (max.incremental.fetch.session.cache.slots).</summary>
    public int FetchSessionSlots { get; init; } = 1000;

    /// <summary>Partitions in one answer of DescribeTopicPartitions (max.request.partition.size.limit).</summary>
    public int DescribedPartitionsMax { get; init; } = 2000;

    /// <summary>Milliseconds between looks for segments that may be deleted (log.retention.check.interval.ms).</summary>
    public long RetentionCheckMs { get; init; } = 300_000;

    /// <summary>Milliseconds between checkpoints of what is flushed (log.flush.offset.checkpoint.interval.ms).</summary>
    public int CheckpointMs { get; init; } = 60_000;

    /// <summary>Milliseconds without a write after which a producer is forgotten (producer.id.expiration.ms).</summary>
    public int ProducerExpirationMs { get; init; } = 86_400_000;

    /// <summary>The bounds that properties give.</summary>
    public static NodeLimits From(BrokerProperties properties) => new()
    {
        FetchMaxBytes = properties.Int("fetch.max.bytes"),
        FetchSessionSlots = properties.Int("max.incremental.fetch.session.cache.slots"),
        RetentionCheckMs = properties.Long("log.retention.check.interval.ms"),
        CheckpointMs = Math.Max(1000, properties.Int("log.flush.offset.checkpoint.interval.ms")),
        ProducerExpirationMs = properties.Int("producer.id.expiration.ms"),
        DescribedPartitionsMax = properties.Int("max.request.partition.size.limit"),
    };
}
