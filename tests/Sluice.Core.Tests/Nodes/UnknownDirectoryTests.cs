using Sluice.Core.Nodes;
using Sluice.Core.Partitions;
using Sluice.Core.Tests.Fixtures;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Nodes;

/// <summary>Directories that the metadata does not know are kept, whatever the metadata has lost; only a deletion that it tells of is carried out.</summary>
public sealed class UnknownDirectoryTests
{
    private static CreateTopicsRequest Create(string name) => new() { Topics = [new() { Name = name, NumPartitions = 1, ReplicationFactor = 1 }], TimeoutMs = 30_000 };

    private static DeleteTopicsRequest Delete(string name) => new() { TopicNames = [name], TimeoutMs = 30_000 };

    private static Partition Find(TestNode node, string topic) => node.Shard.Partitions.Find(node.Image.Topics.ByName(topic)!.Id, 0)!;

    private static TestNode WithRecords(int batches = 3)
    {
        var node = new TestNode();
        node.Ask(Create("a"), 5);
        for (int i = 0; i < batches; i++)
        {
            var answer = node.Ask(TestBatches.Produce("a", TestBatches.Batch(["value"], node.Clock.NowMs)), 9);
            Assert.Equal(ErrorCode.None, answer.Responses[0].PartitionResponses[0].ErrorCode);
        }
        return node;
    }

    private static string Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        return to;
    }

    private static string Kept(TestNode node, string partition) => Assert.Single(Directory.GetDirectories(node.Path, $"{partition}.*-stray"));

    [Fact]
    public void A_directory_that_was_copied_in_is_kept_with_its_records()
    {
        using TestNode node = WithRecords();
        node.Stop();
        byte[] records = File.ReadAllBytes($"{node.Path}/a-0/{0:D20}.log");
        Copy($"{node.Path}/a-0", $"{node.Path}/b-0");
        node.Start();
        node.Pass(120_000);
        Assert.False(Directory.Exists($"{node.Path}/b-0"));
        Assert.Equal(records, File.ReadAllBytes($"{Kept(node, "b-0")}/{0:D20}.log"));
        Assert.Equal(1, node.Node.Context.Findings.Strays);
        Assert.Contains(node.Logged, line => line.StartsWith("Warning:", StringComparison.Ordinal) && line.Contains("b-0 is kept as") && line.Contains("the metadata knows no such topic"));
        node.Restart();
        Assert.Equal(1, node.Node.Context.Findings.Strays);
        Assert.NotEmpty(Kept(node, "b-0"));
    }

    [Fact]
    public void A_directory_that_was_copied_in_while_the_node_runs_does_not_become_a_new_topics()
    {
        using TestNode node = WithRecords();
        Copy($"{node.Path}/a-0", $"{node.Path}/b-0");
        node.Ask(Create("b"), 5);
        Assert.Equal(0, Find(node, "b").Log!.LogEndOffset);
        node.Pass(120_000);
        Assert.True(new FileInfo($"{Kept(node, "b-0")}/{0:D20}.log").Length > 0);
    }

    [Fact]
    public void Another_topics_directory_under_the_name_of_one_that_is_deleted_stays()
    {
        using TestNode node = WithRecords();
        node.Ask(Create("b"), 5);
        node.Stop();
        Directory.Delete($"{node.Path}/a-0", recursive: true);
        node.Start();
        Find(node, "a").GoOffline(node.Shard, "a test says so", null);
        Directory.Delete($"{node.Path}/a-0", recursive: true);
        Copy($"{node.Path}/b-0", $"{node.Path}/a-0");
        node.Ask(Delete("a"), 5);
        node.Pass(120_000);
        Assert.True(Directory.Exists($"{node.Path}/a-0"));
    }

    [Fact]
    public void A_deletion_that_the_metadata_tells_of_is_carried_out_after_a_crash()
    {
        using TestNode node = WithRecords();
        node.Disk.Failing = "/a-0";
        node.Disk.CannotRename = true;
        node.Ask(Delete("a"), 5);
        Assert.True(Directory.Exists($"{node.Path}/a-0"));
        node.Disk.CannotRename = false;
        node.Crash();
        Assert.Empty(Directory.GetDirectories(node.Path, "a-0*"));
    }

    [Fact]
    public void A_name_that_only_ends_like_a_deletions_is_somebody_elses()
    {
        using TestNode node = WithRecords();
        node.Stop();
        Directory.CreateDirectory($"{node.Path}/backup-delete");
        File.WriteAllText($"{node.Path}/backup-delete/letter.txt", "mine");
        Directory.CreateDirectory($"{node.Path}/a-0.before-delete");
        Directory.CreateDirectory($"{node.Path}/half-1.0123456789abcdef0123456789abcdef-delete");
        node.Start();
        Assert.True(File.Exists($"{node.Path}/backup-delete/letter.txt"));
        Assert.True(Directory.Exists($"{node.Path}/a-0.before-delete"));
        Assert.False(Directory.Exists($"{node.Path}/half-1.0123456789abcdef0123456789abcdef-delete"));
    }

    [Fact]
    public void A_partition_whose_directory_is_gone_begins_empty_and_says_so()
    {
        using TestNode node = WithRecords();
        node.Stop();
        Directory.Delete($"{node.Path}/a-0", recursive: true);
        node.Start();
        Assert.Equal(0, Find(node, "a").Log!.LogEndOffset);
        Assert.Contains(node.Logged, line => line.StartsWith("Error:", StringComparison.Ordinal) && line.Contains("a-0 is missing, although a-0 was flushed up to offset 3"));
        Assert.Equal(1, node.Node.Context.Findings.PartitionsWithLoss);
    }

    [Fact]
    public void A_partition_whose_newest_segment_is_gone_says_so()
    {
        using TestNode node = WithRecords();
        Find(node, "a").Log!.Roll(node.Clock.NowMs);
        node.Ask(TestBatches.Produce("a", TestBatches.Batch(["value"], node.Clock.NowMs)), 9);
        node.Stop();
        File.Delete($"{node.Path}/a-0/{3:D20}.log");
        node.Start();
        Assert.Equal(3, Find(node, "a").Log!.LogEndOffset);
        Assert.Contains(node.Logged, line => line.StartsWith("Error: a-0 was cut at offset 3, although it had been flushed beyond", StringComparison.Ordinal) && line.Contains("its newest segment is missing"));
        Assert.Equal(1, node.Node.Context.Findings.PartitionsWithLoss);
    }

    [Theory]
    [InlineData("", "is empty or damaged")]
    [InlineData("\0\0\0\0\0\0", "is empty or damaged")]
    [InlineData("vers", "is empty or damaged")]
    [InlineData("version=1\n", "cluster.id is missing")]
    [InlineData("version=1\ncluster.id=x\nnode.id=one\n", "node.id is missing or not a number")]
    [InlineData(null, "holds 2 partitions but no meta.properties")]
    public void Without_whole_meta_properties_the_node_says_what_to_write(string? content, string why)
    {
        using TestNode node = WithRecords();
        node.Stop();
        string whole = File.ReadAllText($"{node.Path}/meta.properties");
        if (content is null) File.Delete($"{node.Path}/meta.properties");
        else File.WriteAllText($"{node.Path}/meta.properties", content);
        string message = Assert.Throws<NodeStartException>(node.Start).Message;
        Assert.Contains(why, message, StringComparison.Ordinal);
        Assert.Contains("version=1, cluster.id=<", message, StringComparison.Ordinal);
        Assert.True(Directory.Exists($"{node.Path}/a-0"));
        File.WriteAllText($"{node.Path}/meta.properties", whole);
        node.Start();
        Assert.Equal(3, Find(node, "a").Log!.LogEndOffset);
    }
}
