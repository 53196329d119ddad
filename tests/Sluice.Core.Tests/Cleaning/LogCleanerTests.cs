using Sluice.Core.Cleaning;
using Sluice.Core.Tests.Fixtures;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Sluice.Storage.Cleaning;

namespace Sluice.Core.Tests.Cleaning;

public sealed class LogCleanerTests
{
    private static readonly (string, string)[] Compacted = [("cleanup.policy", "compact"), ("segment.ms", "10"), ("min.cleanable.dirty.ratio", "0.1"), ("file.delete.delay.ms", "100")];

    private static MiniNode New(int shards = 1, params (string Name, string Value)[] properties)
    {
        var given = new Dictionary<string, string> { ["log.cleaner.backoff.ms"] = "1000" };
        foreach ((string name, string value) in properties) given[name] = value;
        return new MiniNode(shards, properties: given);
    }

    /// <summary>Appends a record a segment; the last segment takes appends and is never cleaned.</summary>
    private static void Fill(MiniNode node, string topic, params string[] values)
    {
        foreach (string value in values)
        {
            node.Append(topic, TestBatches.Batch([value], node.Clock.NowMs));
            node.Pass(20);
        }
    }

    private static CleanerStatistics Statistics(MiniNode node) => node.Shards[0].Partitions.Cleaner!.Statistics;

    private static string Checkpoint(MiniNode node)
    {
        string path = Path.Combine(node.Path, "cleaner-offset-checkpoint");
        return File.Exists(path) ? File.ReadAllText(path) : "";
    }

    private static List<string> Values(MiniNode node, string topic)
    {
        var values = new List<string>();
        long end = node.Read(topic, 0).HighWatermark;
        for (long offset = 0; offset < end;)
        {
            FetchResponse.PartitionData data = node.Read(topic, offset);
            values.AddRange(data.Values());
            Protocol.Batches.RecordBatches.Enumerator batches = Protocol.Batches.RecordBatches.Split(data.Records.ToArray());
            while (batches.MoveNext()) offset = batches.Current.NextOffset;
        }
        return values;
    }

    [Fact]
    public void A_compacted_topic_keeps_the_last_record_of_each_key()
    {
        using MiniNode node = New();
        node.Create("t", settings: Compacted);
        Fill(node, "t", "a", "b", "a", "a", "b", "end");
        Assert.Equal(0, Statistics(node).Cleanings);
        node.Pass(1000);
        Assert.Equal(["a", "b", "end"], Values(node, "t"));
        Assert.Equal("0\n1\nt 0 5\n", Checkpoint(node));
        CleanerStatistics statistics = Statistics(node);
        Assert.Equal((1L, 0L, 3L), (statistics.Cleanings, statistics.Failures, statistics.RecordsDropped));
        Assert.True(statistics.RecopyRatio is > 0 and < 1 && statistics.BufferUtilization > 0 && statistics.LastRunMs > 0);
        node.Pass(200);
        Assert.DoesNotContain(Directory.GetFiles(Path.Combine(node.Path, "t-0")), file => file.EndsWith(".deleted", StringComparison.Ordinal) || file.EndsWith(".cleaned", StringComparison.Ordinal) || file.EndsWith(".swap", StringComparison.Ordinal));
    }

    [Fact]
    public void Topics_that_are_not_compacted_and_cleaners_that_are_off_leave_logs_alone()
    {
        using MiniNode node = New();
        node.Create("t", settings: [.. Compacted.Where(s => s.Item1 != "cleanup.policy")]);
        Fill(node, "t", "a", "a", "a", "end");
        node.Pass(5000);
        Assert.Equal(["a", "a", "a", "end"], Values(node, "t"));
        using MiniNode off = New(properties: ("log.cleaner.enable", "false"));
        off.Create("t", settings: Compacted);
        Fill(off, "t", "a", "a", "a", "end");
        off.Pass(5000);
        Assert.Equal(["a", "a", "a", "end"], Values(off, "t"));
    }

    [Fact]
    public void The_dirtiest_log_is_cleaned_first_and_the_others_after_it_without_a_wait()
    {
        using MiniNode node = New(shards: 2);
        node.Create("few", settings: Compacted);
        node.Create("many", settings: Compacted);
        Fill(node, "few", "a", "a", "end");
        Fill(node, "many", "a", "a", "a", "a", "a", "end");
        node.Pass(1000);
        Assert.Equal(["a", "end"], Values(node, "few"));
        Assert.Equal(["a", "end"], Values(node, "many"));
        Assert.Equal(2, Statistics(node).Cleanings);
    }

    [Fact]
    public void Below_the_ratio_a_log_waits()
    {
        using MiniNode node = New();
        node.Create("t", settings: [.. Compacted.Where(s => s.Item1 != "min.cleanable.dirty.ratio"), ("min.cleanable.dirty.ratio", "0.9")]);
        Fill(node, "t", "a", "b", "c", "d", "e", "f", "end");
        node.Pass(1000);
        Assert.Equal(1, Statistics(node).Cleanings);
        Fill(node, "t", "a", "end");
        node.Pass(3000);
        Assert.Equal(1, Statistics(node).Cleanings);
        Assert.InRange(Statistics(node).DirtiestRatio, 0.01, 0.9);
    }

    [Fact]
    public void A_low_rate_stretches_a_cleaning()
    {
        using MiniNode node = New(properties: ("log.cleaner.io.max.bytes.per.second", "100"));
        node.Create("t", settings: Compacted);
        Fill(node, "t", "a", "a", "a", "a", "end");
        node.Pass(1000);
        // Some 700 bytes are read twice and written in part.
        Assert.Equal(0, Statistics(node).Cleanings);
        for (int second = 0; second < 120 && Statistics(node).Cleanings == 0; second++) node.Pass(1000);
        Assert.Equal(1, Statistics(node).Cleanings);
        Assert.Equal(["a", "end"], Values(node, "t"));
    }

    [Fact]
    public void A_damaged_log_is_left_alone_and_counted()
    {
        using MiniNode node = New();
        node.Create("t", settings: Compacted);
        Fill(node, "t", "a", "a", "a", "end");
        string file = Path.Combine(node.Path, "t-0", "00000000000000000000.log");
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^2] ^= 1;
        using (FileStream stream = File.OpenWrite(file)) stream.Write(bytes);
        node.Pass(1000);
        node.Pass(1000);
        Assert.Equal((0L, 1L, 1), (Statistics(node).Cleanings, Statistics(node).Failures, Statistics(node).UncleanablePartitions));
        Assert.True(Statistics(node).UncleanableBytes > 0);
        Assert.Contains(node.Logged, line => line.Contains("t-0 cannot be cleaned", StringComparison.Ordinal));
        Assert.Equal(bytes, File.ReadAllBytes(file));
    }

    [Fact]
    public void Retention_takes_old_segments_of_a_topic_that_is_also_compacted()
    {
        using MiniNode node = New(properties: ("log.retention.check.interval.ms", "1000"));
        node.Create("t", settings: [.. Compacted.Where(s => s.Item1 != "cleanup.policy"), ("cleanup.policy", "compact,delete"), ("retention.ms", "5000")]);
        Fill(node, "t", "a", "b", "a", "end");
        node.Pass(4000);
        Assert.Equal(["b", "a", "end"], Values(node, "t"));
        node.Pass(3000);
        Fill(node, "t", "new");
        node.Pass(2000);
        Assert.Equal(4, node.Read("t", 4).LogStartOffset);
    }

    [Fact]
    public void A_topic_that_is_deleted_while_it_is_cleaned_takes_the_cleaning_with_it()
    {
        using MiniNode node = New(properties: ("log.cleaner.io.max.bytes.per.second", "100"));
        node.Create("t", settings: Compacted);
        Fill(node, "t", "a", "a", "a", "a", "end");
        node.Pass(1000);
        Uuid id = node.Image.Topics.ByName("t")!.Id;
        node.Publish(delta => delta.Replay(new RemoveTopicRecord { TopicId = id }));
        node.Publish(delta => delta.Replay(new TopicRecord { Name = "filler", TopicId = new Uuid(1, 7777) }));
        node.Create("t", settings: Compacted);
        Fill(node, "t", "x", "x", "end");
        for (int second = 0; second < 300 && Statistics(node).Cleanings == 0; second++) node.Pass(1000);
        Assert.Equal(["x", "end"], Values(node, "t"));
        Assert.Equal("0\n1\nt 0 2\n", Checkpoint(node));
    }

    [Fact]
    public void The_rate_is_shared_and_a_step_is_short()
    {
        var settings = new CleanerSettings(true, Threads: 2, BackoffMs: 1, BytesPerSecond: 2_000_000, new CleaningLimits(1, 1, 0.9));
        Assert.Equal(1_000_000, settings.BytesPerSecondOfOne);
        Assert.Equal(300_000, settings.StepBytes);
        Assert.Equal(400, settings.DelayMs(bytes: 500_000, elapsedMs: 100));
        Assert.Equal(0, settings.DelayMs(bytes: 500_000, elapsedMs: 600));
        CleanerSettings unlimited = settings with { BytesPerSecond = double.MaxValue };
        Assert.Equal((8 * 1024 * 1024, 0), (unlimited.StepBytes, unlimited.DelayMs(long.MaxValue, 0)));
    }
}
