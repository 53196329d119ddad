using Sluice.Core.Groups;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Groups;

public sealed class OffsetTests
{
    private const long DayMs = 24 * 60 * 60_000L;
    private readonly GroupBench _bench = new();

    [Fact]
    public void A_client_that_uses_no_membership_commits_to_a_group_of_its_own()
    {
        Assert.Equal(ErrorCode.None, GroupBench.ErrorOf(_bench.Commit(5).Value));
        Assert.Equal(5, _bench.Committed());
        Assert.Equal(-1, _bench.Committed(partition: 1));
        Assert.Equal(-1, _bench.Committed("other"));
        Assert.Equal((GroupState.Empty, null), (_bench.Group.State, _bench.Group.ProtocolType));
    }

    [Fact]
    public void A_commit_is_answered_when_it_is_safe()
    {
        _bench.IsSlow = true;
        Answer<OffsetCommitResponse> commit = _bench.Commit(5);
        Assert.False(commit.IsSent);
        _bench.Acknowledge();
        Assert.Equal(ErrorCode.None, GroupBench.ErrorOf(commit.Value));
    }

    [Fact]
    public void Members_commit_in_their_generation_only()
    {
        string[] members = _bench.Stable(1);
        Assert.Equal(ErrorCode.None, Commit(members[0], 1));
        Assert.Equal(ErrorCode.IllegalGeneration, Commit(members[0], 0));
        Assert.Equal(ErrorCode.IllegalGeneration, Commit(members[0], -1));
        Assert.Equal(ErrorCode.UnknownMemberId, Commit("someone", 1));
        Assert.Equal(ErrorCode.UnknownMemberId, Commit("", -1));
        _bench.JoinFully();
        // A member may commit what it has done before it joins the next generation.
        Assert.Equal((GroupState.PreparingRebalance, ErrorCode.None), (_bench.Group.State, Commit(members[0], 1)));
        _bench.Join(members[0]);
        Assert.Equal((GroupState.CompletingRebalance, ErrorCode.RebalanceInProgress), (_bench.Group.State, Commit(members[0], 2)));

        ErrorCode Commit(string member, int generation) => GroupBench.ErrorOf(_bench.Commit(1, member, generation).Value);
    }

    [Fact]
    public void A_generation_of_a_group_that_is_not_there_is_refused()
    {
        Assert.Equal(ErrorCode.IllegalGeneration, GroupBench.ErrorOf(_bench.Commit(1, "someone", 1, version: 8).Value));
        Assert.Equal(ErrorCode.GroupIdNotFound, GroupBench.ErrorOf(_bench.Commit(1, "someone", 1, version: 9).Value));
    }

    [Fact]
    public void A_text_that_is_too_long_is_refused_for_its_partition_alone()
    {
        Assert.Equal(ErrorCode.None, GroupBench.ErrorOf(_bench.Commit(1, metadata: new string('x', 4096)).Value));
        Assert.Equal(ErrorCode.OffsetMetadataTooLarge, GroupBench.ErrorOf(_bench.Commit(2, metadata: new string('x', 4097)).Value));
        Assert.Equal(1, _bench.Committed());
    }

    [Fact]
    public void A_commit_that_does_not_fit_into_the_log_is_refused_and_changes_nothing()
    {
        _bench.Refusal = ErrorCode.MessageTooLarge;
        Assert.Equal(ErrorCode.InvalidCommitOffsetSize, GroupBench.ErrorOf(_bench.Commit(1).Value));
        Assert.Equal(-1, _bench.Committed());
    }

    [Fact]
    public void Offsets_are_deleted_of_topics_that_no_member_reads()
    {
        string[] members = _bench.Stable(1, GroupBench.Subscription("read"));
        _bench.Commit(1, members[0], 1, "read");
        _bench.Commit(2, members[0], 1, "unread");
        OffsetDeleteResponse response = Delete("read", "unread");
        Assert.Equal([ErrorCode.GroupSubscribedToTopic, ErrorCode.None], response.Topics.Select(t => t.Partitions[0].ErrorCode));
        Assert.Equal((1, -1), (_bench.Committed("read"), _bench.Committed("unread")));
        Assert.Null(_bench.Log[^1].Value);
    }

    [Fact]
    public void Offsets_of_members_of_another_kind_are_not_deleted()
    {
        Assert.Equal(ErrorCode.GroupIdNotFound, Delete("topic").ErrorCode);
        _bench.Join(instanceId: "a", type: "connect");
        Assert.Equal(ErrorCode.NonEmptyGroup, Delete("topic").ErrorCode);
    }

    [Fact]
    public void A_group_is_deleted_with_its_offsets_when_it_has_no_members()
    {
        Assert.Equal(ErrorCode.GroupIdNotFound, _bench.Table.Delete(GroupBench.GroupId));
        string[] members = _bench.Stable(1);
        _bench.Commit(1, members[0], 1);
        Assert.Equal(ErrorCode.NonEmptyGroup, _bench.Table.Delete(GroupBench.GroupId));
        _bench.Leave((members[0], null));
        int before = _bench.Log.Count;
        Assert.Equal(ErrorCode.None, _bench.Table.Delete(GroupBench.GroupId));
        Assert.Empty(_bench.Table.All);
        Assert.Equal([1, 2], _bench.Log.Skip(before).Select(r => (int)r.Key.MessageKey));
        Assert.All(_bench.Log.Skip(before), r => Assert.Null(r.Value));
        Assert.Empty(_bench.Restarted().Table.All);
    }

    [Fact]
    public void Offsets_of_an_empty_group_expire_as_long_after_its_end_as_is_kept()
    {
        string[] members = _bench.Stable(1);
        _bench.Commit(1, members[0], 1);
        _bench.Pass(9_000);
        _bench.Heartbeat(members[0], 1);
        _bench.Leave((members[0], null));
        _bench.Pass(7 * DayMs - 1);
        Assert.Equal(0, _bench.Table.Expiry.Expire());
        _bench.Pass(1);
        Assert.Equal(1, _bench.Table.Expiry.Expire());
        Assert.Empty(_bench.Table.All);
        Assert.Empty(_bench.Restarted().Table.All);
    }

    [Fact]
    public void Offsets_of_simple_consumers_expire_after_their_commit_each_by_itself()
    {
        _bench.Commit(1);
        _bench.Pass(DayMs);
        _bench.Commit(2, partition: 1);
        _bench.Pass(6 * DayMs);
        Assert.Equal(1, _bench.Table.Expiry.Expire());
        Assert.Equal((-1, 2), (_bench.Committed(), _bench.Committed(partition: 1)));
    }

    [Fact]
    public void Of_a_living_group_only_offsets_of_topics_that_it_does_not_read_expire()
    {
        string[] members = _bench.Stable(1, GroupBench.Subscription("read"));
        _bench.Commit(1, members[0], 1, "read");
        _bench.Commit(2, members[0], 1, "unread");
        for (long passed = 0; passed < 7 * DayMs; passed += 9_000)
        {
            _bench.Pass(9_000);
            _bench.Heartbeat(members[0], 1);
        }
        Assert.Equal(1, _bench.Table.Expiry.Expire());
        Assert.Equal((1, -1), (_bench.Committed("read"), _bench.Committed("unread")));
    }

    [Fact]
    public void A_time_to_live_that_an_old_client_asked_for_counts()
    {
        _bench.Commit(1, retentionMs: 5_000, version: 4);
        Assert.Equal(1, _bench.Log[^1].ValueVersion);
        GroupBench restarted = _bench.Restarted();
        restarted.Pass(4_999);
        Assert.Equal(0, restarted.Table.Expiry.Expire());
        restarted.Pass(1);
        Assert.Equal(1, restarted.Table.Expiry.Expire());
    }

    [Fact]
    public void An_empty_group_without_offsets_goes_with_the_next_look()
    {
        _bench.Join(sessionMs: 6_000);
        _bench.Table.Expiry.Expire();
        Assert.Empty(_bench.Table.All);
    }

    [Fact]
    public void Offsets_of_a_deleted_topic_go_and_those_of_the_next_topic_of_its_name_stay()
    {
        _bench.Commit(1);
        _bench.Commit(2, topic: "other");
        _bench.Table.TopicIsDeleted("topic", new Uuid(1, 1));
        Assert.Equal((-1, 2), (_bench.Committed(), _bench.Committed("other")));
    }

    [Fact]
    public void What_was_written_makes_the_same_groups_again()
    {
        string[] members = _bench.Stable(2, GroupBench.Subscription("topic"));
        _bench.Commit(7, members[0], 1);
        GroupBench restarted = _bench.Restarted();
        Assert.Equal((GroupState.Stable, 1, "range", members[0]), (restarted.Group.State, restarted.Group.Generation, restarted.Group.Protocol, restarted.Group.LeaderId));
        Assert.Equal(7, restarted.Committed());
        Assert.True(restarted.Group.IsSubscribedTo("topic"));
        Assert.Equal(ErrorCode.None, restarted.Heartbeat(members[1], 1));
        Assert.Equal([1], restarted.Sync(members[1], 1).Value.Assignment.ToArray());
        // Sessions begin anew with the restart; who does not come back is out.
        restarted.Pass(9_999);
        Assert.Equal(2, restarted.Group.Members.Count);
        restarted.Pass(1);
        Assert.Equal(GroupState.Empty, restarted.Group.State);
    }

    [Fact]
    public void A_generation_that_was_told_and_lost_never_comes_again()
    {
        string[] members = _bench.Stable(1);
        GroupBench read = _bench.Restarted(toldGeneration: 7);
        Assert.Equal(ErrorCode.IllegalGeneration, read.Heartbeat(members[0], 1));
        Assert.Equal(8, read.Join(members[0]).Value.GenerationId);
    }

    private OffsetDeleteResponse Delete(params string[] topics)
    {
        var answer = new Answer<OffsetDeleteResponse>();
        _bench.Table.Commits.Delete(
            new OffsetDeleteRequest { GroupId = GroupBench.GroupId, Topics = [.. topics.Select(t => new OffsetDeleteRequest.OffsetDeleteRequestTopic { Name = t, Partitions = [new() { PartitionIndex = 0 }] })] }, answer);
        return answer.Value;
    }
}
