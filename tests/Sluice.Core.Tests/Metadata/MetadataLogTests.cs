using Sluice.Core.Metadata.Log;
using Sluice.Core.Nodes;
using Sluice.Core.Tests.Nodes;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Metadata;

public sealed class MetadataLogTests
{
    private static void Create(TestNode node, params string[] names)
    {
        foreach (string name in names)
            node.Ask(new CreateTopicsRequest { Topics = [new() { Name = name, NumPartitions = 1, ReplicationFactor = 1 }], TimeoutMs = 1000 }, 7);
    }

    private static string[] Snapshots(TestNode node) =>
        [.. Directory.EnumerateFiles(node.MetadataPath, "*.checkpoint").Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal)];

    private static string[] Topics(TestNode node) => [.. node.Image.Topics.All.Select(t => t.Name)];

    private static TestNode Snapshotting() => new(properties: [("metadata.log.max.record.bytes.between.snapshots", "2000"), ("metadata.max.retention.ms", "-1")]);

    [Fact]
    public void After_enough_bytes_a_snapshot_is_written_and_a_restart_begins_from_it()
    {
        using TestNode node = Snapshotting();
        Create(node, [.. Enumerable.Range(0, 30).Select(i => $"t{i}")]);
        Assert.NotEmpty(Snapshots(node));
        node.Restart();
        Assert.Equal(30, node.Image.Topics.Count);
        Assert.True(SnapshotId.TryParse(Snapshots(node)[^1], out SnapshotId id));
        Assert.InRange(id.EndOffset, 1, node.Image.Offset);
    }

    [Fact]
    public void Time_alone_brings_a_snapshot_when_there_is_something_new()
    {
        using var node = new TestNode(properties: ("metadata.max.retention.ms", "-1"));
        Assert.Empty(Snapshots(node));
        node.Pass(3_600_000);
        string snapshot = Assert.Single(Snapshots(node));
        node.Pass(3_600_000);
        Assert.Equal([snapshot], Snapshots(node));
        Create(node, "a");
        node.Pass(3_600_000);
        Assert.Equal(2, Snapshots(node).Length);
    }

    [Fact]
    public void A_damaged_snapshot_is_passed_over_for_an_older_one()
    {
        using TestNode node = Snapshotting();
        Create(node, [.. Enumerable.Range(0, 40).Select(i => $"t{i}")]);
        string[] snapshots = Snapshots(node);
        Assert.True(snapshots.Length >= 2);
        node.Node.Stop(clean: false);
        string newest = $"{node.MetadataPath}/{snapshots[^1]}";
        byte[] bytes = File.ReadAllBytes(newest);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(newest, bytes);
        node.Start();
        Assert.Equal(40, node.Image.Topics.Count);
        Assert.Contains(node.Logged, line => line.Contains("cannot be used") && line.Contains("an older state and the log are used instead"));
    }

    [Fact]
    public void A_snapshot_that_was_not_finished_is_removed()
    {
        using var node = new TestNode();
        Create(node, "a");
        node.Stop();
        string unfinished = $"{node.MetadataPath}/00000000000000000007-0000000001.checkpoint.part";
        File.WriteAllText(unfinished, "half");
        node.Start();
        Assert.False(File.Exists(unfinished));
        Assert.Equal(["a"], Topics(node));
    }

    [Fact]
    public void Old_snapshots_and_the_log_below_them_go_and_the_state_stays()
    {
        using var node = new TestNode(properties: [("metadata.log.max.record.bytes.between.snapshots", "2000"), ("metadata.max.retention.bytes", "3000"), ("metadata.log.segment.ms", "1000")]);
        for (int i = 0; i < 60; i++)
        {
            Create(node, $"t{i}");
            node.Clock.NowMs += 1001;
        }
        node.Pass(3_600_000);
        node.Pass(3_600_000);
        Assert.Single(Snapshots(node));
        Assert.False(File.Exists($"{node.MetadataPath}/00000000000000000000.log"));
        node.Restart();
        Assert.Equal(60, node.Image.Topics.Count);
        Create(node, "one-more");
        node.Crash();
        Assert.Equal(61, node.Image.Topics.Count);
    }

    [Fact]
    public void Without_the_snapshot_that_the_log_needs_the_node_does_not_start()
    {
        using var node = new TestNode(properties: [("metadata.log.max.record.bytes.between.snapshots", "2000"), ("metadata.max.retention.bytes", "3000"), ("metadata.log.segment.ms", "1000")]);
        for (int i = 0; i < 60; i++)
        {
            Create(node, $"t{i}");
            node.Clock.NowMs += 1001;
        }
        node.Pass(3_600_000);
        node.Pass(3_600_000);
        node.Stop();
        foreach (string snapshot in Snapshots(node)) File.Delete($"{node.MetadataPath}/{snapshot}");
        Assert.Contains("but no snapshot reaches to there", Assert.Throws<NodeStartException>(node.Start).Message);
    }

    [Fact]
    public void A_record_of_newer_software_stops_the_start_with_its_name_and_offset()
    {
        using var node = new TestNode();
        long offset = node.Image.Offset + 1;
        node.Stop();
        byte[] batch = MetadataBatches.Write([new(new AccessControlEntryRecord { Id = new Uuid(1, 2), ResourceName = "r", Principal = "p", Host = "h" })], 0, offset, 0);
        using (FileStream file = new($"{node.MetadataPath}/00000000000000000000.log", FileMode.Append)) file.Write(batch);
        File.Delete($"{node.Path}/.kafka_cleanshutdown");
        string message = Assert.Throws<NodeStartException>(node.Start).Message;
        Assert.Contains($"metadata record at offset {offset}", message);
        Assert.Contains("AccessControlEntryRecord", message);
    }

    [Fact]
    public void A_quorum_with_other_voters_is_refused()
    {
        using var node = new TestNode();
        node.Stop();
        string path = $"{node.MetadataPath}/quorum-state";
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"voterId\":1", "\"voterId\":2"));
        Assert.Contains("is of a quorum of the voters 2, but this is node 1, alone", Assert.Throws<NodeStartException>(node.Start).Message);
    }

    [Fact]
    public void The_epoch_grows_with_each_start_even_when_nothing_of_the_last_one_reached_the_log()
    {
        using var node = new TestNode();
        node.Stop();
        string path = $"{node.MetadataPath}/quorum-state";
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"leaderEpoch\":0", "\"leaderEpoch\":41"));
        node.Start();
        Assert.Equal(42, node.Shard.Controller!.Epoch);
    }

    [Theory]
    [InlineData("00000000000000000042-0000000007.checkpoint", 42, 7)]
    public void A_snapshot_is_named_as_Kafka_names_it(string name, long offset, int epoch)
    {
        Assert.True(SnapshotId.TryParse(name, out SnapshotId id));
        Assert.Equal(new SnapshotId(offset, epoch), id);
        Assert.Equal(name, id.FileName);
        foreach (string other in new[] { "bootstrap.checkpoint", "leader-epoch-checkpoint", name + ".part", "x" + name[1..] }) Assert.False(SnapshotId.TryParse(other, out _));
    }
}
