using Sluice.Core.Groups;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Groups;

public sealed class JoinTests
{
    private readonly GroupBench _bench = new();

    [Fact]
    public void A_dynamic_member_is_given_an_id_and_joins_with_it()
    {
        JoinGroupResponse given = _bench.Join().Value;
        Assert.Equal(ErrorCode.MemberIdRequired, given.ErrorCode);
        Assert.Equal("client-id0", given.MemberId);
        Assert.Empty(_bench.Group.Members);

        Answer<JoinGroupResponse> joining = _bench.Join(given.MemberId);
        Assert.False(joining.IsSent);
        _bench.Pass(3_000);
        JoinGroupResponse joined = joining.Value;
        Assert.Equal((ErrorCode.None, 1, "range", given.MemberId), (joined.ErrorCode, joined.GenerationId, joined.ProtocolName, joined.Leader));
        Assert.Equal(given.MemberId, Assert.Single(joined.Members).MemberId);
        Assert.Equal(GroupState.CompletingRebalance, _bench.Group.State);
    }

    [Fact]
    public void Old_clients_are_members_at_once()
    {
        _bench.Join(version: 3);
        Assert.Single(_bench.Group.Members);
        Assert.Equal(GroupState.PreparingRebalance, _bench.Group.State);
    }

    [Fact]
    public void An_id_that_does_not_come_back_is_forgotten_after_the_session_time()
    {
        string id = _bench.Join(sessionMs: 7_000).Value.MemberId;
        _bench.Pass(7_000);
        Assert.Equal(ErrorCode.UnknownMemberId, _bench.Join(id).Value.ErrorCode);
    }

    [Fact]
    public void A_group_that_does_not_exist_is_made_for_new_members_only()
    {
        Assert.Equal(ErrorCode.UnknownMemberId, _bench.Join("someone").Value.ErrorCode);
        Assert.Empty(_bench.Table.All);
        _bench.Join();
        Assert.Single(_bench.Table.All);
        Assert.Single(_bench.Log);
    }

    [Fact]
    public void The_first_rebalance_waits_longer_when_members_go_on_coming()
    {
        var first = _bench.JoinFully(rebalanceMs: 10_000);
        _bench.Pass(2_000);
        var second = _bench.JoinFully(rebalanceMs: 10_000);
        _bench.Pass(1_000);
        Assert.False(first.Answer.IsSent);
        _bench.Pass(2_999);
        Assert.False(first.Answer.IsSent);
        _bench.Pass(1);
        Assert.True(first.Answer.IsSent && second.Answer.IsSent);
        Assert.Equal(2, first.Answer.Value.Members.Count);
        Assert.Empty(second.Answer.Value.Members);
    }

    [Fact]
    public void The_first_rebalance_ends_with_the_rebalance_time_however_many_come()
    {
        var first = _bench.JoinFully(rebalanceMs: 5_000);
        for (int i = 0; i < 20 && !first.Answer.IsSent; i++)
        {
            _bench.Pass(500);
            _bench.JoinFully(rebalanceMs: 5_000);
        }
        Assert.Equal(1_000_000 + 5_000, _bench.NowMs);
    }

    [Fact]
    public void A_member_of_another_kind_or_without_a_way_in_common_is_refused()
    {
        _bench.Stable(1);
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, _bench.Join(type: "connect").Value.ErrorCode);
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, _bench.Join(protocols: GroupBench.Protocols("sticky")).Value.ErrorCode);
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, new GroupBench().Join(type: "").Value.ErrorCode);
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, new GroupBench().Join(protocols: []).Value.ErrorCode);
    }

    [Fact]
    public void The_way_that_most_members_like_best_of_those_that_all_know_is_taken()
    {
        _bench.JoinFully(GroupBench.Protocols("range", "roundrobin"));
        _bench.JoinFully(GroupBench.Protocols("sticky", "roundrobin", "range"));
        var last = _bench.JoinFully(GroupBench.Protocols("sticky", "roundrobin", "range"));
        _bench.Pass(20_000);
        Assert.Equal("roundrobin", last.Answer.Value.ProtocolName);
    }

    [Fact]
    public void A_new_member_begins_a_rebalance_that_ends_when_all_have_joined()
    {
        string[] members = _bench.Stable(2);
        var third = _bench.JoinFully();
        Assert.Equal(GroupState.PreparingRebalance, _bench.Group.State);
        Assert.Equal(ErrorCode.RebalanceInProgress, _bench.Heartbeat(members[0], 1));
        Answer<JoinGroupResponse> first = _bench.Join(members[0]);
        Assert.False(first.IsSent);
        Answer<JoinGroupResponse> second = _bench.Join(members[1]);
        Assert.Equal((2, 3), (first.Value.GenerationId, first.Value.Members.Count));
        Assert.True(second.IsSent && third.Answer.IsSent);
    }

    [Fact]
    public void Who_does_not_join_in_time_is_out_and_the_leader_is_another()
    {
        string[] members = _bench.Stable(2);
        var third = _bench.JoinFully();
        Answer<JoinGroupResponse> second = _bench.Join(members[1]);
        for (int i = 0; i < 59; i++)
        {
            Assert.Equal(ErrorCode.RebalanceInProgress, _bench.Heartbeat(members[0], 1));
            _bench.Pass(1_000);
        }
        Assert.False(second.IsSent);
        _bench.Pass(1_000);
        Assert.Equal((2, members[1]), (second.Value.GenerationId, second.Value.Leader));
        Assert.Equal([members[1], third.Id], second.Value.Members.Select(m => m.MemberId));
        Assert.Equal(ErrorCode.UnknownMemberId, _bench.Heartbeat(members[0], 1));
    }

    [Fact]
    public void A_follower_that_joins_again_without_change_learns_the_generation_and_disturbs_nobody()
    {
        string[] members = _bench.Stable(2);
        JoinGroupResponse again = _bench.Join(members[1]).Value;
        Assert.Equal((ErrorCode.None, 1, GroupState.Stable), (again.ErrorCode, again.GenerationId, _bench.Group.State));
        Assert.Empty(again.Members);
    }

    [Fact]
    public void A_leader_that_joins_again_or_a_member_that_says_something_new_begins_a_rebalance()
    {
        string[] members = _bench.Stable(2);
        Assert.False(_bench.Join(members[0]).IsSent);
        Assert.Equal(GroupState.PreparingRebalance, _bench.Group.State);

        var other = new GroupBench();
        members = other.Stable(2);
        Assert.False(other.Join(members[1], protocols: GroupBench.Protocols("range", "sticky")).IsSent);
        Assert.Equal(GroupState.PreparingRebalance, other.Group.State);
    }

    [Fact]
    public void A_lost_answer_is_given_again_while_the_assignment_is_awaited()
    {
        var first = _bench.JoinFully();
        var second = _bench.JoinFully();
        _bench.Pass(10_000);
        Assert.Equal(2, _bench.Join(first.Id).Value.Members.Count);
        Assert.Empty(_bench.Join(second.Id).Value.Members);
        Assert.Equal((1, GroupState.CompletingRebalance), (_bench.Group.Generation, _bench.Group.State));
    }

    [Fact]
    public void A_retry_over_another_connection_takes_the_place_of_the_first_try()
    {
        var (id, first) = _bench.JoinFully();
        Answer<JoinGroupResponse> retry = _bench.Join(id);
        Assert.Equal(ErrorCode.RebalanceInProgress, first.Value.ErrorCode);
        _bench.Pass(10_000);
        Assert.Equal(ErrorCode.None, retry.Value.ErrorCode);
    }

    [Fact]
    public void A_full_group_takes_no_more_members()
    {
        var bench = new GroupBench(new GroupSettings { MembersMax = 2 });
        string[] members = bench.Stable(2);
        Assert.Equal(ErrorCode.GroupMaxSizeReached, bench.Join().Value.ErrorCode);
        Assert.Equal(ErrorCode.None, bench.Join(members[1]).Value.ErrorCode);
    }

    [Fact]
    public void A_new_member_that_is_gone_does_not_stay_for_ever()
    {
        string[] members = _bench.Stable(1);
        var gone = _bench.JoinFully(rebalanceMs: 1_000_000);
        for (int i = 0; i < 299; i++)
        {
            _bench.Pass(1_000);
            Assert.Equal(ErrorCode.RebalanceInProgress, _bench.Heartbeat(members[0], 1));
        }
        Assert.False(gone.Answer.IsSent);
        _bench.Pass(1_000);
        Assert.Equal(ErrorCode.UnknownMemberId, gone.Answer.Value.ErrorCode);
    }

    [Fact]
    public void When_the_record_of_a_new_group_is_refused_there_is_no_group()
    {
        _bench.Refusal = ErrorCode.MessageTooLarge;
        Assert.Equal(ErrorCode.UnknownServerError, _bench.Join().Value.ErrorCode);
        Assert.Empty(_bench.Table.All);
    }
}
