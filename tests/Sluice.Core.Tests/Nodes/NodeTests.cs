using Sluice.Core.Configuration;
using Sluice.Core.Nodes;
using Sluice.Core.Tests.Metadata;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Sluice.Storage.Disk;

namespace Sluice.Core.Tests.Nodes;

public sealed class NodeTests
{
    private static CreateTopicsRequest Topics(params string[] names) => new()
    {
        Topics = [.. names.Select(name => new CreateTopicsRequest.CreatableTopic { Name = name, NumPartitions = 2, ReplicationFactor = 1 })],
        TimeoutMs = 30_000,
    };

    private static string Refused(TestNode node) => Assert.Throws<NodeStartException>(node.Start).Message;

    [Fact]
    public void A_new_directory_becomes_a_cluster_of_one_broker()
    {
        using var node = new TestNode();
        Assert.Equal(22, node.Node.Context.ClusterId.Length);
        Assert.True(node.Image.Brokers.IsAlive(1));
        Assert.Equal(new ListenerEndpoint("PLAINTEXT", "127.0.0.1", 9092), Assert.Single(node.Image.Brokers.Find(1)!.Endpoints));
        Assert.Equal(1, node.Shard.Controller!.Epoch + 1);
        Assert.Contains("\"leaderEpoch\":0", File.ReadAllText($"{node.MetadataPath}/quorum-state"));
        Assert.Contains("node.id=1", File.ReadAllText($"{node.Path}/meta.properties"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_restart_keeps_the_metadata_and_begins_a_new_epoch(bool clean)
    {
        using var node = new TestNode();
        node.Ask(Topics("a", "b"), 7);
        node.Ask(new IncrementalAlterConfigsRequest { Resources = [new() { ResourceType = 2, ResourceName = "a", Configs = [new() { Name = "flush.ms", Value = "7" }] }] }, 1);
        (string cluster, int epoch, long brokerEpoch, Uuid id) = (node.Node.Context.ClusterId, node.Shard.Controller!.Epoch, node.Image.Brokers.Find(1)!.Epoch, node.Image.Topics.ByName("a")!.Id);
        Uuid incarnation = node.Image.Brokers.Find(1)!.IncarnationId;
        if (clean) node.Restart();
        else node.Crash();
        Assert.Equal(clean, node.Node.WasCleanShutdown);
        Assert.Equal((cluster, epoch + 1), (node.Node.Context.ClusterId, node.Shard.Controller!.Epoch));
        Assert.Equal(["a", "b"], node.Image.Topics.All.Select(t => t.Name));
        Assert.Equal(id, node.Image.Topics.ByName("a")!.Id);
        Assert.Equal("7", node.Image.Configs.Of(Core.Metadata.Images.ConfigResource.Topic("a"))["flush.ms"]);
        Assert.True(node.Image.Brokers.Find(1)!.Epoch > brokerEpoch);
        Assert.NotEqual(incarnation, node.Image.Brokers.Find(1)!.IncarnationId);
        // After a crash a log may have lost its end, which clients see by the epoch.
        Assert.All(node.Image.Topics.ByName("a")!.Partitions, p => Assert.Equal(clean ? 0 : 1, p.LeaderEpoch));
        Assert.Equal(4, node.Shard.Partitions.Count);
    }

    [Fact]
    public void The_state_after_a_restart_is_the_state_before_it()
    {
        using var node = new TestNode();
        node.Ask(Topics("a", "b", "c"), 7);
        node.Ask(new DeleteTopicsRequest { TopicNames = ["b"], TimeoutMs = 1000 }, 5);
        node.Ask(new CreatePartitionsRequest { Topics = [new() { Name = "c", Count = 5, Assignments = null }], TimeoutMs = 1000 }, 3);
        List<string> State() => [.. Scopes.Describe(node.Image).Where(r => !r.StartsWith("RegisterBroker", StringComparison.Ordinal))];
        List<string> before = State();
        node.Restart();
        Assert.Equal(before, State());
    }

    [Fact]
    public void A_directory_of_another_node_or_cluster_is_refused()
    {
        using var node = new TestNode();
        node.Stop();
        node.Set("node.id", "2");
        Assert.Contains("is of node 1, but node.id is 2", Refused(node));
        node.Set("node.id", "1");
        node.Set("cluster.id", "other");
        Assert.Contains("but cluster.id is other", Refused(node));
        node.Set("cluster.id", node.Node.Context.ClusterId);
        node.Start();
    }

    [Fact]
    public void A_given_cluster_id_is_taken()
    {
        using var node = new TestNode(properties: ("cluster.id", "my-cluster"));
        Assert.Equal("my-cluster", node.Node.Context.ClusterId);
    }

    [Fact]
    public void A_directory_in_use_is_refused()
    {
        using var node = new TestNode();
        BrokerProperties properties = node.Properties;
        Assert.Throws<NodeStartException>(() => Node.Start(new NodeOptions(properties, []), new FileDisk(), [.. node.Hosts]));
    }

    [Fact]
    public void Partitions_without_metadata_are_not_taken_for_garbage()
    {
        using var node = new TestNode();
        node.Ask(Topics("a"), 7);
        node.Stop();
        Directory.Delete(node.MetadataPath, recursive: true);
        Assert.Contains("holds 2 partitions, such as a-0, but no __cluster_metadata-0", Refused(node));
        Assert.True(Directory.Exists($"{node.Path}/a-0"));
        Directory.Delete($"{node.Path}/a-0", recursive: true);
        Directory.Delete($"{node.Path}/a-1", recursive: true);
        // The topics are not there, and neither is what the metadata knew beside them.
        Assert.Contains("is whole up to offset 0, but was flushed and acknowledged up to", Refused(node));
        node.Set("sluice.metadata.accepted.end.offset", "0");
        node.Start();
    }

    [Fact]
    public void Directories_of_partitions_that_do_not_exist_free_their_names_and_others_keep_theirs()
    {
        using var node = new TestNode();
        node.Ask(Topics("a", "b"), 7);
        node.Stop();
        Directory.CreateDirectory($"{node.Path}/gone-0");
        Directory.CreateDirectory($"{node.Path}/a-7");
        Directory.CreateDirectory($"{node.Path}/half-1.0123456789abcdef0123456789abcdef-delete");
        Directory.CreateDirectory($"{node.Path}/lost+found");
        Directory.CreateDirectory($"{node.Path}/backup-2024");
        File.WriteAllText($"{node.Path}/backup-2024/letter.txt", "mine");
        File.WriteAllText($"{node.Path}/b-0/partition.metadata", "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAD6A");
        File.Delete($"{node.Path}/b-1/partition.metadata");
        node.Start();
        string[] left = [.. Directory.EnumerateDirectories(node.Path).Select(p => Path.GetFileName(p)).Where(p => !p.EndsWith("-stray", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        Assert.Equal(["__cluster_metadata-0", "a-0", "a-1", "b-0", "b-1", "backup-2024", "lost+found"], left);
        Assert.Contains(node.Logged, line => line.Contains("b-0 is kept as ") && line.Contains("it belongs to the topic id AAAAAAAAAAAAAAAAAAAD6A"));
        Assert.Equal(3, Directory.GetDirectories(node.Path, "*-stray").Length);
        Assert.Contains(node.Image.Topics.ByName("b")!.Id.ToString(), File.ReadAllText($"{node.Path}/b-0/partition.metadata"));
    }

    [Fact]
    public void Properties_without_effect_are_named_in_the_log()
    {
        using var node = new TestNode(properties: ("num.io.threads", "16"));
        Assert.Contains(node.Logged, line => line.StartsWith("Warning: num.io.threads=16 has no effect.", StringComparison.Ordinal));
    }
}
