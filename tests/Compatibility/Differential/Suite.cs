using Compatibility.Differential.Cases;
using Sluice.Protocol;

namespace Compatibility.Differential;

/// <summary>All cases, in the order in which they are sent, and the topics that they find.</summary>
internal static class Suite
{
    /// <summary>Settings that both brokers are started with, beside their addresses.</summary>
    public static readonly string[] Settings =
    [
        "offsets.topic.replication.factor=1",
        "transaction.state.log.replication.factor=1",
        "transaction.state.log.min.isr=1",
        "share.coordinator.state.topic.replication.factor=1",
        "share.coordinator.state.topic.min.isr=1",
        "offsets.topic.num.partitions=10",
        "transaction.state.log.num.partitions=10",
        "group.initial.rebalance.delay.ms=0",
    ];

    public static readonly (string Name, int Partitions, (string Name, string Value)[] Settings)[] Topics =
    [
        ("plain", 2, []),
        ("small", 1, [("max.message.bytes", "1000")]),
        ("segment", 1, [("max.message.bytes", "8000000"), ("segment.bytes", "1048576")]),
        ("compacted", 1, [("cleanup.policy", "compact")]),
        ("append-time", 1, [("message.timestamp.type", "LogAppendTime")]),
        ("recent", 1, [("message.timestamp.before.max.ms", "100000")]),
        ("not-ahead", 1, [("message.timestamp.after.max.ms", "1000000")]),
        ("gzip", 1, [("compression.type", "gzip")]),
        ("uncompressed", 1, [("compression.type", "uncompressed")]),
        ("idempotent", 1, []),
        ("transactional", 1, []),
        ("times", 1, []),
        ("empty", 3, []),
        ("configured", 1, [("retention.ms", "777"), ("cleanup.policy", "compact,delete"), ("min.insync.replicas", "1")]),
    ];

    public static IReadOnlyList<Case> Cases { get; } =
    [
        .. ApiVersionsCases.All,
        .. MetadataCases.All,
        .. ProduceCases.All,
        .. ListOffsetsCases.All,
        .. FetchCases.All,
        .. LogCases.All,
        .. DescribeConfigsCases.All,
        .. SecurityCases.All,
        .. ClusterCases.All,
        .. InitProducerIdCases.All,
        .. CreateTopicsCases.All,
        .. CreatePartitionsCases.All,
        .. AlterConfigsCases.All,
        .. AutoCreateCases.All,
        .. DeleteRecordsCases.All,
        .. DeleteTopicsCases.All,
        .. MalformedCases.All,
        .. GroupCases.All,
    ];

    /// <summary>The APIs that are compared, in order of their keys.</summary>
    public static IEnumerable<ApiKey> Keys => Cases.Select(c => c.Key).Distinct().Order();
}
