using Sluice.Core.Tests.Fixtures;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Deleting;

public sealed class DeleteRecordsTests
{
    private static MiniNode Filled(int shards = 1, int partitions = 1, string policy = "delete")
    {
        var node = new MiniNode(shards);
        node.Create("t", partitions, ("cleanup.policy", policy));
        for (int partition = 0; partition < partitions; partition++)
        {
            for (int i = 0; i < 10; i++) node.Append("t", TestBatches.Batch([$"{i}"]), partition: partition);
        }
        return node;
    }

    private static DeleteRecordsResponse.DeleteRecordsPartitionResult Delete(MiniNode node, long offset, string topic = "t", int partition = 0, short version = 2) =>
        Ask(node, version, (topic, partition, offset)).Topics[0].Partitions[0];

    private static DeleteRecordsResponse Ask(MiniNode node, short version, params (string Topic, int Partition, long Offset)[] asked) => node.Ask(
        new DeleteRecordsRequest { TimeoutMs = 1000, Topics = [.. asked.Select(a => new DeleteRecordsRequest.DeleteRecordsTopic { Name = a.Topic, Partitions = [new() { PartitionIndex = a.Partition, Offset = a.Offset }] })] },
        version);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Records_before_an_offset_are_gone_for_readers_at_once(short version)
    {
        using MiniNode node = Filled();
        DeleteRecordsResponse.DeleteRecordsPartitionResult answer = Delete(node, 4, version: version);
        Assert.Equal((ErrorCode.None, 4L), (answer.ErrorCode, answer.LowWatermark));
        Assert.Equal(ErrorCode.OffsetOutOfRange, node.Read("t", 3).ErrorCode);
        Assert.Equal((ErrorCode.None, 4L), (node.Read("t", 4).ErrorCode, node.Read("t", 4).LogStartOffset));
    }

    [Theory]
    [InlineData(-1, ErrorCode.None, 10)]
    [InlineData(0, ErrorCode.None, 0)]
    [InlineData(10, ErrorCode.None, 10)]
    [InlineData(11, ErrorCode.OffsetOutOfRange, -1)]
    [InlineData(-2, ErrorCode.OffsetOutOfRange, -1)]
    [InlineData(long.MaxValue, ErrorCode.OffsetOutOfRange, -1)]
    [InlineData(long.MinValue, ErrorCode.OffsetOutOfRange, -1)]
    public void The_offset_lies_between_the_first_record_and_the_high_watermark(long offset, ErrorCode error, long lowWatermark)
    {
        using MiniNode node = Filled();
        DeleteRecordsResponse.DeleteRecordsPartitionResult answer = Delete(node, offset);
        Assert.Equal((error, lowWatermark), (answer.ErrorCode, answer.LowWatermark));
    }

    [Fact]
    public void What_is_deleted_already_is_told()
    {
        using MiniNode node = Filled();
        Delete(node, 7);
        Assert.Equal((ErrorCode.None, 7L), (Delete(node, 3).ErrorCode, Delete(node, 3).LowWatermark));
    }

    [Theory]
    [InlineData("delete", ErrorCode.None)]
    [InlineData("compact,delete", ErrorCode.None)]
    [InlineData("compact", ErrorCode.PolicyViolation)]
    public void Topics_that_are_only_compacted_keep_their_records(string policy, ErrorCode error)
    {
        using MiniNode node = Filled(policy: policy);
        Assert.Equal(error, Delete(node, 5).ErrorCode);
    }

    [Fact]
    public void Unknown_and_internal_topics_are_refused()
    {
        using MiniNode node = Filled();
        node.Create("__consumer_offsets");
        Assert.Equal((ErrorCode.UnknownTopicOrPartition, -1L), (Delete(node, 0, "u").ErrorCode, Delete(node, 0, "u").LowWatermark));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Delete(node, 0, partition: 1).ErrorCode);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Delete(node, 0, partition: -1).ErrorCode);
        Assert.Equal(ErrorCode.InvalidTopicException, Delete(node, 0, "__consumer_offsets").ErrorCode);
        Assert.Empty(Ask(node, 2).Topics);
    }

    [Fact]
    public void A_partition_that_is_named_twice_is_answered_once_and_the_last_offset_counts()
    {
        using MiniNode node = Filled();
        DeleteRecordsResponse answer = Ask(node, 2, ("t", 0, 3), ("u", 0, 0), ("t", 0, 6));
        Assert.Equal(["t", "u"], answer.Topics.Select(topic => topic.Name));
        Assert.Equal(6, Assert.Single(answer.Topics[0].Partitions).LowWatermark);
    }

    [Fact]
    public void Partitions_of_every_shard_are_cut_and_answered_together()
    {
        using MiniNode node = Filled(shards: 3, partitions: 6);
        DeleteRecordsResponse answer = Ask(node, 2, [.. Enumerable.Range(0, 6).Select(i => ("t", i, (long)i))]);
        Assert.Equal(Enumerable.Range(0, 6).Select(i => (i, (long)i, ErrorCode.None)), answer.Topics[0].Partitions.Select(p => (p.PartitionIndex, p.LowWatermark, p.ErrorCode)));
    }

    [Fact]
    public void A_deletion_is_on_the_disk_before_it_is_answered()
    {
        using MiniNode node = Filled();
        Delete(node, 4);
        Assert.Equal("0\n1\nt 0 4\n", File.ReadAllText(Path.Combine(node.Path, "log-start-offset-checkpoint")));
        // The round of checkpoints that follows says the same.
        node.Pass(61_000);
        Assert.Equal("0\n1\nt 0 4\n", File.ReadAllText(Path.Combine(node.Path, "log-start-offset-checkpoint")));
    }

    [Fact]
    public void A_new_partition_of_the_name_has_nothing_of_an_older_ones_deletion()
    {
        using MiniNode node = Filled();
        Delete(node, 4);
        Uuid id = node.Image.Topics.ByName("t")!.Id;
        node.Publish(delta => delta.Replay(new RemoveTopicRecord { TopicId = id }));
        node.Publish(delta => delta.Replay(new TopicRecord { Name = "other", TopicId = new Uuid(1, 9000) }));
        node.Create("t");
        node.Settle();
        Assert.DoesNotContain("t 0", File.ReadAllText(Path.Combine(node.Path, "log-start-offset-checkpoint")));
        node.Append("t", TestBatches.Batch(["x"]));
        Assert.Equal(1, Delete(node, -1).LowWatermark);
        Assert.Contains("t 0 1", File.ReadAllText(Path.Combine(node.Path, "log-start-offset-checkpoint")));
    }
}
