using Sluice.Core.Tests.Fixtures;
using Sluice.Protocol;
using Sluice.Protocol.Compression;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Producing;

/// <summary>A batch that is large inside must not keep its shard from serving others.</summary>
public sealed class BatchPreparationTests
{
    private static readonly byte[] Large = TestBatches.Batch([new string('x', 1_500_000)], codec: CompressionCodec.Zstd);

    [Fact]
    public void A_batch_that_is_large_inside_is_decoded_off_the_shard_which_serves_others_meanwhile()
    {
        using var node = new MiniNode();
        node.Create("keyed", 2, ("cleanup.policy", "compact"));
        var large = new TestRequest(TestBatches.Produce("keyed", Large), 9);
        node.Shards[0].Handle(large);
        node.Settle(background: false);
        Assert.False(large.IsCompleted);
        // Another partition does not wait; the same one does, in order.
        TestRequest other = node.Send(TestBatches.Produce("keyed", TestBatches.Batch(["other"]), partition: 1), 9, background: false);
        Assert.Equal(0, Answer(other).BaseOffset);
        TestRequest behind = node.Send(TestBatches.Produce("keyed", TestBatches.Batch(["behind"])), 9, background: false);
        Assert.False(behind.IsCompleted);
        node.Settle();
        Assert.Equal(0, Answer(large).BaseOffset);
        Assert.Equal(1, Answer(behind).BaseOffset);
        Assert.Equal(["behind"], node.Read("keyed", 1).Values());
        // Nothing waits any more: the next small one is served at once.
        Assert.Equal(2, Answer(node.Send(TestBatches.Produce("keyed", TestBatches.Batch(["at once"])), 9, background: false)).BaseOffset);
    }

    [Theory]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Lz4)]
    public void A_batch_that_must_be_compressed_anew_is_so_off_the_shard(CompressionCodec codec)
    {
        using var node = new MiniNode();
        node.Create("zstd", 1, ("compression.type", "zstd"));
        string value = new('y', 500_000);
        TestRequest request = node.Send(TestBatches.Produce("zstd", TestBatches.Batch([value], codec: codec)), 9, background: false);
        Assert.False(request.IsCompleted);
        node.Settle();
        Assert.Equal(ErrorCode.None, Answer(request).ErrorCode);
        Assert.Equal([value], node.Read("zstd").Values());
    }

    [Fact]
    public void A_bomb_is_refused_and_what_waits_behind_it_is_not()
    {
        using var node = new MiniNode();
        node.Create("keyed", 1, ("cleanup.policy", "compact"));
        var bomb = new TestRequest(TestBatches.Produce("keyed", TestBatches.Batch([new string('x', 10_000_000)], codec: CompressionCodec.Zstd)), 9);
        node.Shards[0].Handle(bomb);
        TestRequest behind = node.Send(TestBatches.Produce("keyed", TestBatches.Batch(["behind"])), 9);
        Assert.Equal(ErrorCode.MessageTooLarge, Answer(bomb).ErrorCode);
        Assert.Equal(0, Answer(behind).BaseOffset);
    }

    [Fact]
    public void A_request_whose_time_is_over_keeps_its_bytes_while_they_are_decoded()
    {
        using var node = new MiniNode();
        node.Create("keyed", 1, ("cleanup.policy", "compact"));
        var request = new TestRequest(TestBatches.Produce("keyed", Large, timeoutMs: 10), 9);
        node.Shards[0].Handle(request);
        node.Clock.NowMs += 60_000;
        node.Settle(background: false);
        Assert.False(request.IsCompleted);
        node.Settle();
        Assert.Equal(ErrorCode.None, Answer(request).ErrorCode);
    }

    [Fact]
    public void A_topic_deleted_while_its_batch_is_decoded_takes_nothing()
    {
        using var node = new MiniNode();
        Sluice.Core.Metadata.Images.TopicImage topic = node.Create("keyed", 1, ("cleanup.policy", "compact"));
        var request = new TestRequest(TestBatches.Produce("keyed", Large), 9);
        node.Shards[0].Handle(request);
        node.Publish(delta => delta.Replay(new RemoveTopicRecord { TopicId = topic.Id }));
        node.Settle();
        Assert.NotEqual(ErrorCode.None, Answer(request).ErrorCode);
    }

    private static ProduceResponse.PartitionProduceResponse Answer(TestRequest request) =>
        Assert.IsType<ProduceResponse>(request.Response).Responses[0].PartitionResponses[0];
}
