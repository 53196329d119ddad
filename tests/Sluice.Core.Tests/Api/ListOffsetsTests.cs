using Sluice.Core.Tests.Fixtures;
using Sluice.Protocol;
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
