using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Groups;

/// <summary>
/// A group of the classic protocol: who its members are, which generation they are of, and how far the group has come. It decides
/// nothing by itself; <see cref="GroupMembership"/> moves it from state to state, along <see cref="GroupTransitions"/>.
/// </summary>
internal sealed class ClassicGroup
{
    private readonly OrderedDictionary<string, GroupMember> _members = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _static = new(StringComparer.Ordinal);
    private readonly HashSet<string> _pendingSync = new(StringComparer.Ordinal);

    /// <param name="id">The group's id.</param>
    /// <param name="nowMs">Wall-clock time.</param>
    public ClassicGroup(string id, long nowMs)
    {
        Id = id;
        StateSinceMs = nowMs;
    }

    /// <summary>The group's id.</summary>
    public string Id { get; }

    /// <summary>Where the group is in its life.</summary>
    public GroupState State { get; private set; }

    /// <summary>Where it was before.</summary>
    public GroupState PreviousState { get; private set; } = GroupState.Dead;

    /// <summary>Since when it is in its state, in milliseconds since 1970; -1 when old software did not note it.</summary>
    public long StateSinceMs { get; private set; }

    /// <summary>The generation; each rebalance that completes makes the next one.</summary>
    public int Generation { get; private set; }

    /// <summary>What kind of members it has, such as consumer; null while it never had any.</summary>
    public string? ProtocolType { get; private set; }

    /// <summary>The way of assignment of this generation; null without members.</summary>
    public string? Protocol { get; private set; }

    /// <summary>The member that assigns; null without members.</summary>
    public string? LeaderId { get; private set; }

    /// <summary>Topics that the members of a consumer group subscribe to; null when not known.</summary>
    public IReadOnlySet<string>? SubscribedTopics { get; private set; }

    /// <summary>The members, those that came first first.</summary>
    public IReadOnlyList<GroupMember> Members => _members.Values;

    /// <summary>Ids that were given out and have not come back, with the timers that end the wait.</summary>
    public Dictionary<string, GroupTimer> PendingJoins { get; } = new(StringComparer.Ordinal);

    /// <summary>Members that were told of the generation and have not asked for their assignment.</summary>
    public IReadOnlyCollection<string> PendingSyncs => _pendingSync;

    /// <summary>The committed offsets.</summary>
    public GroupOffsets Offsets { get; } = new();

    /// <summary>Ends the wait for members to join.</summary>
    public GroupTimer? JoinTimer { get; set; }

    /// <summary>Ends the wait for members to ask for their assignments.</summary>
    public GroupTimer? SyncTimer { get; set; }

    /// <summary>Whether a member came while the first rebalance waits for more, so that it waits longer.</summary>
    public bool NewMemberAdded { get; set; }

    /// <summary>How many members wait for the others to join.</summary>
    public int JoiningCount { get; private set; }

    /// <summary>Whether every member has joined, and every id that was given out has come back.</summary>
    public bool HaveAllJoined => JoiningCount == _members.Count && PendingJoins.Count == 0;

    /// <summary>Whether its members are consumers.</summary>
    public bool IsOfConsumers => ProtocolType == ConsumerSubscription.ProtocolType;

    /// <summary>How long a rebalance waits: as long as its most patient member asks for.</summary>
    public int RebalanceTimeoutMs => _members.Count == 0 ? 0 : _members.Values.Max(m => m.RebalanceTimeoutMs);

    /// <summary>A group as a record has it: stable with its members, or empty.</summary>
    public static ClassicGroup Load(string id, GroupMetadataValue value)
    {
        var group = new ClassicGroup(id, value.CurrentStateTimestamp)
        {
            State = value.Members.Count == 0 ? GroupState.Empty : GroupState.Stable,
            Generation = value.Generation,
            ProtocolType = value.ProtocolType.Length == 0 ? null : value.ProtocolType,
            Protocol = value.Protocol,
            LeaderId = value.Leader,
        };
        foreach (GroupMetadataValue.MemberMetadata member in value.Members)
        {
            var loaded = new GroupMember(member.MemberId, member.GroupInstanceId, member.ClientId, member.ClientHost)
            {
                RebalanceTimeoutMs = member.RebalanceTimeout == -1 ? member.SessionTimeout : member.RebalanceTimeout,
                SessionTimeoutMs = member.SessionTimeout,
                Protocols = [new MemberProtocol(value.Protocol ?? "", member.Subscription.ToArray())],
                Assignment = member.Assignment.ToArray(),
            };
            group._members[loaded.Id] = loaded;
            if (loaded.InstanceId is not null) group._static[loaded.InstanceId] = loaded.Id;
        }
        group.RefreshTopics();
        return group;
    }

    /// <summary>The member of an id; null when there is none.</summary>
    public GroupMember? Find(string memberId) => _members.GetValueOrDefault(memberId);

    /// <summary>The id of the static member of a name; null when there is none.</summary>
    public string? StaticMember(string instanceId) => _static.GetValueOrDefault(instanceId);

    /// <summary>Goes to another state.</summary>
    public void Become(GroupState state, long nowMs)
    {
        Invariant.Check(GroupTransitions.Allows(State, state), $"group {Id} cannot become {state} from {State}");
        PreviousState = State;
        State = state;
        StateSinceMs = nowMs;
    }

    /// <summary>Whether a member may act under a name and an id.</summary>
    public ErrorCode Check(string memberId, string? instanceId)
    {
        if (instanceId is not null)
        {
            if (StaticMember(instanceId) is not { } existing) return ErrorCode.UnknownMemberId;
            if (existing != memberId) return ErrorCode.FencedInstanceId;
        }
        return _members.ContainsKey(memberId) ? ErrorCode.None : ErrorCode.UnknownMemberId;
    }

    /// <summary>Whether a member of this kind, with these ways of assignment, can be one of the group.</summary>
    public bool Supports(string protocolType, IReadOnlyList<MemberProtocol> protocols)
    {
        if (State == GroupState.Empty) return protocolType.Length > 0 && protocols.Count > 0;
        return ProtocolType == protocolType && protocols.Any(p => _members.Values.All(m => Knows(m, p.Name)));
    }

    /// <summary>Adds a member that joins. The first one decides the group's kind.</summary>
    public void Add(GroupMember member, string protocolType)
    {
        if (_members.Count == 0) ProtocolType = protocolType;
        _members.Add(member.Id, member);
        if (member.InstanceId is not null) _static.Add(member.InstanceId, member.Id);
        if (member.Joining is not null) JoiningCount++;
        LeaderId ??= member.Id;
    }

    /// <summary>Takes a member out; its timer and its answers are the caller's business.</summary>
    public void Remove(GroupMember member)
    {
        _members.Remove(member.Id);
        if (member.Joining is not null) JoiningCount--;
        if (member.InstanceId is not null) _static.Remove(member.InstanceId);
        if (LeaderId == member.Id) LeaderId = _members.Count > 0 ? _members.GetAt(0).Key : null;
        _pendingSync.Remove(member.Id);
    }

    /// <summary>Gives a static member another id: the client has restarted.</summary>
    public GroupMember Replace(GroupMember old, string newId)
    {
        var member = new GroupMember(newId, old.InstanceId, old.ClientId, old.ClientHost)
        {
            RebalanceTimeoutMs = old.RebalanceTimeoutMs,
            SessionTimeoutMs = old.SessionTimeoutMs,
            Protocols = old.Protocols,
            Assignment = old.Assignment,
        };
        int at = _members.IndexOf(old.Id);
        _members.RemoveAt(at);
        _members.Insert(at, newId, member);
        _static[old.InstanceId!] = newId;
        if (LeaderId == old.Id) LeaderId = newId;
        return member;
    }

    /// <summary>Sets or takes away the JoinGroup of a member that waits.</summary>
    public void SetJoining(GroupMember member, IAnswer<JoinGroupResponse>? answer)
    {
        JoiningCount += (answer is null ? 0 : 1) - (member.Joining is null ? 0 : 1);
        member.Joining = answer;
    }

    /// <summary>Answers a member's JoinGroup, if one waits.</summary>
    public void AnswerJoin(GroupMember member, JoinGroupResponse response)
    {
        if (member.Joining is not { } joining) return;
        SetJoining(member, null);
        joining.Send(response);
    }

    /// <summary>Answers a member's SyncGroup, if one waits.</summary>
    /// <returns>Whether one did.</returns>
    public static bool AnswerSync(GroupMember member, SyncGroupResponse response)
    {
        if (member.Syncing is not { } syncing) return false;
        member.Syncing = null;
        syncing.Send(response);
        return true;
    }

    /// <summary>Makes another member the leader when the present one has not joined again.</summary>
    /// <returns>Whether the group has a leader that has joined.</returns>
    public bool ElectJoinedLeader()
    {
        if (LeaderId is null) return false;
        if (Find(LeaderId) is { Joining: not null }) return true;
        if (_members.Values.FirstOrDefault(m => m.Joining is not null) is not { } other) return false;
        LeaderId = other.Id;
        return true;
    }

    /// <summary>Goes on from a later generation, which members were told of, but which is not in the log.</summary>
    public void SkipTo(int generation) => Generation = generation;

    /// <summary>Begins the next generation with the members that are there; without any the group is empty.</summary>
    public void NextGeneration(long nowMs)
    {
        Generation++;
        Protocol = _members.Count > 0 ? SelectProtocol() : null;
        RefreshTopics();
        Become(_members.Count > 0 ? GroupState.CompletingRebalance : GroupState.Empty, nowMs);
        _pendingSync.Clear();
    }

    /// <summary>
    /// The way of assignment that most members like best of those that all of them know. Of several with as many votes, the one that the
    /// oldest member likes best.
    /// </summary>
    public string SelectProtocol()
    {
        GroupMember first = _members.GetAt(0).Value;
        List<string> candidates = [.. first.Protocols.Select(p => p.Name).Where(name => _members.Values.All(m => Knows(m, name)))];
        Invariant.Check(candidates.Count > 0, $"the members of group {Id} have no way of assignment in common");
        var votes = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (GroupMember member in _members.Values)
        {
            string vote = member.Protocols.First(p => candidates.Contains(p.Name)).Name;
            votes[vote] = votes.GetValueOrDefault(vote) + 1;
        }
        return candidates.MaxBy(name => votes.GetValueOrDefault(name))!;
    }

    /// <summary>Waits for a member to ask for its assignment.</summary>
    public void AwaitSync(GroupMember member) => _pendingSync.Add(member.Id);

    /// <summary>A member has asked for its assignment.</summary>
    public void HasSynced(string memberId) => _pendingSync.Remove(memberId);

    /// <summary>Waits no more for members to ask.</summary>
    public void ForgetSyncs() => _pendingSync.Clear();

    /// <summary>Whether members read a topic; of consumers whose topics are not known it must be assumed.</summary>
    public bool IsSubscribedTo(string topic) => SubscribedTopics?.Contains(topic) ?? IsOfConsumers;

    private static bool Knows(GroupMember member, string protocol)
    {
        foreach (MemberProtocol known in member.Protocols)
        {
            if (known.Name == protocol) return true;
        }
        return false;
    }

    private void RefreshTopics()
    {
        SubscribedTopics = null;
        if (!IsOfConsumers || (_members.Count > 0 && Protocol is null)) return;
        var topics = new HashSet<string>(StringComparer.Ordinal);
        foreach (GroupMember member in _members.Values)
        {
            if (!ConsumerSubscription.TryAddTopics(member.MetadataOf(Protocol), topics)) return;
        }
        SubscribedTopics = topics;
    }
}
