using Sluice.Core.Groups;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Groups;

/// <summary>Members with a name of their own that outlives restarts (KIP-345, KIP-814).</summary>
public sealed class StaticMemberTests
{
    private readonly GroupBench _bench = new();

    [Fact]
    public void A_static_member_needs_no_second_try_and_is_named_after_itself()
    {
        Answer<JoinGroupResponse> joining = _bench.Join(instanceId: "a");
        _bench.Pass(3_000);
        Assert.Equal(("a-id0", "a"), (joining.Value.MemberId, joining.Value.Members[0].GroupInstanceId));
    }

    [Fact]
    public void A_static_member_that_restarts_gets_its_assignment_back_and_nobody_notices()
    {
        (string leader, string follower) = Pair();
        JoinGroupResponse back = _bench.Join(instanceId: "b").Value;
        Assert.Equal((ErrorCode.None, 1, GroupState.Stable), (back.ErrorCode, back.GenerationId, _bench.Group.State));
        Assert.NotEqual(follower, back.MemberId);
        Assert.False(back.SkipAssignment);
        Assert.Equal([1], _bench.Sync(back.MemberId, 1, instanceId: "b").Value.Assignment.ToArray());
        Assert.Equal(ErrorCode.None, _bench.Heartbeat(leader, 1, "a"));
    }

    [Fact]
    public void A_leader_that_restarts_is_told_to_keep_the_assignment_if_it_understands_that()
    {
        Pair();
        JoinGroupResponse back = _bench.Join(instanceId: "a").Value;
        Assert.Equal((true, back.MemberId, 2), (back.SkipAssignment, back.Leader, back.Members.Count));

        var other = new StaticMemberTests();
        (string leader, _) = other.Pair();
        back = other._bench.Join(instanceId: "a", version: 8).Value;
        Assert.Equal((false, leader, 0), (back.SkipAssignment, back.Leader, back.Members.Count));
    }

    [Fact]
    public void The_new_id_of_a_static_member_is_told_when_it_is_safe_and_survives_a_restart()
    {
        Pair();
        _bench.IsSlow = true;
        Answer<JoinGroupResponse> back = _bench.Join(instanceId: "b");
        Assert.False(back.IsSent);
        _bench.Acknowledge();
        GroupBench restarted = _bench.Restarted();
        Assert.Equal(ErrorCode.None, restarted.Heartbeat(back.Value.MemberId, 1, "b"));
    }

    [Fact]
    public void The_former_self_of_a_static_member_is_fenced()
    {
        (_, string follower) = Pair();
        _bench.Join(instanceId: "b");
        Assert.Equal(ErrorCode.FencedInstanceId, _bench.Heartbeat(follower, 1, "b"));
        Assert.Equal(ErrorCode.FencedInstanceId, _bench.Sync(follower, 1, instanceId: "b").Value.ErrorCode);
        Assert.Equal(ErrorCode.FencedInstanceId, _bench.Join(follower, "b").Value.ErrorCode);
        Assert.Equal(ErrorCode.FencedInstanceId, GroupBench.ErrorOf(_bench.Commit(1, follower, 1, instanceId: "b").Value));
        Assert.Equal(ErrorCode.FencedInstanceId, _bench.Leave((follower, "b")).Members[0].ErrorCode);
    }

    [Fact]
    public void The_former_self_is_told_when_its_join_or_sync_waits()
    {
        Answer<JoinGroupResponse> former = _bench.Join(instanceId: "a");
        _bench.Join(instanceId: "a");
        Assert.Equal(ErrorCode.FencedInstanceId, former.Value.ErrorCode);

        var bench = new GroupBench();
        bench.Join(instanceId: "a");
        Answer<JoinGroupResponse> follower = bench.Join(instanceId: "b");
        bench.Pass(10_000);
        Answer<SyncGroupResponse> syncing = bench.Sync(follower.Value.MemberId, 1, instanceId: "b");
        bench.Join(instanceId: "b");
        Assert.Equal(ErrorCode.FencedInstanceId, syncing.Value.ErrorCode);
        Assert.Equal(GroupState.PreparingRebalance, bench.Group.State);
    }

    [Fact]
    public void A_static_member_that_knows_other_ways_of_assignment_begins_a_rebalance()
    {
        _bench.Join(instanceId: "a", protocols: GroupBench.Protocols("range", "sticky"));
        _bench.Pass(10_000);
        _bench.SyncAll([.. _bench.Group.Members.Select(m => m.Id)], 1);
        Answer<JoinGroupResponse> back = _bench.Join(instanceId: "a", protocols: GroupBench.Protocols("sticky"));
        Assert.Equal((2, "sticky"), (back.Value.GenerationId, back.Value.ProtocolName));
    }

    [Fact]
    public void A_static_member_stays_through_a_rebalance_that_it_misses_until_its_session_ends()
    {
        (_, string follower) = Pair(sessionMs: 600_000);
        Answer<JoinGroupResponse> leader = _bench.Join(_bench.Group.LeaderId!, "a", sessionMs: 600_000);
        _bench.Pass(60_000);
        Assert.Equal(2, leader.Value.Members.Count);
        Assert.NotNull(_bench.Group.Find(follower));
    }

    [Fact]
    public void An_administrator_takes_a_static_member_out_by_its_name()
    {
        Pair();
        LeaveGroupResponse left = _bench.Leave(("", "b"));
        Assert.Equal((ErrorCode.None, "", "b"), (left.Members[0].ErrorCode, left.Members[0].MemberId, left.Members[0].GroupInstanceId));
        Assert.Single(_bench.Group.Members);
    }

    private (string Leader, string Follower) Pair(int sessionMs = 10_000)
    {
        Answer<JoinGroupResponse> first = _bench.Join(instanceId: "a", sessionMs: sessionMs);
        Answer<JoinGroupResponse> second = _bench.Join(instanceId: "b", sessionMs: sessionMs);
        _bench.Pass(9_000);
        _bench.SyncAll([first.Value.MemberId, second.Value.MemberId], 1);
        return (first.Value.MemberId, second.Value.MemberId);
    }
}
