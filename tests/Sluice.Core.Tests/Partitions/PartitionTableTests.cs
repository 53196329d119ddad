using Sluice.Core.Partitions;
using Sluice.Core.Tests.Fixtures;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Partitions;

public sealed class PartitionTableTests
{
    [Fact]
    public void A_stop_in_the_middle_of_a_turn_writes_and_flushes_what_was_appended()
    {
        using var node = new MiniNode();
        node.Create("t", settings: ("flush.messages", "1"));
        node.Append("t", TestBatches.Batch(["a"]));
        node.Shards[0].Handle(new TestRequest(TestBatches.Produce("t", TestBatches.Batch(["b"])), 9));
        var log = node.Shards[0].Partitions.All.Single().Log!;
        Assert.True(node.Shards[0].Partitions.Close());
        Assert.Equal((2L, 2L), (log.LogEndOffset, log.RecoveryPoint));
    }

    [Fact]
    public void Many_partitions_are_closed_together()
    {
        using var node = new MiniNode();
        node.Create("t", partitions: 20);
        for (int i = 0; i < 20; i++) node.Append("t", TestBatches.Batch(["a"]), partition: i);
        var logs = node.Shards[0].Partitions.All.Select(partition => partition.Log!).ToList();
        Assert.True(node.Shards[0].Partitions.Close());
        Assert.All(logs, log => Assert.Equal((1L, 1L, false), (log.LogEndOffset, log.RecoveryPoint, log.IsChanged)));
    }

    [Fact]
    public void A_partition_whose_log_is_out_of_reach_keeps_what_the_checkpoints_say_of_it()
    {
        using var node = new MiniNode();
        node.Create("t");
        node.Append("t", TestBatches.Batch(["a"]));
        node.Append("t", TestBatches.Batch(["b"]));
        node.Ask(new DeleteRecordsRequest { Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, Offset = 1 }] }] }, 2);
        node.Shards[0].Partitions.All.Single().GoOffline(node.Shards[0], "a test says so", null);
        node.Pass(130_000);
        Assert.Equal("0\n1\nt 0 1\n", File.ReadAllText(Path.Combine(node.Path, "log-start-offset-checkpoint")));
    }

    [Fact]
    public void Partitions_are_spread_evenly_and_each_has_one_owner()
    {
        using var node = new MiniNode(shards: 3);
        node.Create("t", partitions: 9);
        Assert.All(node.Shards, shard => Assert.Equal(3, shard.Partitions.Count));
    }

    [Fact]
    public void A_log_that_cannot_be_opened_is_offline_and_the_others_are_not()
    {
        using var node = new MiniNode();
        File.WriteAllText(Path.Combine(node.Path, "bad-0"), "a file where a directory must be");
        node.Create("bad");
        node.Create("good");
        Assert.Equal(ErrorCode.KafkaStorageError, node.Append("bad", TestBatches.Batch(["a"])).ErrorCode);
        Assert.Equal(ErrorCode.KafkaStorageError, node.Read("bad").ErrorCode);
        Assert.Equal(ErrorCode.None, node.Append("good", TestBatches.Batch(["a"])).ErrorCode);
        Assert.Contains(node.Logged, line => line.Contains("bad-0 is offline"));
    }

    [Fact]
    public void Retention_takes_old_segments_and_their_files()
    {
        using var node = new MiniNode(properties: new() { ["log.retention.check.interval.ms"] = "1000" });
        node.Create("t", settings: [("segment.ms", "100"), ("retention.ms", "5000"), ("file.delete.delay.ms", "100")]);
        for (int i = 0; i < 5; i++)
        {
            node.Append("t", TestBatches.Batch([$"{i}"], node.Clock.NowMs));
            node.Pass(500);
        }
        Partition partition = node.Shards[0].Partitions.All.Single();
        Assert.Equal(5, partition.Log!.SegmentCount);
        node.Pass(4000);
        Assert.InRange(partition.Log.LogStartOffset, 1, 4);
        long start = partition.Log.LogStartOffset;
        Assert.Equal(ErrorCode.OffsetOutOfRange, node.Read("t", start - 1).ErrorCode);
        Assert.Equal($"{start}", node.Read("t", start).Values()[0]);
        node.Pass(20_000);
        node.Pass(100);
        Assert.Empty(Directory.GetFiles(node.Path, "*.deleted", SearchOption.AllDirectories));
    }

    [Fact]
    public void Checkpoints_are_written_from_time_to_time_for_all_shards()
    {
        using var node = new MiniNode(shards: 3, properties: new() { ["log.flush.offset.checkpoint.interval.ms"] = "1000" });
        node.Create("t", partitions: 6, settings: ("flush.messages", "1"));
        for (int i = 0; i < 6; i++) node.Append("t", TestBatches.Batch(["a"]), partition: i);
        node.Pass(1000);
        string[] lines = File.ReadAllLines(Path.Combine(node.Path, "recovery-point-offset-checkpoint"));
        Assert.Equal(["0", "6", .. Enumerable.Range(0, 6).Select(i => $"t {i} 1")], lines.Take(2).Concat(lines.Skip(2).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void New_settings_of_the_broker_reach_topics_without_settings_of_their_own()
    {
        using var node = new MiniNode();
        node.Create("t");
        node.Create("own", settings: ("max.message.bytes", "2000000"));
        node.Publish(delta => delta.Replay(new ConfigRecord { ResourceType = 4, ResourceName = "", Name = "message.max.bytes", Value = "500" }));
        Assert.Equal(ErrorCode.MessageTooLarge, node.Append("t", TestBatches.Batch([new string('x', 1000)])).ErrorCode);
        Assert.Equal(ErrorCode.None, node.Append("own", TestBatches.Batch([new string('x', 1000)])).ErrorCode);
    }
}
