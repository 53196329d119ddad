using Sluice.Core.Tests.Fixtures;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Fetching;

/// <summary>A consumer far behind the end must not make its shard wait for the disk.</summary>
public sealed class ColdReadTests
{
    private const string SmallSegments = "1048576";

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(2, 1)]
    public void A_cold_range_is_brought_into_memory_off_the_shard_which_serves_others_meanwhile(int shards, int receivingShard)
    {
        var disk = new ColdDisk();
        using var node = new MiniNode(shards, disk: disk);
        node.Create("old", 1, ("segment.bytes", SmallSegments));
        node.Create("live");
        Fill(node, "old");
        foreach (Sluice.Core.Shards.Shard shard in node.Shards) shard.Partitions.Logs.Files.Dispose();
        disk.IsCold = true;

        var catchingUp = new TestRequest(TestBatches.Fetch("old", maxWaitMs: 500), 11);
        node.Shards[receivingShard].Handle(catchingUp);
        node.Settle(background: false);
        Assert.False(catchingUp.IsCompleted);
        Assert.Empty(disk.Waits);

        // The disk is busy for as long as it likes; everybody else is served.
        Assert.Equal(ErrorCode.None, node.Ask(TestBatches.Produce("live", TestBatches.Batch(["new"])), 9, receivingShard, background: false).Responses[0].PartitionResponses[0].ErrorCode);
        Assert.False(catchingUp.IsCompleted);

        node.Settle();
        FetchResponse.PartitionData answer = Assert.IsType<FetchResponse>(catchingUp.Response).Responses[0].Partitions[0];
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        Assert.InRange(answer.Records.Length, 100_000, 1 << 20);
        Assert.Empty(disk.Waits);
        Assert.True(disk.Prefetches >= 2, "the index and the batches");
        Assert.True(receivingShard == 0 || node.Hosts.Length == 2);
    }

    [Fact]
    public void A_topic_deleted_while_its_records_are_brought_into_memory_is_said_to_be_gone()
    {
        var disk = new ColdDisk();
        using var node = new MiniNode(disk: disk);
        Sluice.Core.Metadata.Images.TopicImage topic = node.Create("old", 1, ("segment.bytes", SmallSegments));
        Fill(node, "old");
        node.Shards[0].Partitions.Logs.Files.Dispose();
        disk.IsCold = true;
        var fetch = new TestRequest(TestBatches.Fetch("old"), 11);
        node.Shards[0].Handle(fetch);
        node.Settle(background: false);
        node.Publish(delta => delta.Replay(new RemoveTopicRecord { TopicId = topic.Id }));
        node.Settle();
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Assert.IsType<FetchResponse>(fetch.Response).Responses[0].Partitions[0].ErrorCode);
        Assert.Empty(disk.Waits);
    }

    [Fact]
    public void The_end_of_a_log_is_read_without_a_detour()
    {
        var disk = new ColdDisk();
        using var node = new MiniNode(disk: disk);
        node.Create("live");
        node.Append("live", TestBatches.Batch(["a"]));
        node.Append("live", TestBatches.Batch(["b"]));
        disk.IsCold = true;
        Assert.Equal(["a", "b"], node.Read("live").Values());
        Assert.Equal(0, disk.Prefetches);
    }

    [Fact]
    public void Pages_that_are_dropped_again_and_again_are_waited_for_in_the_end()
    {
        var disk = new ColdDisk { Forgets = true };
        using var node = new MiniNode(disk: disk);
        node.Create("old", 1, ("segment.bytes", SmallSegments));
        Fill(node, "old");
        disk.IsCold = true;
        Assert.NotEqual(0, node.Read("old").Records.Length);
    }

    private static void Fill(MiniNode node, string topic)
    {
        string value = new('x', 100_000);
        for (int i = 0; i < 30; i++) Assert.Equal(ErrorCode.None, node.Append(topic, TestBatches.Batch([value])).ErrorCode);
    }
}
