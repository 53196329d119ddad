using Sluice.Core.Groups.Records;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Groups;

/// <summary>What members ask of their group: to join, to be assigned, to be known to live, to leave. Behaves as Kafka's coordinator does.</summary>
internal sealed class GroupMembership(IGroupHost host, GroupTable table, GroupRebalance rebalance)
{
    // Ids that were given out cost memory until they come back or time out, and strangers may ask for as many as they like.
    private const int PendingMembersMax = 10_000;

    /// <summary>A client joins.</summary>
    public void Join(JoinCall call)
    {
        bool isUnknown = call.MemberId.Length == 0;
        ClassicGroup? group = table.Find(call.GroupId);
        if (group is null && !isUnknown)
        {
            Refuse(call, ErrorCode.UnknownMemberId, call.MemberId);
            return;
        }
        bool isNew = group is null;
        group ??= new ClassicGroup(call.GroupId, host.NowMs);
        if (!HasRoom(group, call.MemberId))
        {
            if (group.Find(call.MemberId) is { } member) rebalance.Remove(group, member);
            rebalance.ForgetPending(group, call.MemberId);
            Refuse(call, ErrorCode.GroupMaxSizeReached, "");
            return;
        }
        if (isNew)
        {
            // What exists only in memory would be gone after a restart, while its members hold ids of it.
            ErrorCode error = table.Create(group);
            if (error != ErrorCode.None)
            {
                Refuse(call, error, "");
                return;
            }
        }
        if (!group.Supports(call.ProtocolType, call.Protocols))
        {
            Refuse(call, ErrorCode.InconsistentGroupProtocol, call.MemberId);
            return;
        }
        if (isUnknown) JoinNew(group, call);
        else JoinAgain(group, call);
    }

    /// <summary>A member asks for its assignment; the leader brings those of all.</summary>
    public void Sync(SyncGroupRequest request, IAnswer<SyncGroupResponse> answer)
    {
        ClassicGroup? group = table.Find(request.GroupId);
        ErrorCode error = group is null || group.State == GroupState.Empty ? ErrorCode.UnknownMemberId : CheckSync(group, request);
        if (error != ErrorCode.None)
        {
            answer.Send(new SyncGroupResponse { ErrorCode = error });
            return;
        }
        GroupMember member = group!.Find(request.MemberId)!;
        switch (group.State)
        {
            case GroupState.PreparingRebalance:
                answer.Send(new SyncGroupResponse { ErrorCode = ErrorCode.RebalanceInProgress });
                break;
            case GroupState.CompletingRebalance:
                // A retry over another connection: the first one no longer hears.
                ClassicGroup.AnswerSync(member, new SyncGroupResponse { ErrorCode = ErrorCode.RebalanceInProgress });
                member.Syncing = answer;
                rebalance.HasSynced(group, member.Id);
                if (group.LeaderId == member.Id) Assign(group, request);
                break;
            default:
                rebalance.HasSynced(group, member.Id);
                var assigned = new SyncGroupResponse { ProtocolType = group.ProtocolType, ProtocolName = group.Protocol, Assignment = member.Assignment };
                host.WhenDurableInTime(failure => answer.Send(failure == ErrorCode.None ? assigned : new SyncGroupResponse { ErrorCode = failure }));
                break;
        }
    }

    /// <summary>A member lives.</summary>
    public ErrorCode Heartbeat(HeartbeatRequest request)
    {
        if (table.Find(request.GroupId) is not { } group) return ErrorCode.UnknownMemberId;
        ErrorCode error = group.Check(request.MemberId, request.GroupInstanceId);
        if (error != ErrorCode.None) return error;
        if (request.GenerationId != group.Generation) return ErrorCode.IllegalGeneration;
        if (group.State == GroupState.Empty) return ErrorCode.UnknownMemberId;
        if (!PlantedGroupFaults.Has(PlantedGroupFault.HeartbeatsDoNotCount)) rebalance.RestartSession(group, group.Find(request.MemberId)!);
        return group.State == GroupState.PreparingRebalance ? ErrorCode.RebalanceInProgress : ErrorCode.None;
    }

    /// <summary>Members leave, or an administrator takes static members out by their names.</summary>
    public LeaveGroupResponse Leave(LeaveGroupRequest request)
    {
        var response = new LeaveGroupResponse();
        ClassicGroup? group = table.Find(request.GroupId);
        bool hasAnyLeft = false;
        foreach (LeaveGroupRequest.MemberIdentity asked in request.Members)
        {
            ErrorCode error = group is null ? ErrorCode.UnknownMemberId : Leave(group, asked);
            hasAnyLeft |= error == ErrorCode.None;
            response.Members.Add(new LeaveGroupResponse.MemberResponse { MemberId = asked.MemberId, GroupInstanceId = asked.GroupInstanceId, ErrorCode = error });
        }
        if (!hasAnyLeft) return response;
        if (group!.State is GroupState.Stable or GroupState.CompletingRebalance) rebalance.PrepareOrComplete(group, "members leave");
        else if (group.State == GroupState.PreparingRebalance) rebalance.CompleteIfAllJoined(group);
        return response;
    }

    private static void Refuse(JoinCall call, ErrorCode error, string memberId) =>
        call.Answer.Send(new JoinGroupResponse { ErrorCode = error, MemberId = memberId, ProtocolName = null });

    private bool HasRoom(ClassicGroup group, string memberId)
    {
        if (memberId.Length == 0 && group.PendingJoins.Count >= PendingMembersMax) return false;
        int max = host.Settings.MembersMax;
        return group.State switch
        {
            GroupState.PreparingRebalance => group.Find(memberId)?.Joining is not null || group.JoiningCount < max,
            GroupState.CompletingRebalance or GroupState.Stable => group.Find(memberId) is not null || group.Members.Count < max,
            _ => true,
        };
    }

    private void JoinNew(ClassicGroup group, JoinCall call)
    {
        string newId = $"{call.InstanceId ?? call.ClientId}-{host.NewUniqueId()}";
        if (call.InstanceId is not null)
        {
            if (group.StaticMember(call.InstanceId) is { } existing) ReplaceStatic(group, call, group.Find(existing)!, newId);
            else rebalance.AddMember(group, call, newId);
        }
        else if (call.NeedsKnownId)
        {
            rebalance.AddPending(group, newId, call.SessionTimeoutMs);
            Refuse(call, ErrorCode.MemberIdRequired, newId);
        }
        else
        {
            rebalance.AddMember(group, call, newId);
        }
    }

    private void JoinAgain(ClassicGroup group, JoinCall call)
    {
        if (call.InstanceId is null && group.PendingJoins.ContainsKey(call.MemberId))
        {
            rebalance.AddMember(group, call, call.MemberId);
            return;
        }
        ErrorCode error = group.Check(call.MemberId, call.InstanceId);
        if (error != ErrorCode.None)
        {
            Refuse(call, error, call.MemberId);
            return;
        }
        GroupMember member = group.Find(call.MemberId)!;
        // A retry over another connection: the first one no longer hears.
        group.AnswerJoin(member, new JoinGroupResponse { ErrorCode = ErrorCode.RebalanceInProgress, MemberId = member.Id, ProtocolName = null });
        switch (group.State)
        {
            case GroupState.PreparingRebalance:
                rebalance.UpdateMember(group, member, call, $"member {member.Id} joins again");
                break;
            case GroupState.CompletingRebalance or GroupState.Stable when member.Says(call.Protocols) && !(group.State == GroupState.Stable && group.LeaderId == member.Id):
                // The answer was lost, or a follower asks without need: it is told of the generation as it is.
                call.Answer.Send(GroupRebalance.Joined(group, member.Id, withMembers: group.State == GroupState.CompletingRebalance && group.LeaderId == member.Id));
                break;
            case GroupState.CompletingRebalance or GroupState.Stable:
                // Something changed that matters to the assignment; a leader that joins again knows of such a thing.
                rebalance.UpdateMember(group, member, call, $"member {member.Id} joins anew");
                break;
            default:
                Refuse(call, ErrorCode.UnknownMemberId, call.MemberId);
                break;
        }
    }

    /// <summary>A static member has restarted: it takes the place of its former self, and where nothing else changes nobody else notices.</summary>
    private void ReplaceStatic(ClassicGroup group, JoinCall call, GroupMember old, string newId)
    {
        string? oldLeader = group.LeaderId;
        group.AnswerJoin(old, new JoinGroupResponse { ErrorCode = ErrorCode.FencedInstanceId, MemberId = old.Id, ProtocolName = null });
        ClassicGroup.AnswerSync(old, new SyncGroupResponse { ErrorCode = ErrorCode.FencedInstanceId });
        if (old.Session is not null) host.Cancel(old.Session);
        GroupMember member = group.Replace(old, newId);
        GroupRebalance.Update(group, member, call);
        rebalance.RestartSession(group, member);
        switch (group.State)
        {
            case GroupState.Stable when group.SelectProtocol() == group.Protocol:
                KeepGeneration(group, call, member, oldLeader);
                break;
            case GroupState.Stable:
                rebalance.PrepareOrComplete(group, $"static member {call.InstanceId} knows other ways of assignment");
                break;
            case GroupState.CompletingRebalance:
                // The leader assigns to the former id: the new one would get nothing.
                rebalance.Prepare(group, $"static member {call.InstanceId} has restarted");
                break;
            default:
                rebalance.CompleteIfAllJoined(group);
                break;
        }
    }

    private void KeepGeneration(ClassicGroup group, JoinCall call, GroupMember member, string? oldLeader)
    {
        ErrorCode error = table.Write([GroupRecord.Group(group, group.Members.ToDictionary(m => m.Id, m => m.Assignment))]);
        if (error != ErrorCode.None)
        {
            group.AnswerJoin(member, new JoinGroupResponse { ErrorCode = error, GenerationId = group.Generation, ProtocolType = group.ProtocolType, ProtocolName = group.Protocol, Leader = oldLeader ?? "" });
            return;
        }
        int generation = group.Generation;
        host.WhenDurable(failure =>
        {
            // When it failed the groups are forgotten, and their waiting members told so. When a rebalance has begun it takes the member along.
            if (failure != ErrorCode.None || group.State != GroupState.Stable || group.Generation != generation) return;
            bool isLeader = group.LeaderId == member.Id;
            if (call.CanSkipAssignment)
            {
                JoinGroupResponse joined = GroupRebalance.Joined(group, member.Id, withMembers: isLeader);
                joined.SkipAssignment = isLeader;
                group.AnswerJoin(member, joined);
                return;
            }
            // A client that cannot skip the assignment is told that it does not lead, so that it does not assign anew.
            JoinGroupResponse follower = GroupRebalance.Joined(group, member.Id, withMembers: false);
            follower.Leader = oldLeader ?? "";
            group.AnswerJoin(member, follower);
        });
    }

    private static ErrorCode CheckSync(ClassicGroup group, SyncGroupRequest request)
    {
        ErrorCode error = group.Check(request.MemberId, request.GroupInstanceId);
        if (error != ErrorCode.None) return error;
        if (request.GenerationId != group.Generation) return ErrorCode.IllegalGeneration;
        return Differs(request.ProtocolType, group.ProtocolType) || Differs(request.ProtocolName, group.Protocol) ? ErrorCode.InconsistentGroupProtocol : ErrorCode.None;
    }

    private static bool Differs(string? asked, string? known) => asked is not null && known is not null && asked != known;

    private void Assign(ClassicGroup group, SyncGroupRequest request)
    {
        int generation = group.Generation;
        var assignments = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (SyncGroupRequest.SyncGroupRequestAssignment assignment in request.Assignments)
        {
            if (group.Find(assignment.MemberId) is not null) assignments[assignment.MemberId] = assignment.Assignment.ToArray();
        }
        ErrorCode error = table.Write([GroupRecord.Group(group, assignments)]);
        if (error != ErrorCode.None)
        {
            rebalance.Cancel(group, error);
            rebalance.PrepareOrComplete(group, "the assignment could not be written");
            return;
        }
        host.WhenDurable(failure =>
        {
            // Another member may have joined meanwhile: then the next generation is on its way.
            if (failure == ErrorCode.None && group.State == GroupState.CompletingRebalance && group.Generation == generation) rebalance.Stabilize(group, assignments);
        });
    }

    private ErrorCode Leave(ClassicGroup group, LeaveGroupRequest.MemberIdentity asked)
    {
        string? memberId = asked.MemberId;
        if (memberId.Length == 0)
        {
            memberId = asked.GroupInstanceId is null ? null : group.StaticMember(asked.GroupInstanceId);
            if (memberId is null) return ErrorCode.UnknownMemberId;
        }
        else if (rebalance.ForgetPending(group, memberId))
        {
            return ErrorCode.None;
        }
        else if (group.Check(memberId, asked.GroupInstanceId) is var error and not ErrorCode.None)
        {
            return error;
        }
        host.Log(LogSeverity.Information, $"member {memberId} leaves group {group.Id}{(string.IsNullOrEmpty(asked.Reason) ? "" : $": {asked.Reason}")}");
        rebalance.Remove(group, group.Find(memberId)!);
        return ErrorCode.None;
    }
}
