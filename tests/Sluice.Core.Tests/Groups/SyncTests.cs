using Sluice.Core.Groups;
using Sluice.Core.Groups.Records;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;

namespace Sluice.Core.Tests.Groups;

public sealed class SyncTests
{
    private readonly GroupBench _bench = new();

    [Fact]
    public void Members_get_what_the_leader_assigns_when_it_is_safe()
    {
        var leader = _bench.JoinFully();
        var follower = _bench.JoinFully();
        _bench.Pass(10_000);
        _bench.IsSlow = true;
        Answer<SyncGroupResponse> waits = _bench.Sync(follower.Id, 1);
        Answer<SyncGroupResponse> leads = _bench.Sync(leader.Id, 1, [leader.Id, follower.Id]);
        Assert.False(waits.IsSent || leads.IsSent);
        Assert.Equal(GroupState.CompletingRebalance, _bench.Group.State);
        _bench.Acknowledge();
        Assert.Equal([1], waits.Value.Assignment.ToArray());
        Assert.Equal([0], leads.Value.Assignment.ToArray());
        Assert.Equal(("consumer", "range", GroupState.Stable), (leads.Value.ProtocolType, leads.Value.ProtocolName, _bench.Group.State));
    }

    [Fact]
    public void Who_is_late_gets_the_assignment_of_the_stable_generation()
    {
        var leader = _bench.JoinFully();
        var follower = _bench.JoinFully();
        _bench.Pass(10_000);
        _bench.Sync(leader.Id, 1, [leader.Id, follower.Id]);
        Assert.Equal([1], _bench.Sync(follower.Id, 1).Value.Assignment.ToArray());
    }

    [Fact]
    public void A_member_that_the_leader_forgot_gets_nothing()
    {
        var leader = _bench.JoinFully();
        var follower = _bench.JoinFully();
        _bench.Pass(10_000);
        _bench.Sync(leader.Id, 1, [leader.Id, "someone else"]);
        Assert.Empty(_bench.Sync(follower.Id, 1).Value.Assignment.ToArray());
    }

    [Fact]
    public void Wrong_generations_members_and_ways_are_refused()
    {
        string[] members = _bench.Stable(1);
        Assert.Equal(ErrorCode.IllegalGeneration, _bench.Sync(members[0], 0).Value.ErrorCode);
        Assert.Equal(ErrorCode.UnknownMemberId, _bench.Sync("someone", 1).Value.ErrorCode);
        Assert.Equal(ErrorCode.UnknownMemberId, _bench.Sync(members[0], 1, instanceId: "someone").Value.ErrorCode);
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, _bench.Sync(members[0], 1, protocolType: "connect").Value.ErrorCode);
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, _bench.Sync(members[0], 1, protocol: "sticky").Value.ErrorCode);
        Assert.Equal(ErrorCode.UnknownMemberId, new GroupBench().Sync("someone", 1).Value.ErrorCode);
        _bench.JoinFully();
        Assert.Equal(ErrorCode.RebalanceInProgress, _bench.Sync(members[0], 1).Value.ErrorCode);
    }

    [Fact]
    public void Who_waits_for_the_assignment_is_sent_to_join_again_when_a_rebalance_begins()
    {
        var leader = _bench.JoinFully();
        var follower = _bench.JoinFully();
        _bench.Pass(10_000);
        Answer<SyncGroupResponse> waits = _bench.Sync(follower.Id, 1);
        _bench.JoinFully();
        Assert.Equal(ErrorCode.RebalanceInProgress, waits.Value.ErrorCode);
        Assert.Equal(ErrorCode.RebalanceInProgress, _bench.Sync(leader.Id, 1, [leader.Id, follower.Id]).Value.ErrorCode);
    }

    [Fact]
    public void An_assignment_that_becomes_safe_after_the_next_rebalance_began_counts_no_more()
    {
        var leader = _bench.JoinFully();
        _bench.Pass(10_000);
        _bench.IsSlow = true;
        Answer<SyncGroupResponse> leads = _bench.Sync(leader.Id, 1, [leader.Id]);
        _bench.JoinFully();
        Assert.Equal(ErrorCode.RebalanceInProgress, leads.Value.ErrorCode);
        _bench.Acknowledge();
        Assert.Equal(GroupState.PreparingRebalance, _bench.Group.State);
    }

    [Fact]
    public void Members_that_do_not_ask_for_their_assignment_are_out_after_the_rebalance_time()
    {
        var leader = _bench.JoinFully();
        var silent = _bench.JoinFully();
        _bench.Pass(10_000);
        _bench.Sync(leader.Id, 1, [leader.Id, silent.Id]);
        for (int i = 0; i < 60; i++)
        {
            _bench.Pass(1_000);
            _bench.Heartbeat(leader.Id, 1);
            _bench.Heartbeat(silent.Id, 1);
        }
        Assert.Equal([leader.Id], _bench.Group.Members.Select(m => m.Id));
        Assert.Equal(GroupState.PreparingRebalance, _bench.Group.State);
    }

    [Fact]
    public void An_assignment_that_does_not_fit_into_a_record_is_refused_and_the_members_join_again()
    {
        var leader = _bench.JoinFully();
        _bench.Pass(10_000);
        _bench.Refusal = ErrorCode.MessageTooLarge;
        Assert.Equal(ErrorCode.UnknownServerError, _bench.Sync(leader.Id, 1, [leader.Id]).Value.ErrorCode);
        Assert.Equal(GroupState.PreparingRebalance, _bench.Group.State);
    }

    [Fact]
    public void The_record_of_a_stable_group_is_that_of_Kafka()
    {
        string[] members = _bench.Stable(2);
        GroupRecord record = _bench.Log[^1];
        Assert.Equal([0, 2, 0, 5, .. "group"u8], CoordinatorRecordTable.WriteKey(record.Key));
        var value = Assert.IsType<GroupMetadataValue>(record.Value);
        Assert.Equal((3, "consumer", 1, "range", members[0]), (record.ValueVersion, value.ProtocolType, value.Generation, value.Protocol, value.Leader));
        Assert.Equal([0, 1], value.Members.Select(m => (int)m.Assignment.Span[0]));
        Assert.Equal(("client", "/127.0.0.1", 60_000, 10_000), (value.Members[0].ClientId, value.Members[0].ClientHost, value.Members[0].RebalanceTimeout, value.Members[0].SessionTimeout));
        Assert.Equal([1, 2, 3], value.Members[0].Subscription.ToArray());
    }
}
