using Sluice.Core.Groups;
using Sluice.Core.Groups.Records;
using Sluice.Core.Metadata.Images;
using Sluice.Core.Partitions;
using Sluice.Core.Shards;
using Sluice.Core.Tests.Fixtures;
using Sluice.Core.Tests.Nodes;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;

namespace Sluice.Core.Tests.Groups;

/// <summary>The APIs of groups on a whole node: its shards, its log, its restarts.</summary>
public sealed class GroupApiTests
{
    private const string Topic = "orders";

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    public void A_group_lives_in_every_version_of_its_APIs_whichever_shard_is_asked(short version)
    {
        using TestNode node = NewNode(shards: 3);
        string group = $"group{version}";
        FindCoordinatorResponse found = node.Ask(new FindCoordinatorRequest { Key = version >= 4 ? "" : group, CoordinatorKeys = version >= 4 ? [group] : [] }, Least(version, 6), shard: 2);
        Assert.Equal((ErrorCode.None, 1, 9092), version >= 4 ? (found.Coordinators[0].ErrorCode, found.Coordinators[0].NodeId, found.Coordinators[0].Port) : (found.ErrorCode, found.NodeId, found.Port));
        for (int shard = 0; shard < 3; shard++) Live(node, group, version, shard);
    }

    private static void Live(TestNode node, string group, short version, int shard)
    {
        JoinGroupRequest join = Joining(group);
        if (version >= 4)
        {
            JoinGroupResponse given = node.Ask(join, Least(version, 9), shard);
            Assert.Equal(ErrorCode.MemberIdRequired, given.ErrorCode);
            join.MemberId = given.MemberId;
        }
        TestRequest joining = node.Send(join, Least(version, 9), shard);
        Assert.False(joining.IsCompleted);
        node.Pass(3_000);
        var joined = Assert.IsType<JoinGroupResponse>(joining.Response);
        Assert.Equal((ErrorCode.None, "range", joined.MemberId), (joined.ErrorCode, joined.ProtocolName, joined.Leader));
        Assert.Single(joined.Members);
        SyncGroupResponse synced = node.Ask(
            new SyncGroupRequest
            {
                GroupId = group, GenerationId = joined.GenerationId, MemberId = joined.MemberId, ProtocolType = version >= 5 ? "consumer" : null, ProtocolName = version >= 5 ? "range" : null,
                Assignments = [new() { MemberId = joined.MemberId, Assignment = "mine"u8.ToArray() }],
            },
            Least(version, 5),
            shard);
        Assert.Equal((ErrorCode.None, "mine"), (synced.ErrorCode, System.Text.Encoding.ASCII.GetString(synced.Assignment.Span)));
        Assert.Equal(ErrorCode.None, node.Ask(new HeartbeatRequest { GroupId = group, GenerationId = joined.GenerationId, MemberId = joined.MemberId }, Least(version, 4), shard).ErrorCode);
        Assert.Equal([ErrorCode.None, Missing(version)], Commit(node, group, 40 + shard, joined.MemberId, joined.GenerationId, Most(version, 2), shard, missing: true));
        Assert.Equal(40 + shard, Committed(node, group, Most(version, 1), shard));
        Describe(node, group, version, shard, joined.MemberId);
        LeaveGroupResponse left = node.Ask(new LeaveGroupRequest { GroupId = group, MemberId = version < 3 ? joined.MemberId : "", Members = version < 3 ? [] : [new() { MemberId = joined.MemberId }] }, Least(version, 5), shard);
        Assert.Equal(ErrorCode.None, version < 3 ? left.ErrorCode : left.Members[0].ErrorCode);
        OffsetDeleteResponse deleted = node.Ask(new OffsetDeleteRequest { GroupId = group, Topics = [new() { Name = Topic, Partitions = [new() { PartitionIndex = 0 }, new() { PartitionIndex = 77 }] }] }, 0, shard);
        Assert.Equal([(77, ErrorCode.UnknownTopicOrPartition), (0, ErrorCode.None)], deleted.Topics[0].Partitions.Select(p => (p.PartitionIndex, p.ErrorCode)));
        Assert.Equal(-1, Committed(node, group, Most(version, 1), shard));
        Assert.Equal(
            [(group, ErrorCode.None), ("none", ErrorCode.GroupIdNotFound)],
            node.Ask(new DeleteGroupsRequest { GroupsNames = [group, "none", group] }, Least(version, 2), shard).Results.Select(r => (r.GroupId, r.ErrorCode)));
    }

    private static void Describe(TestNode node, string group, short version, int shard, string memberId)
    {
        DescribeGroupsResponse described = node.Ask(new DescribeGroupsRequest { Groups = [group, "none"], IncludeAuthorizedOperations = version >= 3 }, Least(version, 6), shard);
        DescribeGroupsResponse.DescribedGroup stable = described.Groups[0];
        Assert.Equal(("Stable", "consumer", "range", memberId), (stable.GroupState, stable.ProtocolType, stable.ProtocolData, stable.Members[0].MemberId));
        Assert.Equal(version >= 3 ? 0b1101_0100_1000 : int.MinValue, stable.AuthorizedOperations);
        Assert.Equal(("Dead", version >= 6 ? ErrorCode.GroupIdNotFound : ErrorCode.None), (described.Groups[1].GroupState, described.Groups[1].ErrorCode));
        Assert.Equal(version >= 6 ? "Group none not found." : null, described.Groups[1].ErrorMessage);
        ListGroupsResponse listed = node.Ask(new ListGroupsRequest { StatesFilter = version >= 4 ? ["stable"] : [], TypesFilter = version >= 5 ? ["classic"] : [] }, Least(version, 5), shard);
        Assert.Equal((group, "consumer"), (listed.Groups[0].GroupId, listed.Groups[0].ProtocolType));
        if (version >= 4) Assert.Empty(node.Ask(new ListGroupsRequest { StatesFilter = ["empty"] }, Least(version, 5), shard).Groups);
        if (version >= 5) Assert.Empty(node.Ask(new ListGroupsRequest { TypesFilter = ["consumer"] }, 5, shard).Groups);
    }

    [Fact]
    public void Offsets_and_members_are_there_after_a_stop_and_after_a_crash()
    {
        using TestNode node = NewNode(shards: 2);
        Find(node);
        (string member, int generation) = Join(node, "kept");
        foreach (bool isClean in new[] { true, false, false })
        {
            Assert.Equal([ErrorCode.None], Commit(node, "kept", node.Clock.NowMs, member, generation));
            long committed = node.Clock.NowMs;
            if (isClean) node.Restart();
            else node.Crash();
            Assert.Equal(committed, Committed(node, "kept"));
            Assert.Equal(ErrorCode.None, node.Ask(new HeartbeatRequest { GroupId = "kept", GenerationId = generation, MemberId = member }, 4).ErrorCode);
            node.Pass(1_000);
        }
    }

    [Fact]
    public void A_commit_is_answered_and_told_after_the_fsync_that_the_topic_promises()
    {
        using TestNode node = NewNode();
        Find(node);
        node.Ask(new IncrementalAlterConfigsRequest { Resources = [new() { ResourceType = 2, ResourceName = "__consumer_offsets", Configs = [new() { Name = "flush.messages", Value = "1" }] }] }, 1);
        node.Hosts[0].HoldsBackground = true;
        TestRequest commit = node.Send(Committing("slow", 5), 9);
        TestRequest fetch = node.Send(Fetching("slow"), 8);
        Assert.False(commit.IsCompleted || fetch.IsCompleted);
        node.Hosts[0].HoldsBackground = false;
        node.Settle();
        Assert.Equal(ErrorCode.None, Assert.IsType<OffsetCommitResponse>(commit.Response).Topics[0].Partitions[0].ErrorCode);
        Assert.Equal(5, Assert.IsType<OffsetFetchResponse>(fetch.Response).Groups[0].Topics[0].Partitions[0].CommittedOffset);
    }

    [Fact]
    public void While_groups_are_read_clients_are_told_to_wait()
    {
        using TestNode node = NewNode();
        Find(node);
        Commit(node, "group", 5);
        node.Stop();
        node.HoldsBackgroundAtStart = true;
        node.Start();
        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, node.Ask(Fetching("group"), 8).Groups[0].ErrorCode);
        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, node.Ask(Committing("group", 6), 9).Topics[0].Partitions[0].ErrorCode);
        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, node.Ask(new ListGroupsRequest(), 5).ErrorCode);
        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, node.Ask(Joining("group"), 9).ErrorCode);
        Assert.Equal(ErrorCode.None, node.Ask(new HeartbeatRequest { GroupId = "group" }, 4).ErrorCode);
        node.Hosts[0].HoldsBackground = false;
        node.Settle();
        Assert.Equal(5, Committed(node, "group"));
    }

    [Fact]
    public void A_commit_that_the_disk_refuses_is_refused_and_not_told()
    {
        using TestNode node = NewNode();
        Find(node);
        Commit(node, "group", 5);
        node.Disk.Failing = "__consumer_offsets";
        node.Disk.IsFull = true;
        Assert.Equal([ErrorCode.NotCoordinator], Commit(node, "group", 6));
        Assert.Equal(5, Committed(node, "group"));
        node.Disk.IsFull = false;
        Assert.Equal([ErrorCode.None], Commit(node, "group", 7));
        node.Crash();
        Assert.Equal(7, Committed(node, "group"));
    }

    [Fact]
    public void Groups_that_are_not_served_and_requests_that_are_wrong_are_refused()
    {
        using TestNode node = NewNode();
        Assert.Equal(ErrorCode.NotCoordinator, node.Ask(Fetching("group"), 8).Groups[0].ErrorCode);
        Assert.Equal(ErrorCode.NotCoordinator, node.Ask(Joining("group"), 9).ErrorCode);
        Assert.Empty(node.Ask(new ListGroupsRequest(), 5).Groups);
        FindCoordinatorResponse.Coordinator transactions = node.Ask(new FindCoordinatorRequest { KeyType = 1, CoordinatorKeys = ["tx"] }, 4).Coordinators[0];
        Assert.Equal((ErrorCode.UnsupportedVersion, "tx", -1), (transactions.ErrorCode, transactions.Key, transactions.NodeId));
        Assert.Contains("transactions", transactions.ErrorMessage, StringComparison.Ordinal);
        // librdkafka asks by these versions, and takes nothing else for final.
        FindCoordinatorResponse alone = node.Ask(new FindCoordinatorRequest { KeyType = 1, Key = "tx" }, 2);
        Assert.Equal((ErrorCode.TransactionalIdAuthorizationFailed, transactions.ErrorMessage, -1), (alone.ErrorCode, alone.ErrorMessage, alone.NodeId));
        Assert.Equal(ErrorCode.InvalidRequest, node.Ask(new FindCoordinatorRequest { KeyType = 9, Key = "x" }, 3).ErrorCode);
        Assert.Null(node.Image.Topics.ByName("__consumer_offsets"));
        Find(node);
        Assert.Equal(5, node.Image.Topics.ByName("__consumer_offsets")!.Partitions.Length);
        Assert.Equal(ErrorCode.InvalidGroupId, node.Ask(Joining(""), 9).ErrorCode);
        JoinGroupRequest impatient = Joining("group");
        impatient.SessionTimeoutMs = 5_999;
        Assert.Equal(ErrorCode.InvalidSessionTimeout, node.Ask(impatient, 9).ErrorCode);
        JoinGroupRequest talkative = Joining("group");
        talkative.Protocols[0].Metadata = new byte[2_000_000];
        Assert.Equal(ErrorCode.InvalidRequest, node.Ask(talkative, 9).ErrorCode);
        JoinGroupRequest named = Joining("group");
        named.GroupInstanceId = new string('x', 10_001);
        Assert.Equal(ErrorCode.InvalidRequest, node.Ask(named, 9).ErrorCode);
        Assert.Equal(ErrorCode.InvalidGroupId, node.Ask(Joining(new string('x', 10_001)), 9).ErrorCode);
        Assert.Equal([ErrorCode.InvalidGroupId], Commit(node, new string('x', 10_001), 1));
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, node.Ask(new SyncGroupRequest { GroupId = "group" }, 5).ErrorCode);
        Assert.Equal([ErrorCode.UnknownTopicOrPartition], Commit(node, "group", 1, topic: "none"));
    }

    [Fact]
    public void The_offsets_topic_is_not_made_with_more_replicas_than_there_are_brokers_when_that_was_asked_for()
    {
        using var node = new TestNode(properties: ("offsets.topic.replication.factor", "3"));
        FindCoordinatorResponse found = node.Ask(new FindCoordinatorRequest { Key = "group" }, 3);
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, found.ErrorCode);
        Assert.Contains(node.Logged, line => line.Contains("__consumer_offsets cannot be created", StringComparison.Ordinal));
    }

    [Fact]
    public void The_offsets_topic_keeps_its_partitions_and_takes_no_records_of_clients()
    {
        using TestNode node = NewNode();
        Find(node);
        CreatePartitionsResponse.CreatePartitionsTopicResult grown = node.Ask(new CreatePartitionsRequest { TimeoutMs = 1000, Topics = [new() { Name = "__consumer_offsets", Count = 9, Assignments = null }] }, 3).Results[0];
        Assert.Equal(ErrorCode.InvalidPartitions, grown.ErrorCode);
        var builder = new RecordBatchBuilder();
        builder.Append(node.Clock.NowMs, "key"u8.ToArray(), "value"u8.ToArray());
        ProduceResponse produced = node.Ask(
            new ProduceRequest { Acks = -1, TimeoutMs = 1000, TopicData = [new() { Name = "__consumer_offsets", PartitionData = [new() { Index = 0, Records = new Sluice.Protocol.Records(builder.Build()) }] }] }, 9);
        Assert.Equal(ErrorCode.InvalidTopicException, produced.Responses[0].PartitionResponses[0].ErrorCode);
    }

    [Fact]
    public void Offsets_of_a_deleted_topic_are_not_those_of_the_next_one()
    {
        using TestNode node = NewNode();
        Find(node);
        Commit(node, "group", 5);
        node.Ask(new DeleteTopicsRequest { TimeoutMs = 1000, Topics = [new() { Name = Topic }] }, 6);
        Create(node);
        Assert.Equal(-1, Committed(node, "group"));
        node.Crash();
        Assert.Equal(-1, Committed(node, "group"));
    }

    [Fact]
    public void Offsets_of_transactions_that_Kafka_wrote_count_when_they_were_committed()
    {
        using TestNode node = NewNode();
        Find(node);
        foreach ((long producer, long offset, ControlRecordType end) in new[] { (7L, 70L, ControlRecordType.Commit), (8L, 80L, ControlRecordType.Abort) })
        {
            Append(node, new RecordBatchBuilder { IsTransactional = true, ProducerId = producer, ProducerEpoch = 0, BaseSequence = 0 }, builder =>
            {
                GroupRecord record = GroupRecord.Offset("group", Topic, 0, new CommittedOffset(offset, -1, "", node.Clock.NowMs, -1, Uuid.Zero));
                builder.Append(node.Clock.NowMs, CoordinatorRecordTable.WriteKey(record.Key), CoordinatorRecordTable.WriteValue(record.Value!, record.ValueVersion));
            });
            Append(node, new RecordBatchBuilder { IsTransactional = true, IsControl = true, ProducerId = producer, ProducerEpoch = 0 }, builder =>
            {
                byte[] key = new byte[ControlRecord.KeySize], value = new byte[ControlRecord.MarkerValueSize];
                ControlRecord.WriteKey(key, end);
                ControlRecord.WriteMarkerValue(value, 0);
                builder.Append(node.Clock.NowMs, key, value);
            });
        }
        node.Restart();
        Assert.Equal(70, Committed(node, "group"));
    }

    private static void Append(TestNode node, RecordBatchBuilder builder, Action<RecordBatchBuilder> fill)
    {
        fill(builder);
        TopicImage topic = node.Image.Topics.ByName("__consumer_offsets")!;
        Shard shard = node.Shard;
        Partition partition = shard.Partitions.Find(topic.Id, GroupPartitioner.PartitionOf("group", topic.Partitions.Length))!;
        Assert.Null(partition.AppendOwn(shard, builder.Build()).Refusal);
        node.Settle();
    }

    [Fact]
    public void A_commit_that_does_not_become_safe_in_time_is_answered_as_Kafka_does_and_stays()
    {
        using var node = new TestNode(properties: [("offsets.topic.num.partitions", "1"), ("log.flush.interval.messages", "1"), ("offsets.commit.timeout.ms", "700")]);
        Create(node);
        Find(node);
        Assert.Equal([ErrorCode.None], Commit(node, "group", 1));
        // The disk takes its time with the next one.
        node.Hosts[0].HoldsBackground = true;
        TestRequest commit = node.Send(Committing("group", 2, "", -1, Topic), 9);
        node.Pass(699);
        Assert.False(commit.IsCompleted);
        TestRequest second = node.Send(Committing("group", 3, "", -1, Topic), 9);
        node.Pass(1);
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, Error(commit));
        Assert.False(second.IsCompleted);
        node.Hosts[0].HoldsBackground = false;
        node.Settle();
        Assert.Equal(ErrorCode.None, Error(second));
        Assert.Equal(3, Committed(node, "group"));
        // Nobody waits any more, and nothing is told twice.
        node.Pass(10_000);

        static ErrorCode Error(TestRequest request) => Assert.IsType<OffsetCommitResponse>(request.Response).Topics[0].Partitions[0].ErrorCode;
    }

    private static TestNode NewNode(int shards = 1)
    {
        var node = new TestNode(shards, properties: ("offsets.topic.num.partitions", "5"));
        Create(node);
        return node;
    }

    private static void Create(TestNode node) =>
        node.Ask(new CreateTopicsRequest { TimeoutMs = 1000, Topics = [new() { Name = Topic, NumPartitions = 2, ReplicationFactor = 1 }] }, 7);

    private static void Find(TestNode node) => Assert.Equal(ErrorCode.None, node.Ask(new FindCoordinatorRequest { Key = "group" }, 3).ErrorCode);

    private static (string Member, int Generation) Join(TestNode node, string group)
    {
        JoinGroupRequest join = Joining(group);
        join.MemberId = node.Ask(join, 9).MemberId;
        TestRequest joining = node.Send(join, 9);
        node.Pass(3_000);
        var joined = Assert.IsType<JoinGroupResponse>(joining.Response);
        node.Ask(new SyncGroupRequest { GroupId = group, GenerationId = joined.GenerationId, MemberId = joined.MemberId, ProtocolType = "consumer", ProtocolName = "range" }, 5);
        return (joined.MemberId, joined.GenerationId);
    }

    private static JoinGroupRequest Joining(string group) => new()
    {
        GroupId = group, ProtocolType = "consumer", SessionTimeoutMs = 10_000, RebalanceTimeoutMs = 20_000,
        Protocols = [new() { Name = "range", Metadata = GroupBench.Subscription("elsewhere")[0].Metadata }],
    };

    private static OffsetCommitRequest Committing(string group, long offset, string member = "", int generation = -1, string topic = Topic) => new()
    {
        GroupId = group, MemberId = member, GenerationIdOrMemberEpoch = generation,
        Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = 0, CommittedOffset = offset, CommittedMetadata = "" }] }],
    };

    private static OffsetFetchRequest Fetching(string group) => new() { Groups = [new() { GroupId = group, Topics = [new() { Name = Topic, PartitionIndexes = [0] }] }] };

    private static ErrorCode[] Commit(TestNode node, string group, long offset, string member = "", int generation = -1, short version = 9, int shard = 0, bool missing = false, string topic = Topic)
    {
        OffsetCommitRequest request = Committing(group, offset, member, generation, topic);
        if (version >= 10) request.Topics[0].TopicId = node.Image.Topics.ByName(topic)!.Id;
        if (missing) request.Topics.Add(new() { Name = "none", TopicId = new Uuid(9, 9), Partitions = [new() { PartitionIndex = 0, CommittedMetadata = "" }] });
        return [.. node.Ask(request, version, shard).Topics.OrderBy(t => t.Name == "none" || t.TopicId == new Uuid(9, 9)).Select(t => t.Partitions[0].ErrorCode)];
    }

    private static long Committed(TestNode node, string group, short version = 9, int shard = 0)
    {
        var request = new OffsetFetchRequest { GroupId = group, Topics = [new() { Name = Topic, PartitionIndexes = [0] }] };
        if (version >= 8)
        {
            request = Fetching(group);
            request.Groups[0].Topics![0].TopicId = node.Image.Topics.ByName(Topic)!.Id;
        }
        OffsetFetchResponse response = node.Ask(request, version, shard);
        if (version >= 8) return response.Groups[0].ErrorCode == ErrorCode.None ? response.Groups[0].Topics[0].Partitions[0].CommittedOffset : throw new InvalidOperationException(response.Groups[0].ErrorCode.ToString());
        Assert.Equal(ErrorCode.None, response.ErrorCode);
        return response.Topics[0].Partitions[0].CommittedOffset;
    }

    private static ErrorCode Missing(short version) => version >= 10 ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition;

    private static short Least(short version, short max) => Math.Min(version, max);

    private static short Most(short version, short min) => Math.Max(version, min);
}
