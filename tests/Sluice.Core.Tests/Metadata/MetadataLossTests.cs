using Sluice.Core.Nodes;
using Sluice.Core.Tests.Fixtures;
using Sluice.Core.Tests.Nodes;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Metadata;

/// <summary>A metadata log that lost what it had acknowledged stops the start, and nothing is changed by it.</summary>
public sealed class MetadataLossTests
{
    private const string Accepted = "sluice.metadata.accepted.end.offset";

    private static void Create(TestNode node, params string[] names)
    {
        foreach (string name in names)
            node.Ask(new CreateTopicsRequest { Topics = [new() { Name = name, NumPartitions = 1, ReplicationFactor = 1 }], TimeoutMs = 1000 }, 7);
    }

    private static string Log(TestNode node) => $"{node.MetadataPath}/{0:D20}.log";

    private static string Refused(TestNode node) => Assert.Throws<NodeStartException>(node.Start).Message;

    private static string[] Topics(TestNode node) => [.. node.Image.Topics.All.Select(t => t.Name)];

    private static void Cut(TestNode node, int bytes)
    {
        using FileStream file = File.OpenWrite(Log(node));
        file.SetLength(file.Length - bytes);
    }

    private static void End(TestNode node, bool clean)
    {
        if (clean) node.Stop();
        else node.Node.Stop(clean: false);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 20)]
    [InlineData(false, 20)]
    [InlineData(false, 500)]
    public void A_log_that_was_cut_is_refused_and_left_as_it_is(bool clean, int bytes)
    {
        using var node = new TestNode();
        Create(node, "a", "b", "c");
        node.Ask(TestBatches.Produce("c", TestBatches.Batch(["value"], node.Clock.NowMs)), 9);
        End(node, clean);
        byte[] whole = File.ReadAllBytes(Log(node));
        Cut(node, bytes);
        byte[] cut = File.ReadAllBytes(Log(node));
        string message = Refused(node);
        Assert.Contains("but was flushed and acknowledged up to", message, StringComparison.Ordinal);
        Assert.Contains($"{Accepted}=", message, StringComparison.Ordinal);
        Assert.Equal(cut, File.ReadAllBytes(Log(node)));
        Assert.True(File.Exists($"{node.Path}/c-0/{0:D20}.log"));
        // The log is brought back: all is well.
        File.WriteAllBytes(Log(node), whole);
        node.Start();
        Assert.Equal(["a", "b", "c"], Topics(node));
    }

    [Fact]
    public void A_bit_that_turned_in_the_middle_is_refused_before_what_follows_it_is_cut()
    {
        using var node = new TestNode();
        Create(node, "first", "middle", "last");
        node.Node.Stop(clean: false);
        byte[] bytes = File.ReadAllBytes(Log(node));
        int middle = bytes.AsSpan().IndexOf("middle"u8);
        bytes[middle] ^= 1;
        File.WriteAllBytes(Log(node), bytes);
        Refused(node);
        Assert.Equal(bytes, File.ReadAllBytes(Log(node)));
        bytes[middle] ^= 1;
        File.WriteAllBytes(Log(node), bytes);
        node.Start();
        Assert.Equal(["first", "last", "middle"], Topics(node));
    }

    [Fact]
    public void An_older_copy_of_the_whole_directory_is_refused()
    {
        using var node = new TestNode();
        Create(node, "a");
        node.Stop();
        Dictionary<string, byte[]> copy = Directory.EnumerateFiles(node.MetadataPath).ToDictionary(path => path, File.ReadAllBytes);
        node.Start();
        Create(node, "b");
        node.Stop();
        Directory.Delete(node.MetadataPath, recursive: true);
        Directory.CreateDirectory(node.MetadataPath);
        foreach ((string path, byte[] content) in copy) File.WriteAllBytes(path, content);
        Assert.Contains("records are lost or damaged", Refused(node), StringComparison.Ordinal);
    }

    [Fact]
    public void Whoever_accepts_the_loss_starts_without_it_once_and_keeps_the_records_of_topics_that_are_unknown_then()
    {
        using var node = new TestNode();
        Create(node, "a", "b");
        node.Ask(TestBatches.Produce("b", TestBatches.Batch(["value"], node.Clock.NowMs)), 9);
        long end = node.Image.Offset + 1;
        node.Node.Stop(clean: false);
        Cut(node, 20);
        string message = Refused(node);
        string accepted = message[(message.IndexOf($"{Accepted}=", StringComparison.Ordinal) + Accepted.Length + 1)..];
        accepted = accepted[..accepted.IndexOf(':', StringComparison.Ordinal)];
        node.Set(Accepted, $"{end}");
        Refused(node);
        node.Set(Accepted, accepted);
        node.Start();
        Assert.Equal(["a"], Topics(node));
        string kept = Assert.Single(Directory.GetDirectories(node.Path, "b-0.*-stray"));
        Assert.True(new FileInfo($"{kept}/{0:D20}.log").Length > 0);
        Assert.Contains(node.Logged, line => line.StartsWith("Error: the metadata log", StringComparison.Ordinal) && line.Contains("the node starts without them"));
        // It holds for that loss alone.
        Create(node, "c", "d", "e", "f");
        node.Restart();
        Assert.Equal(["a", "c", "d", "e", "f"], Topics(node));
        node.Stop();
        Cut(node, 20);
        Refused(node);
    }

    [Fact]
    public void What_was_never_acknowledged_is_cut_as_ever()
    {
        using var node = new TestNode();
        Create(node, "a", "b");
        node.Node.Stop(clean: false);
        byte[] bytes = File.ReadAllBytes(Log(node));
        using (FileStream file = new(Log(node), FileMode.Append)) file.Write(bytes.AsSpan(0, 70));
        node.Start();
        Assert.Equal(["a", "b"], Topics(node));
        Assert.Contains(node.Logged, line => line.StartsWith("Warning: metadata log:", StringComparison.Ordinal));
        Create(node, "c");
        node.Restart();
        Assert.Equal(["a", "b", "c"], Topics(node));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("garbage that says nothing of any offset")]
    public void Without_word_of_its_end_as_from_older_software_the_log_is_taken_as_it_is(string? content)
    {
        using var node = new TestNode();
        Create(node, "a", "b");
        node.Stop();
        string path = $"{node.Path}/metadata-log-end";
        if (content is null) File.Delete(path);
        else File.WriteAllText(path, content);
        node.Start();
        Assert.Equal(["a", "b"], Topics(node));
        node.Stop();
        Cut(node, 20);
        Refused(node);
    }

    [Fact]
    public void A_torn_write_of_one_place_leaves_the_other()
    {
        using var node = new TestNode();
        Create(node, "a", "b", "c");
        node.Stop();
        string path = $"{node.Path}/metadata-log-end";
        byte[] bytes = File.ReadAllBytes(path);
        bytes[3] ^= 1;
        File.WriteAllBytes(path, bytes);
        Cut(node, 600);
        Assert.Contains("was flushed and acknowledged up to", Refused(node), StringComparison.Ordinal);
    }

    [Fact]
    public void A_snapshot_that_reaches_beyond_what_the_log_lost_stands_in_for_it()
    {
        using var node = new TestNode(properties: ("metadata.max.retention.ms", "-1"));
        Create(node, "a", "b");
        node.Pass(3_600_000);
        Assert.Single(Directory.GetFiles(node.MetadataPath, "*.checkpoint"));
        node.Node.Stop(clean: false);
        Cut(node, 20);
        node.Start();
        Assert.Equal(["a", "b"], Topics(node));
    }
}
