using Sluice.Core.Tests.Fixtures;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Api;

public sealed class ProduceTests
{
    [Fact]
    public void Every_version_appends_and_tells_the_offset()
    {
        using var node = new MiniNode();
        Uuid id = node.Create("t").Id;
        long expected = 0;
        for (short version = 3; version <= 13; version++)
        {
            ProduceRequest request = TestBatches.Produce("t", TestBatches.Batch(["a", "b"]));
            if (version >= 13) (request.TopicData[0].Name, request.TopicData[0].TopicId) = ("", id);
            ProduceResponse response = node.Ask(request, version);
            ProduceResponse.PartitionProduceResponse partition = response.Responses[0].PartitionResponses[0];
            Assert.Equal((ErrorCode.None, expected), (partition.ErrorCode, partition.BaseOffset));
            expected += 2;
        }
        Assert.Equal(22, node.Read("t").Values().Count);
    }

    [Theory]
    [InlineData(9, ErrorCode.UnknownTopicOrPartition)]
    [InlineData(13, ErrorCode.UnknownTopicId)]
    public void An_unknown_topic_is_told_as_such(short version, ErrorCode expected)
    {
        using var node = new MiniNode();
        ProduceRequest request = TestBatches.Produce("nowhere", TestBatches.Batch(["a"]));
        if (version >= 13) (request.TopicData[0].Name, request.TopicData[0].TopicId) = ("", new Uuid(1, 1));
        Assert.Equal(expected, node.Ask(request, version).Responses[0].PartitionResponses[0].ErrorCode);
    }

    [Fact]
    public void An_unknown_partition_is_told_as_such()
    {
        using var node = new MiniNode();
        node.Create("t");
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, node.Append("t", TestBatches.Batch(["a"]), partition: 1).ErrorCode);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(-2)]
    public void Other_acks_than_0_1_and_all_are_refused(short acks)
    {
        using var node = new MiniNode();
        node.Create("t");
        Assert.Equal(ErrorCode.InvalidRequiredAcks, node.Append("t", TestBatches.Batch(["a"]), acks).ErrorCode);
        Assert.Empty(node.Read("t").Values());
    }

    [Fact]
    public void Acks_0_has_no_answer_and_an_error_closes_the_connection()
    {
        using var node = new MiniNode();
        node.Create("t");
        Assert.True(node.Send(TestBatches.Produce("t", TestBatches.Batch(["a"]), acks: 0), 9).HasNoAnswer);
        Assert.Equal(["a"], node.Read("t").Values());
        TestRequest failed = node.Send(TestBatches.Produce("nowhere", TestBatches.Batch(["a"]), acks: 0), 9);
        Assert.Contains("nowhere-0", failed.ClosedBecause);
    }

    [Fact]
    public void One_bad_partition_does_not_keep_the_others_from_their_records()
    {
        using var node = new MiniNode(shards: 3);
        node.Create("t", partitions: 6);
        byte[] bad = TestBatches.Batch(["x"]);
        bad[^1] ^= 1;
        var request = new ProduceRequest
        {
            Acks = -1,
            TopicData = [new() { Name = "t", PartitionData = [.. Enumerable.Range(0, 6).Select(i => new ProduceRequest.PartitionProduceData { Index = i, Records = new Records(i == 2 ? bad : TestBatches.Batch([$"v{i}"])) })] }],
        };
        ProduceResponse response = node.Ask(request, 11, shard: 1);
        Assert.Equal(Enumerable.Range(0, 6).Select(i => i == 2 ? ErrorCode.CorruptMessage : ErrorCode.None), response.Responses[0].PartitionResponses.Select(p => p.ErrorCode));
        for (int i = 0; i < 6; i++) Assert.Equal(i == 2 ? [] : [$"v{i}"], node.Read("t", partition: i, shard: 2).Values());
    }

    [Fact]
    public void Every_shard_takes_requests_for_partitions_of_every_other()
    {
        using var node = new MiniNode(shards: 4);
        node.Create("t", partitions: 8);
        for (int shard = 0; shard < 4; shard++)
        {
            for (int partition = 0; partition < 8; partition++)
                Assert.Equal(shard, node.Append("t", TestBatches.Batch([$"{shard}"]), partition: partition, shard: shard).BaseOffset);
        }
    }

    [Fact]
    public void A_retry_of_an_idempotent_producer_is_answered_with_the_first_offset()
    {
        using var node = new MiniNode();
        node.Create("t");
        for (int i = 0; i < 5; i++) node.Append("t", TestBatches.Batch([$"{i}"], producerId: 7, epoch: 0, sequence: i));
        for (int i = 0; i < 5; i++)
        {
            ProduceResponse.PartitionProduceResponse again = node.Append("t", TestBatches.Batch([$"{i}"], producerId: 7, epoch: 0, sequence: i));
            Assert.Equal((ErrorCode.None, (long)i), (again.ErrorCode, again.BaseOffset));
        }
        Assert.Equal(5, node.Read("t").Values().Count);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, node.Append("t", TestBatches.Batch(["x"], producerId: 7, epoch: 0, sequence: 6)).ErrorCode);
        Assert.Equal(ErrorCode.None, node.Append("t", TestBatches.Batch(["y"], producerId: 7, epoch: 1, sequence: 0)).ErrorCode);
        Assert.Equal(ErrorCode.InvalidProducerEpoch, node.Append("t", TestBatches.Batch(["z"], producerId: 7, epoch: 0, sequence: 5)).ErrorCode);
    }

    [Fact]
    public void A_retry_in_the_same_turn_is_a_duplicate_too()
    {
        using var node = new MiniNode();
        node.Create("t");
        TestRequest[] requests = [.. Enumerable.Range(0, 2).Select(_ => new TestRequest(TestBatches.Produce("t", TestBatches.Batch(["a"], producerId: 7, epoch: 0, sequence: 0)), 9))];
        foreach (TestRequest request in requests) node.Shards[0].Handle(request);
        node.Settle();
        Assert.All(requests, request => Assert.Equal(0, ((ProduceResponse)request.Response!).Responses[0].PartitionResponses[0].BaseOffset));
        Assert.Equal(["a"], node.Read("t").Values());
    }

    [Fact]
    public void Acknowledgements_leave_at_the_end_of_the_turn_after_one_write()
    {
        using var node = new MiniNode();
        node.Create("t");
        TestRequest[] requests = [.. Enumerable.Range(0, 10).Select(i => new TestRequest(TestBatches.Produce("t", TestBatches.Batch([$"{i}"])), 9))];
        foreach (TestRequest request in requests)
        {
            node.Shards[0].Handle(request);
            Assert.False(request.IsCompleted);
        }
        node.Settle();
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (long)i), requests.Select(r => ((ProduceResponse)r.Response!).Responses[0].PartitionResponses[0].BaseOffset));
    }

    [Fact]
    public void With_flush_messages_1_nothing_is_acknowledged_or_visible_before_the_flush_and_one_flush_serves_all()
    {
        using var node = new MiniNode();
        node.Create("t", settings: ("flush.messages", "1"));
        TestRequest[] requests = [.. Enumerable.Range(0, 3).Select(i => new TestRequest(TestBatches.Produce("t", TestBatches.Batch([$"{i}"])), 9))];
        foreach (TestRequest request in requests) node.Shards[0].Handle(request);
        node.Settle(background: false);
        Assert.All(requests, request => Assert.False(request.IsCompleted));
        Assert.Single(node.Hosts[0].Background);
        var fetch = new TestRequest(TestBatches.Fetch("t"), 11);
        node.Shards[0].Handle(fetch);
        FetchResponse.PartitionData seen = ((FetchResponse)fetch.Response!).Responses[0].Partitions[0];
        Assert.Equal((0, 0), (seen.HighWatermark, seen.Records.Length));
        node.Settle();
        Assert.All(requests, request => Assert.True(request.IsCompleted));
        Assert.Equal(["0", "1", "2"], node.Read("t").Values());
    }

    [Fact]
    public void A_flush_that_takes_longer_than_the_client_waits_is_told_as_a_timeout()
    {
        using var node = new MiniNode();
        node.Create("t", settings: ("flush.messages", "1"));
        var request = new TestRequest(TestBatches.Produce("t", TestBatches.Batch(["a"]), timeoutMs: 100), 9);
        node.Shards[0].Handle(request);
        node.Settle(background: false);
        node.Clock.NowMs += 100;
        node.Settle(background: false);
        Assert.Equal(ErrorCode.RequestTimedOut, ((ProduceResponse)request.Response!).Responses[0].PartitionResponses[0].ErrorCode);
        node.Settle();
        Assert.Equal(["a"], node.Read("t").Values());
    }

    [Fact]
    public void At_most_flush_messages_less_one_records_are_acknowledged_and_not_flushed()
    {
        using var node = new MiniNode();
        node.Create("t", settings: ("flush.messages", "3"));
        TestRequest[] requests = [.. Enumerable.Range(0, 4).Select(i => new TestRequest(TestBatches.Produce("t", TestBatches.Batch([$"{i}"])), 9))];
        foreach (TestRequest request in requests) node.Shards[0].Handle(request);
        node.Settle(background: false);
        Assert.Equal([true, true, false, false], requests.Select(r => r.IsCompleted));
        node.Settle();
        Assert.All(requests, request => Assert.True(request.IsCompleted));
    }

    [Fact]
    public void Flush_ms_flushes_by_time()
    {
        using var node = new MiniNode();
        node.Create("t", settings: ("flush.ms", "200"));
        node.Append("t", TestBatches.Batch(["a"]));
        var log = node.Shards[0].Partitions.All.Single().Log!;
        Assert.Equal(0, log.RecoveryPoint);
        node.Pass(199);
        Assert.Equal(0, log.RecoveryPoint);
        node.Pass(2);
        Assert.Equal(1, log.RecoveryPoint);
    }

    [Fact]
    public void Clients_cannot_write_to_internal_topics_except_administrators()
    {
        using var node = new MiniNode();
        node.Create("__consumer_offsets");
        Assert.Equal(ErrorCode.InvalidTopicException, node.Append("__consumer_offsets", TestBatches.Batch(["a"])).ErrorCode);
        var request = new TestRequest(TestBatches.Produce("__consumer_offsets", TestBatches.Batch(["a"])), 9, "__admin_client");
        node.Shards[0].Handle(request);
        node.Settle();
        Assert.Equal(ErrorCode.None, ((ProduceResponse)request.Response!).Responses[0].PartitionResponses[0].ErrorCode);
    }

    [Fact]
    public void A_refused_batch_tells_why_and_which_record()
    {
        using var node = new MiniNode();
        node.Create("t", settings: ("cleanup.policy", "compact"));
        ProduceResponse.PartitionProduceResponse answer = node.Append("t", TestBatches.Batch(["a", "b"], keys: false));
        Assert.Equal(ErrorCode.InvalidRecord, answer.ErrorCode);
        Assert.Equal(-1, answer.BaseOffset);
        Assert.Equal([0, 1], answer.RecordErrors.Select(e => e.BatchIndex));
        Assert.NotNull(answer.ErrorMessage);
        Assert.Empty(node.Append("t", TestBatches.Batch(["a"])).RecordErrors);
    }

    [Theory]
    [InlineData("uncompressed")]
    [InlineData("gzip")]
    [InlineData("producer")]
    public void A_topic_with_a_codec_of_its_own_keeps_the_records_in_order(string codec)
    {
        using var node = new MiniNode();
        node.Create("t", settings: ("compression.type", codec));
        TestRequest[] requests = [.. Enumerable.Range(0, 6).Select(i => new TestRequest(TestBatches.Produce("t", TestBatches.Batch([$"{i}", new string('x', 1000)], codec: (Protocol.Compression.CompressionCodec)(i % 2))), 9))];
        foreach (TestRequest request in requests) node.Shards[0].Handle(request);
        node.Settle();
        Assert.Equal(Enumerable.Range(0, 6).Select(i => i * 2L), requests.Select(r => ((ProduceResponse)r.Response!).Responses[0].PartitionResponses[0].BaseOffset));
        Assert.Equal(Enumerable.Range(0, 6).Select(i => $"{i}"), node.Read("t").Values().Where(v => v.Length == 1));
    }

    [Fact]
    public void A_changed_setting_holds_for_the_next_batch()
    {
        using var node = new MiniNode();
        node.Create("t");
        Assert.Equal(ErrorCode.None, node.Append("t", TestBatches.Batch([new string('x', 2000)])).ErrorCode);
        node.Publish(delta => delta.Replay(new ConfigRecord { ResourceType = 2, ResourceName = "t", Name = "max.message.bytes", Value = "1000" }));
        Assert.Equal(ErrorCode.MessageTooLarge, node.Append("t", TestBatches.Batch([new string('x', 2000)])).ErrorCode);
    }

    [Fact]
    public void After_a_deletion_the_name_is_free_for_a_topic_that_has_nothing_of_the_old_one()
    {
        using var node = new MiniNode();
        Uuid old = node.Create("t").Id;
        node.Append("t", TestBatches.Batch(["old"]));
        node.Publish(delta => delta.Replay(new RemoveTopicRecord { TopicId = old }));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, node.Append("t", TestBatches.Batch(["x"])).ErrorCode);
        node.Create("other");
        node.Create("t");
        Assert.Equal(0, node.Append("t", TestBatches.Batch(["new"])).BaseOffset);
        Assert.Equal(["new"], node.Read("t").Values());
        node.Pass(60_001);
        Assert.Empty(Directory.GetDirectories(node.Path, "*-delete"));
    }

    [Fact]
    public void A_request_that_is_cut_short_closes_its_connection()
    {
        using var node = new MiniNode();
        var request = new CutRequest(TestBatches.Produce("t", TestBatches.Batch(["a"])));
        node.Shards[0].Handle(request);
        Assert.NotNull(request.Reason);
    }

    private sealed class CutRequest : Core.Requests.RequestContext
    {
        public CutRequest(ProduceRequest request)
        {
            Key = ApiKey.Produce;
            Version = 9;
            Body = request.ToBytes(9).AsMemory()[..^3];
        }

        public string? Reason { get; private set; }

        public override void Respond(IMessage response, short version) => Assert.Fail("answered");

        public override void RespondNothing() => Assert.Fail("answered");

        public override void CloseConnection(string reason) => Reason = reason;
    }
}
