using Sluice.Core.Configuration;
using Sluice.Core.Tests.Nodes;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Api;

/// <summary>DescribeCluster, DescribeTopicPartitions, DescribeConfigs; the texts are those of Apache Kafka 4.3.1.</summary>
public sealed class DescribeTests
{
    private static void Create(TestNode node, string name, int partitions, params (string Name, string Value)[] configs) => node.Ask(
        new CreateTopicsRequest
        {
            Topics = [new() { Name = name, NumPartitions = partitions, ReplicationFactor = 1, Configs = [.. configs.Select(c => new CreateTopicsRequest.CreatableTopicConfig { Name = c.Name, Value = c.Value })] }],
            TimeoutMs = 1000,
        },
        7);

    private static (string?, int, int)[] Pages(TestNode node, int limit, string[] topics, DescribeTopicPartitionsRequest.CursorData? cursor = null)
    {
        DescribeTopicPartitionsResponse response = node.Ask(
            new DescribeTopicPartitionsRequest { Topics = [.. topics.Select(t => new DescribeTopicPartitionsRequest.TopicRequest { Name = t })], ResponsePartitionLimit = limit, Cursor = cursor }, 0);
        List<(string?, int, int)> pages = [.. response.Topics.Select(t => (t.Name, t.Partitions.Count > 0 ? t.Partitions[0].PartitionIndex : -1, t.Partitions.Count))];
        if (response.NextCursor is { } next) pages.Add(("next " + next.TopicName, next.PartitionIndex, 0));
        return [.. pages];
    }

    private static DescribeConfigsResponse.DescribeConfigsResult Describe(TestNode node, sbyte type, string name, params string[] keys) => Assert.Single(node.Ask(
        new DescribeConfigsRequest { Resources = [new() { ResourceType = type, ResourceName = name, ConfigurationKeys = keys.Length == 0 ? null : [.. keys] }], IncludeSynonyms = true }, 4).Results);

    private static string Show(DescribeConfigsResponse.DescribeConfigsResourceResult config) =>
        $"{config.Name}={config.Value} {config.ConfigSource} [{string.Join(", ", config.Synonyms.Select(s => $"{s.Name}={s.Value} {s.Source}"))}]";

    [Fact]
    public void A_cluster_is_described_to_clients_and_not_to_controllers()
    {
        using var node = new TestNode();
        DescribeClusterResponse cluster = node.Ask(new DescribeClusterRequest { IncludeClusterAuthorizedOperations = true, IncludeFencedBrokers = true }, 2);
        Assert.Equal((ErrorCode.None, node.Node.Context.ClusterId, 1, 8096), (cluster.ErrorCode, cluster.ClusterId, cluster.ControllerId, cluster.ClusterAuthorizedOperations));
        Assert.Equal((1, "127.0.0.1", 9092, false), cluster.Brokers.Select(b => (b.BrokerId, b.Host, b.Port, b.IsFenced)).Single());
        cluster = node.Ask(new DescribeClusterRequest { EndpointType = 2 }, 1);
        Assert.Equal((ErrorCode.MismatchedEndpointType, "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER"), (cluster.ErrorCode, cluster.ErrorMessage));
        cluster = node.Ask(new DescribeClusterRequest { EndpointType = 7 }, 1);
        Assert.Equal((ErrorCode.UnsupportedEndpointType, "Unsupported endpoint type 7"), (cluster.ErrorCode, cluster.ErrorMessage));
        Assert.Single(node.Ask(new DescribeClusterRequest(), 0).Brokers);
    }

    [Fact]
    public void Partitions_come_in_pages()
    {
        using var node = new TestNode(properties: ("max.request.partition.size.limit", "3"));
        Create(node, "a", 4);
        Create(node, "b", 2);
        Assert.Equal([("a", 0, 2), ("next a", 2, 0)], Pages(node, 2, []));
        Assert.Equal([("a", 2, 2), ("next b", 0, 0)], Pages(node, 2, [], new() { TopicName = "a", PartitionIndex = 2 }));
        Assert.Equal([("a", 0, 3), ("next a", 3, 0)], Pages(node, 1000, []));
        Assert.Equal([("a", 0, 1), ("next a", 1, 0)], Pages(node, 0, ["zz", "a", "a"]));
        Assert.Equal([("b", 0, 2), ("nope", -1, 0), ("zz", -1, 0)], Pages(node, 1000, ["zz", "nope", "a", "b"], new() { TopicName = "b", PartitionIndex = 0 }));
        Assert.Equal([("a", -1, 0)], Pages(node, 10, ["a"], new() { TopicName = "a", PartitionIndex = 100 }));
    }

    [Fact]
    public void A_page_cannot_begin_before_the_first_partition()
    {
        using var node = new TestNode();
        DescribeTopicPartitionsResponse response = node.Ask(new DescribeTopicPartitionsRequest { Topics = [new() { Name = "a" }], Cursor = new() { TopicName = "a", PartitionIndex = -1 } }, 0);
        Assert.Equal(ErrorCode.InvalidRequest, Assert.Single(response.Topics).ErrorCode);
    }

    [Fact]
    public void A_topics_settings_say_where_they_come_from()
    {
        using var node = new TestNode(properties: [("log.retention.minutes", "77"), ("log.retention.hours", "48"), ("message.max.bytes", "2000000")]);
        Create(node, "a", 1, ("segment.bytes", "2000000"));
        node.Ask(new IncrementalAlterConfigsRequest { Resources = [new() { ResourceType = 4, ResourceName = "", Configs = [new() { Name = "message.max.bytes", Value = "1000000" }] }] }, 1);
        Assert.Equal(
            [
                "max.message.bytes=1000000 3 [message.max.bytes=1000000 3, message.max.bytes=2000000 4, message.max.bytes=1048588 5]",
                "preallocate=false 5 [log.preallocate=false 5]",
                "retention.ms=4620000 4 [log.retention.minutes=77 4, log.retention.hours=48 4, log.retention.hours=168 5]",
                "segment.bytes=2000000 1 [segment.bytes=2000000 1, log.segment.bytes=1073741824 5]",
            ],
            Describe(node, 2, "a", "segment.bytes", "nope", "retention.ms", "max.message.bytes", "preallocate").Configs.Select(Show));
        Assert.Equal(33, Describe(node, 2, "a").Configs.Count);
        Assert.Equal("", Describe(node, 2, "a").ErrorMessage);
    }

    [Fact]
    public void A_brokers_settings_say_where_they_come_from_and_hide_passwords()
    {
        using var node = new TestNode(properties: ("log.retention.minutes", "77"));
        node.Ask(new IncrementalAlterConfigsRequest
        {
            Resources =
            [
                new() { ResourceType = 4, ResourceName = "1", Configs = [new() { Name = "log.retention.ms", Value = "1000" }] },
                new() { ResourceType = 4, ResourceName = "", Configs = [new() { Name = "log.retention.ms", Value = "2000" }] },
            ],
        }, 1);
        DescribeConfigsResponse.DescribeConfigsResult broker = Describe(node, 4, "1", "log.retention.ms", "log.retention.minutes", "node.id", "ssl.key.password");
        Assert.Equal(
            [
                "log.retention.minutes=77 4 [log.retention.minutes=77 4, log.retention.hours=168 5]",
                "log.retention.ms=1000 2 [log.retention.ms=1000 2, log.retention.ms=2000 3, log.retention.minutes=77 4, log.retention.hours=168 5]",
                "node.id=1 4 [node.id=1 4]",
                "ssl.key.password= 5 []",
            ],
            broker.Configs.Select(Show));
        Assert.Equal([true, false, true, true], broker.Configs.Select(c => c.ReadOnly));
        Assert.Equal([false, false, false, true], broker.Configs.Select(c => c.IsSensitive));
        Assert.Equal(["log.retention.ms=2000 3 [log.retention.ms=2000 3]"], Describe(node, 4, "").Configs.Select(Show));
        Assert.Equal(BrokerConfigs.Table.All.Count, Describe(node, 4, "1").Configs.Count);
    }

    [Fact]
    public void What_has_no_settings_is_refused()
    {
        using var node = new TestNode();
        void Refused(sbyte type, string name, ErrorCode code, string message)
        {
            DescribeConfigsResponse.DescribeConfigsResult result = Describe(node, type, name);
            Assert.Equal((code, message), (result.ErrorCode, result.ErrorMessage));
            Assert.Empty(result.Configs);
        }
        Refused(2, "zz", ErrorCode.UnknownTopicOrPartition, "");
        Refused(2, "", ErrorCode.InvalidTopicException, "Topic name is invalid: the empty string is not allowed");
        Refused(4, "2", ErrorCode.InvalidRequest, "Unexpected broker id, expected 1 or empty string, but received 2");
        Refused(4, "x", ErrorCode.InvalidRequest, "Broker id must be an integer, but it is: x");
        Refused(8, "", ErrorCode.InvalidRequest, "Broker id must not be empty");
        Refused(8, "2", ErrorCode.InvalidRequest, "Unexpected broker id, expected 1 but received 2");
        Refused(16, "m", ErrorCode.InvalidRequest, "Client metrics are not supported.");
        Refused(1, "x", ErrorCode.InvalidRequest, "Unsupported resource type 1");
        Assert.Equal("INFO", Assert.Single(Describe(node, 8, "1").Configs).Value);
    }

    [Fact]
    public void Documentation_and_synonyms_come_only_when_asked_for()
    {
        using var node = new TestNode();
        var request = new DescribeConfigsRequest { Resources = [new() { ResourceType = 4, ResourceName = "1", ConfigurationKeys = ["num.partitions"] }], IncludeDocumentation = true };
        DescribeConfigsResponse.DescribeConfigsResourceResult config = node.Ask(request, 4).Results[0].Configs[0];
        Assert.StartsWith("Partitions of a topic", config.Documentation);
        Assert.Empty(config.Synonyms);
        request.IncludeDocumentation = false;
        Assert.Null(node.Ask(request, 3).Results[0].Configs[0].Documentation);
        for (short version = DescribeConfigsRequest.MinVersion; version <= DescribeConfigsRequest.MaxVersion; version++)
            Assert.Equal("1", node.Ask(request, version).Results[0].Configs[0].Value);
    }
}
