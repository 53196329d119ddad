using Sluice.Core.Tests.Fixtures;
using Sluice.Protocol;
using Sluice.Protocol.Compression;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Api;

public sealed class ListOffsetsTests
{
    private const long Time = 1_800_000_000_000;

    private static ListOffsetsResponse.ListOffsetsPartitionResponse List(MiniNode node, long timestamp, short version = 8, int epoch = -1, int shard = 0, int partition = 0) => node.Ask(
        new ListOffsetsRequest
        {
            ReplicaId = -1,
            Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = partition, Timestamp = timestamp, CurrentLeaderEpoch = epoch }] }],
        }, version, shard).Topics[0].Partitions[0];

    private static MiniNode Filled()
    {
        var node = new MiniNode(shards: 2);
        node.Create("t", partitions: 3);
        for (int i = 0; i < 5; i++) node.Append("t", TestBatches.Batch(["a", "b"], Time + (i == 2 ? 90 : i * 10)));
        return node;
    }

    [Fact]
    public void Earliest_and_latest_in_every_version()
    {
        using MiniNode node = Filled();
        for (short version = 1; version <= 11; version++)
        {
            Assert.Equal((ErrorCode.None, 0), (List(node, -2, version).ErrorCode, List(node, -2, version).Offset));
            Assert.Equal((10, -1), (List(node, -1, version).Offset, List(node, -1, version).Timestamp));
        }
    }

    [Theory]
    [InlineData(0, 0, Time)]
    [InlineData(Time + 1, 2, Time + 10)]
    [InlineData(Time + 11, 4, Time + 90)]
    [InlineData(Time + 91, -1, -1)]
    public void By_time_the_first_record_that_is_not_older(long timestamp, long offset, long found)
    {
        using MiniNode node = Filled();
        ListOffsetsResponse.ListOffsetsPartitionResponse answer = List(node, timestamp);
        Assert.Equal((ErrorCode.None, offset, found), (answer.ErrorCode, answer.Offset, answer.Timestamp));
    }

    [Fact]
    public void The_largest_timestamp_is_found()
    {
        using MiniNode node = Filled();
        Assert.Equal((4, Time + 90), (List(node, -3).Offset, List(node, -3).Timestamp));
        Assert.Equal(-1, List(node, -3, partition: 1).Offset);
    }

    [Theory]
    [InlineData(-3, 6)]
    [InlineData(-4, 7)]
    [InlineData(-5, 8)]
    [InlineData(-6, 10)]
    [InlineData(-7, 11)]
    public void A_meaning_that_the_version_does_not_know_is_refused(long timestamp, short version)
    {
        using MiniNode node = Filled();
        Assert.Equal(ErrorCode.UnsupportedVersion, List(node, timestamp, version).ErrorCode);
    }

    [Fact]
    public void Without_tiered_storage_everything_is_local()
    {
        using MiniNode node = Filled();
        Assert.Equal(0, List(node, -4, 11).Offset);
        Assert.Equal((ErrorCode.None, -1), (List(node, -5, 11).ErrorCode, List(node, -5, 11).Offset));
        Assert.Equal((ErrorCode.None, -1), (List(node, -6, 11).ErrorCode, List(node, -6, 11).Offset));
    }

    [Fact]
    public void Every_shard_answers_for_every_partition()
    {
        using MiniNode node = Filled();
        for (int shard = 0; shard < 2; shard++)
        {
            for (int partition = 0; partition < 3; partition++)
                Assert.Equal(partition == 0 ? 10 : 0, List(node, -1, shard: shard, partition: partition).Offset);
        }
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, List(node, -1, partition: 3).ErrorCode);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(2, 1)]
    public void A_batch_that_must_be_decoded_for_a_time_is_so_off_the_shard_which_serves_others_meanwhile(int shards, int receivingShard)
    {
        using var node = new MiniNode(shards);
        node.Create("t");
        node.Append("t", TestBatches.Batch(["old"], Time - 10));
        node.Append("t", TestBatches.Batch(["a", new string('x', 500_000), "c"], Time, CompressionCodec.Zstd));
        TestRequest byTime = Asked(node, Time, receivingShard), greatest = Asked(node, -3, receivingShard);
        node.Settle(background: false);
        Assert.False(byTime.IsCompleted || greatest.IsCompleted);
        // At most one step of one search is under way.
        Assert.Equal(1, node.Hosts.Sum(host => host.Background.Count));
        Assert.Equal(4, node.Ask(Question(-1), 8, receivingShard, background: false).Topics[0].Partitions[0].Offset);
        node.Settle();
        foreach (TestRequest request in new[] { byTime, greatest })
        {
            var answer = ((ListOffsetsResponse)request.Response!).Topics[0].Partitions[0];
            Assert.Equal((ErrorCode.None, 1, Time), (answer.ErrorCode, answer.Offset, answer.Timestamp));
        }
    }

    [Fact]
    public void A_search_by_time_does_not_wait_for_the_disk()
    {
        var disk = new ColdDisk();
        using var node = new MiniNode(disk: disk);
        node.Create("t", 1, ("segment.bytes", "1048576"));
        string value = new('x', 100_000);
        for (int i = 0; i < 50; i++) node.Append("t", TestBatches.Batch([value], Time + i));
        node.Shards[0].Partitions.Logs.Files.Dispose();
        disk.IsCold = true;
        TestRequest request = Asked(node, Time + 25);
        node.Settle(background: false);
        Assert.False(request.IsCompleted);
        node.Settle();
        Assert.Equal(25, ((ListOffsetsResponse)request.Response!).Topics[0].Partitions[0].Offset);
        Assert.Empty(disk.Waits);
        Assert.True(disk.Prefetches > 0);
    }

    [Fact]
    public void Pages_that_are_dropped_again_and_again_do_not_keep_a_search_for_ever()
    {
        var disk = new ColdDisk { Forgets = true };
        using var node = new MiniNode(disk: disk);
        node.Create("t", 1, ("segment.bytes", "1048576"));
        string value = new('x', 100_000);
        for (int i = 0; i < 50; i++) node.Append("t", TestBatches.Batch([value], Time + i));
        node.Shards[0].Partitions.Logs.Files.Dispose();
        disk.IsCold = true;
        Assert.Equal(25, List(node, Time + 25).Offset);
        Assert.Equal(49, List(node, -3).Offset);
        Assert.Equal(-1, List(node, Time + 50).Offset);
    }

    [Fact]
    public void A_topic_that_is_deleted_while_it_is_searched_is_said_to_be_gone()
    {
        using var node = new MiniNode();
        Sluice.Core.Metadata.Images.TopicImage topic = node.Create("t");
        node.Append("t", TestBatches.Batch(["a"], Time, CompressionCodec.Zstd));
        TestRequest request = Asked(node, Time);
        node.Publish(delta => delta.Replay(new RemoveTopicRecord { TopicId = topic.Id }));
        node.Settle();
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, ((ListOffsetsResponse)request.Response!).Topics[0].Partitions[0].ErrorCode);
    }

    private static ListOffsetsRequest Question(long timestamp) =>
        new() { ReplicaId = -1, Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, Timestamp = timestamp, CurrentLeaderEpoch = -1 }] }] };

    private static TestRequest Asked(MiniNode node, long timestamp, int shard = 0)
    {
        var request = new TestRequest(Question(timestamp), 8);
        node.Shards[shard].Handle(request);
        return request;
    }

    [Fact]
    public void Epochs_are_checked_and_told()
    {
        using MiniNode node = Filled();
        Assert.Equal(ErrorCode.UnknownLeaderEpoch, List(node, -1, epoch: 1).ErrorCode);
        Assert.Equal(0, List(node, -1).LeaderEpoch);
        Assert.Equal(0, List(node, Time).LeaderEpoch);
    }

    [Fact]
    public void A_partition_that_is_asked_for_twice_is_refused_once()
    {
        using MiniNode node = Filled();
        ListOffsetsResponse response = node.Ask(
            new ListOffsetsRequest { ReplicaId = -1, Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, Timestamp = -1 }, new() { PartitionIndex = 0, Timestamp = -2 }, new() { PartitionIndex = 1, Timestamp = -1 }] }] }, 5);
        Assert.Equal([ErrorCode.InvalidRequest, ErrorCode.None], response.Topics[0].Partitions.Select(p => p.ErrorCode));
    }
}
