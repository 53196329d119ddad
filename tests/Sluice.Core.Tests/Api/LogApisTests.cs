using Sluice.Core.Tests.Fixtures;
using Sluice.Core.Tests.Nodes;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Api;

/// <summary>OffsetForLeaderEpoch, DescribeProducers, DescribeLogDirs, DescribeQuorum: what is gathered from several shards, or from the controller.</summary>
public sealed class LogApisTests
{
    private static TestNode Filled(params (string, string)[] properties)
    {
        var node = new TestNode(shards: 3, properties: properties);
        node.Ask(new CreateTopicsRequest { Topics = [new() { Name = "t", NumPartitions = 4, ReplicationFactor = 1 }], TimeoutMs = 1000 }, 7);
        for (int partition = 0; partition < 3; partition++)
        {
            byte[] batch = TestBatches.Batch(["a", "b"], timestampMs: node.Clock.NowMs, producerId: 70 + partition, epoch: 2, sequence: 0);
            Assert.Equal(ErrorCode.None, node.Ask(TestBatches.Produce("t", batch, partition), 9, shard: partition).Responses[0].PartitionResponses[0].ErrorCode);
        }
        return node;
    }

    private static string Producers(TestNode node, int partition, int shard = 0)
    {
        DescribeProducersResponse.PartitionResponse answer = node.Ask(new DescribeProducersRequest { Topics = [new() { Name = "t", PartitionIndexes = [partition] }] }, 0, shard).Topics[0].Partitions[0];
        return $"{answer.ErrorCode} {string.Join(' ', answer.ActiveProducers.Select(p => $"{p.ProducerId}/{p.ProducerEpoch}/{p.LastSequence}/{p.CurrentTxnStartOffset}"))}".TrimEnd();
    }

    [Fact]
    public void Ends_of_epochs_come_from_every_shard_in_the_order_of_the_request()
    {
        using TestNode node = Filled();
        OffsetForLeaderEpochResponse response = node.Ask(
            new OffsetForLeaderEpochRequest { Topics = [new() { Topic = "t", Partitions = [.. Enumerable.Range(0, 5).Select(i => new OffsetForLeaderEpochRequest.OffsetForLeaderPartition { Partition = i, LeaderEpoch = 0 })] }] }, 4, shard: 1);
        Assert.Equal(
            [(0, ErrorCode.None, 0, 2L), (1, ErrorCode.None, 0, 2L), (2, ErrorCode.None, 0, 2L), (3, ErrorCode.None, 0, 0L), (4, ErrorCode.UnknownTopicOrPartition, -1, -1L)],
            response.Topics[0].Partitions.Select(p => (p.Partition, p.ErrorCode, p.LeaderEpoch, p.EndOffset)));
    }

    [Fact]
    public void Producers_are_described_until_they_expire_and_the_time_can_change_at_run_time()
    {
        using TestNode node = Filled(("log.retention.check.interval.ms", "1000"));
        Assert.Equal("None 71/2/1/-1", Producers(node, 1));
        Assert.Equal("None", Producers(node, 3, shard: 2));
        node.Pass(60_000);
        Assert.Equal("None 71/2/1/-1", Producers(node, 1));
        node.Ask(new IncrementalAlterConfigsRequest { Resources = [new() { ResourceType = 4, ResourceName = "", Configs = [new() { Name = "producer.id.expiration.ms", Value = "30000" }] }] }, 1);
        node.Pass(60_000);
        Assert.Equal("None", Producers(node, 1));
        Assert.Equal("None", Producers(node, 2, shard: 1));
    }

    [Fact]
    public void The_data_directory_is_described_with_the_partitions_of_every_shard()
    {
        using TestNode node = Filled();
        DescribeLogDirsResponse.DescribeLogDirsResult all = Assert.Single(node.Ask(new DescribeLogDirsRequest { Topics = null }, 4, shard: 2).Results);
        Assert.Equal((ErrorCode.None, node.Path), (all.ErrorCode, all.LogDir));
        Assert.True(all.TotalBytes >= all.UsableBytes && all.UsableBytes > 0);
        Assert.Equal([0, 1, 2, 3], Assert.Single(all.Topics).Partitions.Select(p => p.PartitionIndex));
        Assert.All(all.Topics[0].Partitions, p => Assert.Equal(p.PartitionIndex < 3, p.PartitionSize > 0));
        DescribeLogDirsResponse.DescribeLogDirsResult some = Assert.Single(node.Ask(new DescribeLogDirsRequest { Topics = [new() { Topic = "t", Partitions = [2, 9] }, new() { Topic = "nope", Partitions = [0] }] }, 4).Results);
        Assert.Equal([2], Assert.Single(some.Topics).Partitions.Select(p => p.PartitionIndex));
    }

    [Fact]
    public void The_quorum_is_this_node_and_its_end_moves_with_each_change()
    {
        using TestNode node = Filled();
        DescribeQuorumResponse.PartitionData Ask(short version) => Assert.Single(Assert.Single(node.Ask(
            new DescribeQuorumRequest { Topics = [new() { TopicName = "__cluster_metadata", Partitions = [new() { PartitionIndex = 0 }] }] }, version, shard: 1).Topics).Partitions);

        long before = Ask(0).HighWatermark;
        node.Ask(new CreateTopicsRequest { Topics = [new() { Name = "u", NumPartitions = 1, ReplicationFactor = 1 }], TimeoutMs = 1000 }, 7);
        DescribeQuorumResponse.PartitionData after = Ask(2);
        Assert.Equal((1, before + 2), (after.LeaderId, after.HighWatermark));
        Assert.Equal((1, after.HighWatermark), after.CurrentVoters.Select(v => (v.ReplicaId, v.LogEndOffset)).Single());
    }

    [Fact]
    public void What_cannot_be_said_in_the_first_versions_is_left_out_of_them()
    {
        using TestNode node = Filled();
        for (short version = 0; version <= 2; version++)
        {
            ElectLeadersResponse refused = node.Ask(new ElectLeadersRequest { TopicPartitions = [new() { Topic = "t", Partitions = [0] }], TimeoutMs = 0 }, version);
            Assert.NotEmpty(refused.ToBytes(version));
            Assert.Equal(ErrorCode.RequestTimedOut, refused.ReplicaElectionResults[0].PartitionResult[0].ErrorCode);
        }
    }
}
