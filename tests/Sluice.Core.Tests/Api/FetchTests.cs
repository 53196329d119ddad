using Sluice.Core.Shards;
using Sluice.Core.Tests.Fixtures;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Api;

public sealed class FetchTests
{
    private static FetchRequest Session(Uuid id, int sessionId, int epoch, params (int Partition, long Offset)[] partitions) => new()
    {
        MinBytes = 1,
        MaxWaitMs = 0,
        SessionId = sessionId,
        SessionEpoch = epoch,
        Topics = partitions.Length == 0 ? [] : [new() { TopicId = id, Partitions = [.. partitions.Select(p => new FetchRequest.FetchPartition { Partition = p.Partition, FetchOffset = p.Offset, PartitionMaxBytes = 1 << 20 })] }],
    };

    [Fact]
    public void Every_version_reads_what_was_written()
    {
        using var node = new MiniNode();
        Uuid id = node.Create("t").Id;
        node.Append("t", TestBatches.Batch(["a", "b"]));
        for (short version = 4; version <= 18; version++)
        {
            FetchRequest request = TestBatches.Fetch("t");
            if (version >= 13) (request.Topics[0].Topic, request.Topics[0].TopicId) = ("", id);
            if (version < 7) request.SessionEpoch = -1;
            FetchResponse.PartitionData data = node.Ask(request, version).Responses[0].Partitions[0];
            Assert.Equal(["a", "b"], data.Values());
            Assert.Equal((2, 2), (data.HighWatermark, data.LastStableOffset));
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    public void An_offset_beyond_the_log_is_out_of_range(long offset)
    {
        using var node = new MiniNode();
        node.Create("t");
        node.Append("t", TestBatches.Batch(["a", "b"]));
        FetchResponse.PartitionData data = node.Read("t", offset);
        Assert.Equal((ErrorCode.OffsetOutOfRange, -1), (data.ErrorCode, data.HighWatermark));
        Assert.Equal(ErrorCode.None, node.Read("t", 2).ErrorCode);
    }

    [Theory]
    [InlineData(0, ErrorCode.None)]
    [InlineData(1, ErrorCode.UnknownLeaderEpoch)]
    public void The_leader_epoch_is_checked(int epoch, ErrorCode expected)
    {
        using var node = new MiniNode();
        node.Create("t");
        FetchRequest request = TestBatches.Fetch("t");
        request.Topics[0].Partitions[0].CurrentLeaderEpoch = epoch;
        Assert.Equal(expected, node.Ask(request, 12).Responses[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public void An_old_leader_epoch_is_fenced()
    {
        using var node = new MiniNode();
        Uuid id = node.Create("t").Id;
        node.Publish(delta => delta.Replay(new PartitionChangeRecord { TopicId = id, PartitionId = 0, Leader = 1 }));
        FetchRequest request = TestBatches.Fetch("t");
        request.Topics[0].Partitions[0].CurrentLeaderEpoch = 0;
        FetchResponse.PartitionData data = node.Ask(request, 12).Responses[0].Partitions[0];
        Assert.Equal(ErrorCode.FencedLeaderEpoch, data.ErrorCode);
        Assert.Equal((1, 1), (data.CurrentLeader!.LeaderId, data.CurrentLeader.LeaderEpoch));
    }

    [Fact]
    public void A_replica_is_refused_whoever_claims_to_be_one()
    {
        using var node = new MiniNode();
        node.Create("t");
        FetchRequest request = TestBatches.Fetch("t");
        request.ReplicaId = 1;
        Assert.Equal(ErrorCode.NotLeaderOrFollower, node.Ask(request, 11).Responses[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public void A_fetch_that_finds_nothing_waits_for_the_next_append()
    {
        using var node = new MiniNode();
        node.Create("t");
        TestRequest fetch = node.Send(TestBatches.Fetch("t", maxWaitMs: 1000), 11);
        Assert.False(fetch.IsCompleted);
        node.Append("t", TestBatches.Batch(["a"]));
        Assert.Equal(["a"], ((FetchResponse)fetch.Response!).Responses[0].Partitions[0].Values());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_fetch_waits_on_every_shard_and_answers_at_its_deadline(int shards)
    {
        using var node = new MiniNode(shards);
        node.Create("t", partitions: 6);
        var request = new FetchRequest { MaxWaitMs = 500, MinBytes = 1, SessionEpoch = -1, Topics = [new() { Topic = "t", Partitions = [.. Enumerable.Range(0, 6).Select(i => new FetchRequest.FetchPartition { Partition = i, PartitionMaxBytes = 1000 })] }] };
        TestRequest fetch = node.Send(request, 11);
        node.Pass(499);
        Assert.False(fetch.IsCompleted);
        node.Pass(1);
        Assert.Equal(6, ((FetchResponse)fetch.Response!).Responses[0].Partitions.Count);
        for (int i = 0; i < 6; i++)
        {
            request.Topics[0].Partitions[i].FetchOffset = 0;
            fetch = node.Send(request, 11, shard: i % shards);
            if (i == 0) Assert.False(fetch.IsCompleted);
            node.Append("t", TestBatches.Batch(["x"]), partition: i);
            Assert.True(fetch.IsCompleted);
        }
    }

    [Fact]
    public void Min_bytes_are_counted_over_partitions_and_shards()
    {
        using var node = new MiniNode(shards: 2);
        node.Create("t", partitions: 2);
        int size = TestBatches.Batch(["a"]).Length;
        var request = new FetchRequest { MaxWaitMs = 1000, MinBytes = 3 * size, SessionEpoch = -1, Topics = [new() { Topic = "t", Partitions = [new() { Partition = 0, PartitionMaxBytes = 10000 }, new() { Partition = 1, PartitionMaxBytes = 10000 }] }] };
        TestRequest fetch = node.Send(request, 11);
        node.Append("t", TestBatches.Batch(["a"]), partition: 0);
        node.Append("t", TestBatches.Batch(["b"]), partition: 1);
        Assert.False(fetch.IsCompleted);
        node.Append("t", TestBatches.Batch(["c"]), partition: 1);
        Assert.Equal(["a", "b", "c"], ((FetchResponse)fetch.Response!).Responses[0].Partitions.SelectMany(p => p.Values()));
    }

    [Fact]
    public void What_a_flush_makes_visible_counts_for_those_who_wait_then()
    {
        using var node = new MiniNode();
        node.Create("t", 1, ("flush.messages", "1"));
        node.Send(TestBatches.Produce("t", TestBatches.Batch(["a"])), 9, background: false);
        // Appended while the flush of the first one runs.
        node.Send(TestBatches.Produce("t", TestBatches.Batch([new string('b', 2000)])), 9, background: false);
        BackgroundTask flush = node.Hosts[0].Background.Dequeue();
        flush.Execute();
        node.Shards[0].Complete(flush, null);
        TestRequest fetch = node.Send(TestBatches.Fetch("t", maxWaitMs: 1000, minBytes: 2000), 11, background: false);
        Assert.False(fetch.IsCompleted);
        node.Settle();
        Assert.True(fetch.IsCompleted);
    }

    [Fact]
    public void Nobody_waits_for_a_batch_that_is_there_and_does_not_fit()
    {
        using var node = new MiniNode();
        node.Create("t", partitions: 2);
        byte[] small = TestBatches.Batch(["a"]);
        node.Append("t", small, partition: 0);
        node.Append("t", TestBatches.Batch([new string('b', 5000)]), partition: 1);
        var request = new FetchRequest { MaxWaitMs = 1000, MinBytes = 1000, MaxBytes = 2000, SessionEpoch = -1, Topics = [new() { Topic = "t", Partitions = [new() { Partition = 0, PartitionMaxBytes = 10000 }, new() { Partition = 1, PartitionMaxBytes = 10000 }] }] };
        TestRequest fetch = node.Send(request, 11);
        Assert.True(fetch.IsCompleted);
        Assert.Equal([small.Length, 0], ((FetchResponse)fetch.Response!).Responses[0].Partitions.Select(p => p.Records.Length));
        // With a limit of the partition's own that leaves too little it waits on, as with Kafka.
        request.Topics[0].Partitions[1].PartitionMaxBytes = 100;
        fetch = node.Send(request, 11);
        Assert.False(fetch.IsCompleted);
        node.Pass(1000);
        Assert.True(fetch.IsCompleted);
    }

    [Fact]
    public void Nobody_waits_at_the_end_of_a_segment_for_what_the_next_one_has()
    {
        using var node = new MiniNode();
        node.Create("t", 1, ("segment.ms", "1000"));
        byte[] old = TestBatches.Batch(["a"]);
        node.Append("t", old);
        node.Append("t", TestBatches.Batch([new string('b', 5000)], timestampMs: 1_800_000_009_000));
        TestRequest fetch = node.Send(TestBatches.Fetch("t", maxWaitMs: 1000, minBytes: 2000), 11);
        Assert.True(fetch.IsCompleted);
        Assert.Equal(old.Length, ((FetchResponse)fetch.Response!).Responses[0].Partitions[0].Records.Length);
    }

    [Fact]
    public void The_first_batch_comes_whole_even_when_it_is_larger_than_every_limit()
    {
        using var node = new MiniNode();
        node.Create("t", partitions: 2);
        node.Append("t", TestBatches.Batch([new string('a', 5000)]), partition: 0);
        node.Append("t", TestBatches.Batch([new string('b', 5000)]), partition: 1);
        var request = new FetchRequest { MaxBytes = 100, SessionEpoch = -1, Topics = [new() { Topic = "t", Partitions = [new() { Partition = 0, PartitionMaxBytes = 10 }, new() { Partition = 1, PartitionMaxBytes = 10 }] }] };
        List<FetchResponse.PartitionData> partitions = node.Ask(request, 11).Responses[0].Partitions;
        Assert.Single(partitions[0].Values());
        Assert.Equal(0, partitions[1].Records.Length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_limit_of_the_answer_holds_over_all_partitions(int shards)
    {
        using var node = new MiniNode(shards);
        node.Create("t", partitions: 4);
        for (int i = 0; i < 4; i++) node.Append("t", TestBatches.Batch([new string('a', 1000)]), partition: i);
        var request = new FetchRequest { MaxBytes = 2500, SessionEpoch = -1, Topics = [new() { Topic = "t", Partitions = [.. Enumerable.Range(0, 4).Select(i => new FetchRequest.FetchPartition { Partition = i, PartitionMaxBytes = 10000 })] }] };
        Assert.InRange(node.Ask(request, 11).Responses[0].Partitions.Sum(p => p.Records.Length), 2000, 2500);
    }

    [Fact]
    public void A_session_tells_only_what_changed()
    {
        using var node = new MiniNode();
        Uuid id = node.Create("t", partitions: 3).Id;
        FetchResponse full = node.Ask(Session(id, 0, 0, (0, 0), (1, 0), (2, 0)), 13);
        Assert.NotEqual(0, full.SessionId);
        Assert.Equal(3, full.Responses[0].Partitions.Count);
        Assert.Empty(node.Ask(Session(id, full.SessionId, 1), 13).Responses);
        node.Append("t", TestBatches.Batch(["a"]), partition: 1);
        FetchResponse.PartitionData changed = Assert.Single(node.Ask(Session(id, full.SessionId, 2), 13).Responses[0].Partitions);
        Assert.Equal(1, changed.PartitionIndex);
        Assert.Equal(["a"], changed.Values());
        Assert.Empty(node.Ask(Session(id, full.SessionId, 3, (1, 1)), 13).Responses);
    }

    [Fact]
    public void A_forgotten_partition_is_not_fetched_and_an_empty_session_ends()
    {
        using var node = new MiniNode();
        Uuid id = node.Create("t", partitions: 2).Id;
        int session = node.Ask(Session(id, 0, 0, (0, 0), (1, 0)), 13).SessionId;
        node.Append("t", TestBatches.Batch(["a"]), partition: 0);
        FetchRequest forget = Session(id, session, 1);
        forget.ForgottenTopicsData = [new() { TopicId = id, Partitions = [0] }];
        Assert.Empty(node.Ask(forget, 13).Responses);
        FetchRequest forgetAll = Session(id, session, 2);
        forgetAll.ForgottenTopicsData = [new() { TopicId = id, Partitions = [1] }];
        FetchResponse last = node.Ask(forgetAll, 13);
        Assert.Equal((ErrorCode.None, 0), (last.ErrorCode, last.SessionId));
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, node.Ask(Session(id, session, 3), 13).ErrorCode);
    }

    [Fact]
    public void Wrong_ids_epochs_and_kinds_of_names_are_told_apart()
    {
        using var node = new MiniNode();
        Uuid id = node.Create("t").Id;
        int session = node.Ask(Session(id, 0, 0, (0, 0)), 13).SessionId;
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, node.Ask(Session(id, session + 1, 1), 13).ErrorCode);
        Assert.Equal(ErrorCode.InvalidFetchSessionEpoch, node.Ask(Session(id, session, 2), 13).ErrorCode);
        Assert.Equal(ErrorCode.FetchSessionTopicIdError, node.Ask(Session(Uuid.Zero, session, 1), 12).ErrorCode);
        Assert.Equal(ErrorCode.None, node.Ask(Session(id, session, 1), 13).ErrorCode);
    }

    [Fact]
    public void A_client_that_reconnects_to_another_shard_closes_its_session_there()
    {
        using var node = new MiniNode(shards: 2);
        Uuid id = node.Create("t").Id;
        int session = node.Ask(Session(id, 0, 0, (0, 0)), 13, shard: 0).SessionId;
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, node.Ask(Session(id, session, 1), 13, shard: 1).ErrorCode);
        node.Ask(Session(id, session, 0, (0, 0)), 13, shard: 1);
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, node.Ask(Session(id, session, 1), 13, shard: 0).ErrorCode);
    }

    [Fact]
    public void The_order_of_a_session_rotates_so_that_no_partition_starves()
    {
        using var node = new MiniNode();
        Uuid id = node.Create("t", partitions: 3).Id;
        for (int i = 0; i < 3; i++) node.Append("t", TestBatches.Batch([new string('a', 1000)]), partition: i);
        int session = 0;
        var served = new List<int>();
        for (int epoch = 0; epoch < 3; epoch++)
        {
            FetchRequest request = epoch == 0 ? Session(id, 0, 0, (0, 0), (1, 0), (2, 0)) : Session(id, session, epoch);
            request.MaxBytes = 10;
            FetchResponse response = node.Ask(request, 13);
            session = response.SessionId;
            served.Add(response.Responses.SelectMany(t => t.Partitions).Single(p => p.Records.Length > 0).PartitionIndex);
        }
        Assert.Equal([0, 1, 2], served);
    }

    [Fact]
    public void An_error_in_a_session_is_told_each_time_and_so_is_its_end()
    {
        using var node = new MiniNode();
        Uuid id = node.Create("t").Id;
        int session = node.Ask(Session(id, 0, 0, (0, 5)), 13).SessionId;
        Assert.Equal(ErrorCode.OffsetOutOfRange, Assert.Single(node.Ask(Session(id, session, 1), 13).Responses).Partitions[0].ErrorCode);
        Assert.Equal(ErrorCode.None, Assert.Single(node.Ask(Session(id, session, 2, (0, 0)), 13).Responses).Partitions[0].ErrorCode);
        Assert.Empty(node.Ask(Session(id, session, 3), 13).Responses);
    }

    [Fact]
    public void A_deleted_topic_ends_the_wait()
    {
        using var node = new MiniNode(shards: 2);
        Uuid id = node.Create("t", partitions: 2).Id;
        TestRequest[] waiting = [.. Enumerable.Range(0, 2).Select(shard => node.Send(Waiting(id), 13, shard))];
        Assert.All(waiting, fetch => Assert.False(fetch.IsCompleted));
        node.Publish(delta => delta.Replay(new RemoveTopicRecord { TopicId = id }));
        node.Settle();
        Assert.All(waiting, fetch => Assert.Equal(ErrorCode.UnknownTopicId, ((FetchResponse)fetch.Response!).Responses[0].Partitions[0].ErrorCode));
    }

    private static FetchRequest Waiting(Uuid id)
    {
        FetchRequest request = Session(id, 0, -1, (0, 0), (1, 0));
        request.MaxWaitMs = 10_000;
        return request;
    }

    [Fact]
    public void Read_committed_gets_an_empty_list_of_aborted_transactions_and_read_uncommitted_none()
    {
        using var node = new MiniNode();
        node.Create("t");
        FetchRequest request = TestBatches.Fetch("t");
        Assert.Null(node.Ask(request, 11).Responses[0].Partitions[0].AbortedTransactions);
        request.IsolationLevel = 1;
        Assert.Empty(node.Ask(request, 11).Responses[0].Partitions[0].AbortedTransactions!);
    }

    [Fact]
    public void A_log_that_went_another_way_is_told_where()
    {
        using var node = new MiniNode();
        Uuid id = node.Create("t").Id;
        node.Append("t", TestBatches.Batch(["a", "b"]));
        node.Publish(delta => delta.Replay(new PartitionChangeRecord { TopicId = id, PartitionId = 0, Leader = 1 }));
        node.Append("t", TestBatches.Batch(["c"]));
        FetchRequest request = TestBatches.Fetch("t", offset: 3);
        request.Topics[0].Partitions[0].LastFetchedEpoch = 0;
        FetchResponse.PartitionData data = node.Ask(request, 12).Responses[0].Partitions[0];
        Assert.Equal((0, 2), (data.DivergingEpoch!.Epoch, data.DivergingEpoch.EndOffset));
        Assert.Equal(0, data.Records.Length);
    }

    [Fact]
    public void Nothing_is_left_waiting_or_open_when_fetches_are_answered()
    {
        using var node = new MiniNode(shards: 2);
        node.Create("t", partitions: 4);
        for (int round = 0; round < 50; round++)
        {
            TestRequest fetch = node.Send(new FetchRequest { MaxWaitMs = 1000, MinBytes = 1, SessionEpoch = -1, Topics = [new() { Topic = "t", Partitions = [.. Enumerable.Range(0, 4).Select(i => new FetchRequest.FetchPartition { Partition = i, FetchOffset = round / 4 + (i < round % 4 ? 1 : 0), PartitionMaxBytes = 1000 })] }] }, 11, shard: round % 2);
            Assert.False(fetch.IsCompleted);
            node.Append("t", TestBatches.Batch(["x"]), partition: round % 4, shard: round / 2 % 2);
            Assert.True(fetch.IsCompleted);
        }
        foreach (var shard in node.Shards)
            Assert.All(shard.Partitions.All, partition => Assert.False(partition.HasWaitingFetches));
    }
}
