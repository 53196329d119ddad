using Sluice.Core.Shards;
using Sluice.Core.Tests.Fixtures;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Sluice.Storage.Disk;

namespace Sluice.Core.Tests.Nodes;

/// <summary>A node whose data directory fails ends, and its next life begins with what is on the disk.</summary>
public sealed class LostDiskTests
{
    private static TestNode WithTopic(string name, string flushMessages)
    {
        var node = new TestNode();
        node.Ask(new CreateTopicsRequest
        {
            Topics = [new() { Name = name, NumPartitions = 1, ReplicationFactor = 1, Configs = [new() { Name = "flush.messages", Value = flushMessages }] }], TimeoutMs = 30_000,
        }, 5);
        return node;
    }

    private static ErrorCode Produce(TestNode node, string topic) =>
        node.Ask(TestBatches.Produce(topic, TestBatches.Batch(["value"], node.Clock.NowMs)), 9).Responses[0].PartitionResponses[0].ErrorCode;

    [Fact]
    public void A_failed_fsync_of_a_partition_ends_the_node_and_the_next_start_writes_again_what_is_in_doubt()
    {
        using TestNode node = WithTopic("a", "1");
        Assert.Equal(ErrorCode.None, Produce(node, "a"));
        node.Disk.Failing = "/a-0";
        node.Disk.CannotFlush = true;
        TestRequest request = node.Send(TestBatches.Produce("a", TestBatches.Batch(["lost"], node.Clock.NowMs)), 9, settle: false);
        string reason = Assert.Throws<HaltedException>(node.Settle).Message;
        Assert.Contains($"the data directory {node.Path} failed, and there is no other: an fsync of a-0 failed", reason, StringComparison.Ordinal);
        Assert.Null(request.Response);
        node.Disk.CannotFlush = false;
        node.Crash();
        Assert.Equal(ErrorCode.None, Produce(node, "a"));
    }

    [Fact]
    public void A_log_that_still_cannot_be_flushed_at_the_next_start_is_offline_alone()
    {
        using TestNode node = WithTopic("a", "1");
        node.Ask(new CreateTopicsRequest { Topics = [new() { Name = "b", NumPartitions = 1, ReplicationFactor = 1 }], TimeoutMs = 30_000 }, 5);
        node.Disk.Failing = "/a-0";
        node.Disk.CannotFlush = true;
        node.Send(TestBatches.Produce("a", TestBatches.Batch(["lost"], node.Clock.NowMs)), 9, settle: false);
        Assert.Throws<HaltedException>(node.Settle);
        node.Crash();
        Assert.Equal((ErrorCode.KafkaStorageError, ErrorCode.None), (Produce(node, "a"), Produce(node, "b")));
        Assert.Equal(ErrorCode.LeaderNotAvailable, node.Ask(new MetadataRequest { Topics = [new() { Name = "a" }] }, 12).Topics[0].Partitions[0].ErrorCode);
        node.Disk.CannotFlush = false;
        node.Crash();
        Assert.Equal(ErrorCode.None, Produce(node, "a"));
        Assert.Equal(ErrorCode.None, node.Ask(new MetadataRequest { Topics = [new() { Name = "a" }] }, 12).Topics[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public void Whoever_asks_who_leads_is_told_that_a_log_is_out_of_reach()
    {
        using TestNode node = WithTopic("good", "1");
        File.WriteAllText($"{node.Path}/bad-0", "a file where a directory must be");
        node.Ask(new CreateTopicsRequest { Topics = [new() { Name = "bad", NumPartitions = 1, ReplicationFactor = 1 }], TimeoutMs = 30_000 }, 5);
        Assert.Equal((ErrorCode.None, ErrorCode.KafkaStorageError), (Produce(node, "good"), Produce(node, "bad")));
        foreach (short version in new short[] { 5, 12 })
        {
            MetadataResponse all = node.Ask(new MetadataRequest { Topics = null }, version);
            Assert.Equal((ErrorCode.LeaderNotAvailable, -1, "1"), Leader(all, "bad"));
            Assert.Equal((ErrorCode.None, 1, ""), Leader(all, "good"));
            Assert.Equal((ErrorCode.LeaderNotAvailable, -1, "1"), Leader(node.Ask(new MetadataRequest { Topics = [new() { Name = "bad" }] }, version), "bad"));
        }
        DescribeTopicPartitionsResponse described = node.Ask(new DescribeTopicPartitionsRequest { Topics = [new() { Name = "bad" }, new() { Name = "good" }], ResponsePartitionLimit = 10 }, 0);
        Assert.Equal(
            [(ErrorCode.LeaderNotAvailable, -1, "1"), (ErrorCode.None, 1, "")],
            described.Topics.Select(t => (t.Partitions[0].ErrorCode, t.Partitions[0].LeaderId, string.Join(',', t.Partitions[0].OfflineReplicas))));
        node.Ask(new DeleteTopicsRequest { TopicNames = ["bad"], TimeoutMs = 30_000 }, 5);
        Assert.True(node.Node.Context.Offline.IsEmpty);
        Assert.Equal("good", Assert.Single(node.Ask(new MetadataRequest { Topics = null }, 12).Topics).Name);
    }

    private static (ErrorCode, int, string) Leader(MetadataResponse response, string topic)
    {
        MetadataResponse.MetadataResponsePartition partition = response.Topics.Single(t => t.Name == topic).Partitions[0];
        return (partition.ErrorCode, partition.LeaderId, string.Join(',', partition.OfflineReplicas));
    }

    [Fact]
    public void A_data_directory_that_vanishes_is_noticed_although_nobody_writes()
    {
        using TestNode node = WithTopic("a", "1");
        string away = node.Path + "-away";
        node.Pass(60_000);
        Directory.Move(node.Path, away);
        string reason = Assert.Throws<HaltedException>(() => node.Pass(10_000)).Message;
        Assert.Contains($"the data directory {node.Path} failed", reason, StringComparison.Ordinal);
        Directory.Move(away, node.Path);
        node.Crash();
        Assert.Equal(ErrorCode.None, Produce(node, "a"));
    }

    [Fact]
    public void A_data_directory_that_is_replaced_by_another_is_not_taken_for_it()
    {
        string path = Directory.CreateTempSubdirectory("sluice-lock-").FullName;
        var disk = new FileDisk();
        using (disk.Lock($"{path}/.lock"))
        {
            Assert.True(disk.IsLockInPlace($"{path}/.lock"));
            Assert.True(disk.IsLockInPlace($"{path}/.lock"));
            Directory.Move(path, path + "-away");
            Assert.False(disk.IsLockInPlace($"{path}/.lock"));
            Directory.CreateDirectory(path);
            File.WriteAllText($"{path}/.lock", "");
            Assert.False(disk.IsLockInPlace($"{path}/.lock"));
        }
        Directory.Delete(path, recursive: true);
        Directory.Delete(path + "-away", recursive: true);
    }
}
