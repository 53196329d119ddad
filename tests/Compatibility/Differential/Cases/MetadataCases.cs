using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;

namespace Compatibility.Differential.Cases;

/// <summary>Metadata, DescribeCluster and DescribeTopicPartitions.</summary>
internal static class MetadataCases
{
    public static IEnumerable<Case> All => [.. Metadata(), .. Cluster(), .. Partitions()];

    private static IEnumerable<Case> Metadata()
    {
        yield return Of("all topics", (_, v) => v == 0 ? [] : null);
        yield return Of("no topics", (_, _) => [], from: 1);
        yield return Of("one topic", (_, _) => [Topic("plain")]);
        yield return Of("a topic twice", (_, _) => [Topic("plain"), Topic("plain")]);
        yield return Of("an unknown topic", (_, _) => [Topic("nowhere-at-all")], from: 4);
        yield return Of("a known and an unknown topic", (_, _) => [Topic("plain"), Topic("nowhere-at-all")], from: 4);
        yield return Of("an empty name", (_, _) => [Topic("")], from: 4);
        yield return Of("a name with a slash", (_, _) => [Topic("a/b")], from: 4);
        yield return Of("the name of two dots", (_, _) => [Topic("..")], from: 4);
        yield return Of("a name of 250 characters", (_, _) => [Topic(new string('x', 250))], from: 4);
        yield return Of("the metadata log", (_, _) => [Topic("__cluster_metadata")], from: 4);
        yield return Of("by id", (world, _) => [ById(world.Id("plain"))], from: 12);
        yield return Of("by an unknown id", (_, _) => [ById(new Uuid(77, 77))], from: 12);
        yield return Of("by id and name", (world, _) => [new() { TopicId = world.Id("plain"), Name = "plain" }], from: 12);
        yield return Of("by id and by name", (world, _) => [ById(world.Id("plain")), Topic("small")], from: 12);
        yield return Of("neither id nor name", (_, _) => [new() { Name = null }], from: 12);
        yield return Of("a null name", (_, _) => [new() { Name = null, TopicId = new Uuid(77, 78) }], from: 10, to: 11);
        yield return new(ApiKey.Metadata, "operations of topics", (_, _) => new MetadataRequest { Topics = [Topic("plain"), Topic("nowhere-at-all")], AllowAutoTopicCreation = false, IncludeTopicAuthorizedOperations = true }) { From = 8 };
        yield return new(ApiKey.Metadata, "operations of the cluster", (_, _) => new MetadataRequest { Topics = [], AllowAutoTopicCreation = false, IncludeClusterAuthorizedOperations = true }) { From = 8, To = 10 };
    }

    private static IEnumerable<Case> Cluster()
    {
        yield return new(ApiKey.DescribeCluster, "plain", (_, _) => new DescribeClusterRequest());
        yield return new(ApiKey.DescribeCluster, "with operations", (_, _) => new DescribeClusterRequest { IncludeClusterAuthorizedOperations = true });
        yield return new(ApiKey.DescribeCluster, "controllers", (_, _) => new DescribeClusterRequest { EndpointType = 2 }) { From = 1 };
        yield return new(ApiKey.DescribeCluster, "an unknown kind of endpoint", (_, _) => new DescribeClusterRequest { EndpointType = 9 }) { From = 1 };
        yield return new(ApiKey.DescribeCluster, "endpoint kind 0", (_, _) => new DescribeClusterRequest { EndpointType = 0 }) { From = 1 };
        yield return new(ApiKey.DescribeCluster, "fenced brokers too", (_, _) => new DescribeClusterRequest { IncludeFencedBrokers = true }) { From = 2 };
    }

    private static IEnumerable<Case> Partitions()
    {
        yield return Pages("all", 2000);
        yield return Pages("one topic", 2000, ["plain"]);
        yield return Pages("topics out of order and twice", 2000, ["small", "plain", "plain"]);
        yield return Pages("an unknown topic", 2000, ["nowhere-at-all"]);
        yield return Pages("an invalid name", 2000, ["a/b"]);
        yield return Pages("an empty name", 2000, [""]);
        yield return Pages("a limit of one", 1, ["empty", "plain"]);
        yield return Pages("a limit of 0", 0, ["empty"]);
        yield return Pages("a negative limit", -5, ["empty"]);
        yield return Pages("a limit at the end of a topic", 3, ["empty", "plain"]);
        yield return Pages("from a cursor", 2, ["empty", "plain"], "empty", 1);
        yield return Pages("from a cursor beyond the last partition", 2, ["empty", "plain"], "empty", 9);
        yield return Pages("from a cursor at an unknown topic", 2, ["empty", "plain"], "f", 0);
        yield return Pages("from a negative cursor", 2, ["empty"], "empty", -1);
        yield return Pages("all from a cursor", 3, [], "plain", 1);
    }

    private static Case Of(string name, Func<World, short, List<MetadataRequest.MetadataRequestTopic>?> topics, short from = 0, short? to = null) => new(
        ApiKey.Metadata, name, (world, v) => new MetadataRequest { Topics = topics(world, v), AllowAutoTopicCreation = v < 4 }) { From = from, To = to ?? ApiTable.Get(ApiKey.Metadata).MaxVersion };

    private static MetadataRequest.MetadataRequestTopic Topic(string name) => new() { Name = name };

    private static MetadataRequest.MetadataRequestTopic ById(Uuid id) => new() { TopicId = id, Name = null };

    private static Case Pages(string name, int limit, string[]? topics = null, string? cursor = null, int partition = 0) => new(ApiKey.DescribeTopicPartitions, name, (_, _) => new DescribeTopicPartitionsRequest
    {
        Topics = [.. (topics ?? []).Select(t => new DescribeTopicPartitionsRequest.TopicRequest { Name = t })],
        ResponsePartitionLimit = limit,
        Cursor = cursor is null ? null : new() { TopicName = cursor, PartitionIndex = partition },
    });
}
