using Sluice.Core.Groups.Records;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Groups;

/// <summary>
/// Takes a group from one generation to the next: waits for the members to join, tells them of the generation, waits for them to ask for
/// their assignments. Who does not come in time is out.
/// </summary>
internal sealed class GroupRebalance(IGroupHost host, GroupTable table)
{
    // A new member cannot send heartbeats while its JoinGroup waits: a client that is gone must not stay for ever.
    private const int NewMemberJoinTimeoutMs = 5 * 60 * 1000;
    private static readonly IReadOnlyDictionary<string, byte[]> NoAssignments = new Dictionary<string, byte[]>();

    /// <summary>Completed rebalances since the start.</summary>
    public long CompletedCount { get; private set; }

    /// <summary>Adds a member that joins, and begins a rebalance or goes on with it.</summary>
    public void AddMember(ClassicGroup group, JoinCall call, string memberId)
    {
        var member = new GroupMember(memberId, call.InstanceId, call.ClientId, call.ClientHost)
        {
            IsNew = true,
            RebalanceTimeoutMs = call.RebalanceTimeoutMs,
            SessionTimeoutMs = call.SessionTimeoutMs,
            Protocols = call.Protocols,
            Joining = call.Answer,
        };
        if (group.State == GroupState.PreparingRebalance && group.PreviousState == GroupState.Empty) group.NewMemberAdded = true;
        ForgetPending(group, memberId);
        group.Add(member, call.ProtocolType);
        RestartSession(group, member, NewMemberJoinTimeoutMs);
        PrepareOrComplete(group, $"adding member {memberId}{Why(call)}");
    }

    /// <summary>Takes over what a member says anew, and begins a rebalance or goes on with it.</summary>
    public void UpdateMember(ClassicGroup group, GroupMember member, JoinCall call, string reason)
    {
        Update(group, member, call);
        PrepareOrComplete(group, $"{reason}{Why(call)}");
    }

    /// <summary>Takes over what a member says anew.</summary>
    public static void Update(ClassicGroup group, GroupMember member, JoinCall call)
    {
        member.Protocols = call.Protocols;
        member.RebalanceTimeoutMs = call.RebalanceTimeoutMs;
        member.SessionTimeoutMs = call.SessionTimeoutMs;
        group.SetJoining(member, call.Answer);
    }

    /// <summary>Begins a rebalance, or goes on with the one that runs.</summary>
    public void PrepareOrComplete(ClassicGroup group, string reason)
    {
        if (GroupTransitions.Allows(group.State, GroupState.PreparingRebalance)) Prepare(group, reason);
        else CompleteIfAllJoined(group);
    }

    /// <summary>Begins a rebalance.</summary>
    public void Prepare(ClassicGroup group, string reason)
    {
        if (group.State == GroupState.CompletingRebalance) Cancel(group, ErrorCode.RebalanceInProgress);
        group.ForgetSyncs();
        CancelTimer(group.SyncTimer);
        bool isFirst = group.State == GroupState.Empty;
        group.Become(GroupState.PreparingRebalance, host.NowMs);
        host.Log(LogSeverity.Debug, $"group {group.Id} leaves generation {group.Generation}: {reason}");
        if (isFirst)
        {
            // More members are likely to come, and each would begin another rebalance.
            int delay = host.Settings.InitialRebalanceDelayMs;
            WaitForMore(group, delay, Math.Max(group.RebalanceTimeoutMs - delay, 0));
        }
        else if (group.HaveAllJoined)
        {
            Complete(group);
        }
        else
        {
            WaitForAll(group);
        }
    }

    /// <summary>Ends the wait for members, unless some are missing or it is the group's first rebalance, which waits in any case.</summary>
    public void CompleteIfAllJoined(ClassicGroup group)
    {
        if (group.State == GroupState.PreparingRebalance && group.PreviousState != GroupState.Empty && group.HaveAllJoined) Complete(group);
    }

    /// <summary>Takes a member out that is gone or leaves. A JoinGroup of its that waits is answered, so that a client that lives joins again.</summary>
    public void Remove(ClassicGroup group, GroupMember member)
    {
        CancelTimer(member.Session);
        group.AnswerJoin(member, new JoinGroupResponse { ErrorCode = ErrorCode.UnknownMemberId, ProtocolName = null });
        ClassicGroup.AnswerSync(member, new SyncGroupResponse { ErrorCode = ErrorCode.UnknownMemberId });
        group.Remove(member);
    }

    /// <summary>Takes back an id that was given out.</summary>
    /// <returns>Whether there was one.</returns>
    public bool ForgetPending(ClassicGroup group, string memberId)
    {
        if (!group.PendingJoins.Remove(memberId, out GroupTimer? timer)) return false;
        host.Cancel(timer);
        return true;
    }

    /// <summary>Waits for an id that was given out to come back.</summary>
    public void AddPending(ClassicGroup group, string memberId, int timeoutMs)
    {
        var timer = new GroupTimer(() =>
        {
            group.PendingJoins.Remove(memberId);
            if (group.State == GroupState.PreparingRebalance && group.HaveAllJoined) Complete(group);
        });
        group.PendingJoins.Add(memberId, timer);
        host.Schedule(timer, timeoutMs);
    }

    /// <summary>Begins a member's session anew: it has been heard of.</summary>
    public void RestartSession(ClassicGroup group, GroupMember member) => RestartSession(group, member, member.SessionTimeoutMs);

    /// <summary>Hands out the leader's assignments: the generation is stable.</summary>
    public void Stabilize(ClassicGroup group, IReadOnlyDictionary<string, byte[]> assignments)
    {
        foreach (GroupMember member in group.Members) member.Assignment = assignments.GetValueOrDefault(member.Id, []);
        Propagate(group, ErrorCode.None);
        group.Become(GroupState.Stable, host.NowMs);
        CompletedCount++;
    }

    /// <summary>Takes the generation's assignments back.</summary>
    public void Cancel(ClassicGroup group, ErrorCode error)
    {
        foreach (GroupMember member in group.Members) member.Assignment = [];
        Propagate(group, error);
    }

    /// <summary>A member asks for its assignment: the wait for it is over.</summary>
    public void HasSynced(ClassicGroup group, string memberId)
    {
        group.HasSynced(memberId);
        if (group.PendingSyncs.Count == 0) CancelTimer(group.SyncTimer);
    }

    /// <summary>Disarms all of a group's timers: it is deleted, or no longer of this coordinator.</summary>
    public void CancelTimers(ClassicGroup group)
    {
        CancelTimer(group.JoinTimer);
        CancelTimer(group.SyncTimer);
        foreach (GroupMember member in group.Members) CancelTimer(member.Session);
        foreach (GroupTimer timer in group.PendingJoins.Values) host.Cancel(timer);
    }

    /// <summary>The answer that tells a member of the generation.</summary>
    public static JoinGroupResponse Joined(ClassicGroup group, string memberId, bool withMembers) => new()
    {
        MemberId = memberId,
        GenerationId = group.Generation,
        ProtocolType = group.ProtocolType,
        ProtocolName = group.Protocol,
        Leader = group.LeaderId ?? "",
        Members = withMembers
            ? [.. group.Members.Select(m => new JoinGroupResponse.JoinGroupResponseMember { MemberId = m.Id, GroupInstanceId = m.InstanceId, Metadata = m.MetadataOf(group.Protocol) })]
            : [],
    };

    private static string Why(JoinCall call) => string.IsNullOrEmpty(call.Reason) ? "" : $" ({call.Reason})";

    private void WaitForMore(ClassicGroup group, int delayMs, int remainingMs)
    {
        CancelTimer(group.JoinTimer);
        group.JoinTimer = new GroupTimer(() =>
        {
            if (!group.NewMemberAdded || remainingMs == 0)
            {
                Complete(group);
                return;
            }
            group.NewMemberAdded = false;
            WaitForMore(group, Math.Min(host.Settings.InitialRebalanceDelayMs, remainingMs), Math.Max(remainingMs - delayMs, 0));
        });
        host.Schedule(group.JoinTimer, delayMs);
    }

    private void WaitForAll(ClassicGroup group)
    {
        CancelTimer(group.JoinTimer);
        group.JoinTimer = new GroupTimer(() => Complete(group));
        host.Schedule(group.JoinTimer, group.RebalanceTimeoutMs);
    }

    /// <summary>Ends the wait for members: who is missing is out, static members excepted, and the others are told of the generation.</summary>
    private void Complete(ClassicGroup group)
    {
        CancelTimer(group.JoinTimer);
        if (group.State != GroupState.PreparingRebalance) return;
        foreach (GroupMember missing in group.Members.Where(m => m.Joining is null && m.InstanceId is null).ToArray()) Remove(group, missing);
        if (!group.ElectJoinedLeader() && group.Members.Count > 0)
        {
            // Static members alone, and none of them has come: their sessions decide.
            WaitForAll(group);
            return;
        }
        group.NextGeneration(host.NowMs);
        if (group.State == GroupState.Empty)
        {
            host.Log(LogSeverity.Information, $"group {group.Id} has no members any more, generation {group.Generation}");
            table.WriteQuietly(GroupRecord.Group(group, NoAssignments));
            return;
        }
        host.Log(LogSeverity.Debug, $"group {group.Id} is of generation {group.Generation} with {group.Members.Count} members");
        foreach (GroupMember member in group.Members.ToArray())
        {
            group.AnswerJoin(member, Joined(group, member.Id, withMembers: group.LeaderId == member.Id));
            member.IsNew = false;
            RestartSession(group, member);
            group.AwaitSync(member);
        }
        AwaitSyncs(group);
    }

    private void AwaitSyncs(ClassicGroup group)
    {
        CancelTimer(group.SyncTimer);
        group.SyncTimer = new GroupTimer(() =>
        {
            if (group.PendingSyncs.Count == 0 || group.State is not (GroupState.CompletingRebalance or GroupState.Stable)) return;
            foreach (string missing in group.PendingSyncs.ToArray())
            {
                if (group.Find(missing) is { } member) Remove(group, member);
            }
            Prepare(group, "members did not ask for their assignments in time");
        });
        host.Schedule(group.SyncTimer, group.RebalanceTimeoutMs);
    }

    private void Propagate(ClassicGroup group, ErrorCode error)
    {
        foreach (GroupMember member in group.Members)
        {
            var response = new SyncGroupResponse { ErrorCode = error, Assignment = member.Assignment };
            if (error == ErrorCode.None)
            {
                response.ProtocolType = group.ProtocolType;
                response.ProtocolName = group.Protocol;
            }
            if (ClassicGroup.AnswerSync(member, response)) RestartSession(group, member);
        }
    }

    private void RestartSession(ClassicGroup group, GroupMember member, int timeoutMs)
    {
        member.Session ??= new GroupTimer(() => SessionEnds(group, member));
        host.Schedule(member.Session, timeoutMs);
    }

    private void SessionEnds(ClassicGroup group, GroupMember member)
    {
        if (group.State == GroupState.Dead || group.Find(member.Id) != member || member.IsExcused || PlantedGroupFaults.Has(PlantedGroupFault.SilentMembersStay)) return;
        host.Log(LogSeverity.Information, $"member {member.Id} of group {group.Id} was not heard of for {member.SessionTimeoutMs} ms and is out");
        Remove(group, member);
        if (group.State is GroupState.Stable or GroupState.CompletingRebalance) PrepareOrComplete(group, $"member {member.Id} is gone");
        else if (group.State == GroupState.PreparingRebalance && group.HaveAllJoined) Complete(group);
    }

    private void CancelTimer(GroupTimer? timer)
    {
        if (timer is not null) host.Cancel(timer);
    }
}
