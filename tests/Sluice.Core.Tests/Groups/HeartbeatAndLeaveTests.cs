using Sluice.Core.Groups;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Groups;

public sealed class HeartbeatAndLeaveTests
{
    private readonly GroupBench _bench = new();

    [Fact]
    public void A_member_lives_as_long_as_it_is_heard_of()
    {
        string[] members = _bench.Stable(2);
        for (int i = 0; i < 5; i++)
        {
            _bench.Pass(9_000);
            Assert.Equal(ErrorCode.None, _bench.Heartbeat(members[0], 1));
            Assert.Equal(ErrorCode.None, _bench.Heartbeat(members[1], 1));
        }
        _bench.Pass(9_999);
        Assert.Equal(2, _bench.Group.Members.Count);
        _bench.Heartbeat(members[0], 1);
        _bench.Pass(1);
        Assert.Equal([members[0]], _bench.Group.Members.Select(m => m.Id));
        Assert.Equal(ErrorCode.RebalanceInProgress, _bench.Heartbeat(members[0], 1));
    }

    [Fact]
    public void Wrong_generations_and_members_are_refused()
    {
        string[] members = _bench.Stable(1);
        Assert.Equal(ErrorCode.IllegalGeneration, _bench.Heartbeat(members[0], 2));
        Assert.Equal(ErrorCode.UnknownMemberId, _bench.Heartbeat("someone", 1));
        Assert.Equal(ErrorCode.UnknownMemberId, _bench.Heartbeat(members[0], 1, instanceId: "someone"));
        Assert.Equal(ErrorCode.UnknownMemberId, new GroupBench().Heartbeat("someone", 1));
    }

    [Fact]
    public void A_commit_keeps_a_member_alive()
    {
        string[] members = _bench.Stable(1);
        for (int i = 0; i < 5; i++)
        {
            _bench.Pass(9_000);
            Assert.Equal(ErrorCode.None, GroupBench.ErrorOf(_bench.Commit(i, members[0], 1).Value));
        }
        Assert.Single(_bench.Group.Members);
    }

    [Fact]
    public void Who_waits_for_the_others_need_not_be_heard_of()
    {
        string[] members = _bench.Stable(2);
        Answer<JoinGroupResponse> waits = _bench.Join(members[0]);
        for (int i = 0; i < 59; i++)
        {
            _bench.Pass(1_000);
            _bench.Heartbeat(members[1], 1);
        }
        Assert.False(waits.IsSent);
        Assert.Equal(2, _bench.Group.Members.Count);
    }

    [Fact]
    public void When_the_last_member_is_gone_the_group_is_empty_and_of_the_next_generation()
    {
        _bench.Stable(1);
        _bench.Pass(10_000);
        Assert.Equal((GroupState.Empty, 2, null), (_bench.Group.State, _bench.Group.Generation, _bench.Group.LeaderId));
        var value = Assert.IsType<GroupMetadataValue>(_bench.Log[^1].Value);
        Assert.Equal((2, 0, "consumer", null), (value.Generation, value.Members.Count, value.ProtocolType, value.Protocol));
    }

    [Fact]
    public void A_member_that_leaves_makes_room_at_once()
    {
        string[] members = _bench.Stable(2);
        LeaveGroupResponse left = _bench.Leave((members[0], null));
        Assert.Equal(ErrorCode.None, left.Members[0].ErrorCode);
        Assert.Equal(GroupState.PreparingRebalance, _bench.Group.State);
        JoinGroupResponse joined = _bench.Join(members[1]).Value;
        Assert.Equal((2, members[1]), (joined.GenerationId, joined.Leader));
    }

    [Fact]
    public void Several_leave_together_each_with_an_error_of_its_own()
    {
        string[] members = _bench.Stable(2);
        string pending = _bench.Join().Value.MemberId;
        LeaveGroupResponse left = _bench.Leave((members[0], null), ("someone", null), (members[1], "someone"), ("", "someone"), (pending, null), (members[1], null));
        Assert.Equal(
            [ErrorCode.None, ErrorCode.UnknownMemberId, ErrorCode.UnknownMemberId, ErrorCode.UnknownMemberId, ErrorCode.None, ErrorCode.None],
            left.Members.Select(m => m.ErrorCode));
        Assert.Equal(GroupState.Empty, _bench.Group.State);
        Assert.Equal(ErrorCode.UnknownMemberId, new GroupBench().Leave(("someone", null)).Members[0].ErrorCode);
    }

    [Fact]
    public void A_member_that_leaves_while_others_wait_ends_their_wait()
    {
        string[] members = _bench.Stable(2);
        Answer<JoinGroupResponse> first = _bench.Join(members[0]);
        Assert.False(first.IsSent);
        _bench.Leave((members[1], null));
        Assert.Equal(2, first.Value.GenerationId);
    }

    [Fact]
    public void A_member_whose_own_join_waits_is_told_when_it_leaves()
    {
        string[] members = _bench.Stable(2);
        Answer<JoinGroupResponse> first = _bench.Join(members[0]);
        _bench.Leave((members[0], null));
        Assert.Equal(ErrorCode.UnknownMemberId, first.Value.ErrorCode);
    }

    [Fact]
    public void An_id_that_was_given_out_holds_the_rebalance_up_until_it_comes_back_or_is_forgotten()
    {
        string[] members = _bench.Stable(1);
        _bench.Join(sessionMs: 8_000);
        Answer<JoinGroupResponse> first = _bench.Join(members[0]);
        Assert.False(first.IsSent);
        _bench.Pass(8_000);
        Assert.Equal(2, first.Value.GenerationId);
    }
}
