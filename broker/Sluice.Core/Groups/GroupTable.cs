using Sluice.Core.Groups.Records;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Groups;

/// <summary>
/// The groups of one partition of <c>__consumer_offsets</c>, and what comes of their records. Pure: time, chance and the log are the
/// host's.
/// </summary>
internal sealed class GroupTable
{
    private readonly SortedDictionary<string, ClassicGroup> _groups = new(StringComparer.Ordinal);
    private readonly IGroupHost _host;

    /// <param name="host">The world around the groups.</param>
    public GroupTable(IGroupHost host)
    {
        _host = host;
        Rebalance = new GroupRebalance(host, this);
        Membership = new GroupMembership(host, this, Rebalance);
        Commits = new GroupCommits(host, this, Rebalance);
        Expiry = new GroupExpiry(host, this);
    }

    /// <summary>The groups, by id.</summary>
    public IReadOnlyCollection<ClassicGroup> All => _groups.Values;

    /// <summary>Generations.</summary>
    public GroupRebalance Rebalance { get; }

    /// <summary>What members ask.</summary>
    public GroupMembership Membership { get; }

    /// <summary>Committed offsets.</summary>
    public GroupCommits Commits { get; }

    /// <summary>Expiry of offsets and groups.</summary>
    public GroupExpiry Expiry { get; }

    /// <summary>The group of an id; null when there is none.</summary>
    public ClassicGroup? Find(string id) => _groups.GetValueOrDefault(id);

    /// <summary>Adds a new group that its first member makes.</summary>
    /// <returns>None; or why there is no such group.</returns>
    public ErrorCode Create(ClassicGroup group)
    {
        ErrorCode error = Write([GroupRecord.Group(group, new Dictionary<string, byte[]>())]);
        if (error == ErrorCode.None) _groups.Add(group.Id, group);
        return error;
    }

    /// <summary>Writes records of groups.</summary>
    /// <returns>None; or what members are told when the records cannot be taken.</returns>
    public ErrorCode Write(IReadOnlyList<GroupRecord> records) => _host.Write(records) switch
    {
        ErrorCode.MessageTooLarge => ErrorCode.UnknownServerError,
        var error => error,
    };

    /// <summary>Writes a record that nobody waits for: the log may do without it.</summary>
    public void WriteQuietly(GroupRecord record)
    {
        ErrorCode error = _host.Write([record]);
        if (error != ErrorCode.None) _host.Log(LogSeverity.Warning, $"a record of groups could not be written: {error.ProtocolName()}");
    }

    /// <summary>Makes a record part of the state, while the log is read and when it is written.</summary>
    public void Replay(IKeyedMessage key, IKeyedMessage? value)
    {
        switch (key)
        {
            case OffsetCommitKey offset when value is OffsetCommitValue committed:
                if (Find(offset.Group) is not { } group) _groups.Add(offset.Group, group = new ClassicGroup(offset.Group, _host.NowMs));
                group.Offsets.Set(offset.Topic, offset.Partition, CommittedOffset.From(committed));
                break;
            case OffsetCommitKey offset:
                Find(offset.Group)?.Offsets.Remove(offset.Topic, offset.Partition);
                break;
            case GroupMetadataKey metadata when value is GroupMetadataValue members:
                ClassicGroup loaded = ClassicGroup.Load(metadata.Group, members);
                if (Find(metadata.Group) is { } before) loaded.Offsets.TakeOver(before.Offsets);
                _groups[metadata.Group] = loaded;
                break;
            case GroupMetadataKey metadata:
                _groups.Remove(metadata.Group);
                break;
        }
    }

    /// <summary>The log has been read: the members' sessions begin anew, for none could be heard of meanwhile.</summary>
    /// <param name="generations">Generations that members were told of before the groups were forgotten; none of them comes again.</param>
    public void Loaded(IReadOnlyDictionary<string, int> generations)
    {
        foreach (ClassicGroup group in _groups.Values)
        {
            foreach (GroupMember member in group.Members) Rebalance.RestartSession(group, member);
            if (generations.TryGetValue(group.Id, out int told) && told > group.Generation)
            {
                // The assignment in the log is of a generation that is over.
                group.SkipTo(told);
                if (group.State == GroupState.Stable) Rebalance.Prepare(group, $"generation {told} could not be written");
            }
            else if (group.Members.Count > _host.Settings.MembersMax) Rebalance.Prepare(group, $"it has {group.Members.Count} members, group.max.size is {_host.Settings.MembersMax}");
        }
    }

    /// <summary>Forgets all groups; whoever waits is told to look for the coordinator again.</summary>
    public void Unload(ErrorCode error)
    {
        foreach (ClassicGroup group in _groups.Values)
        {
            Rebalance.CancelTimers(group);
            group.Become(GroupState.Dead, _host.NowMs);
            foreach (GroupMember member in group.Members)
            {
                group.AnswerJoin(member, new JoinGroupResponse { ErrorCode = error, MemberId = member.Id, ProtocolName = null });
                ClassicGroup.AnswerSync(member, new SyncGroupResponse { ErrorCode = error });
            }
        }
        _groups.Clear();
    }

    /// <summary>Lists the groups that are in one of the states and of one of the types; no filter means all.</summary>
    public List<ListGroupsResponse.ListedGroup> List(ListGroupsRequest request)
    {
        var listed = new List<ListGroupsResponse.ListedGroup>();
        if (request.TypesFilter.Count > 0 && !request.TypesFilter.Exists(t => t.Equals(GroupTypes.Classic, StringComparison.OrdinalIgnoreCase))) return listed;
        foreach (ClassicGroup group in _groups.Values)
        {
            string state = group.State.ToString();
            if (request.StatesFilter.Count > 0 && !request.StatesFilter.Exists(s => s.Trim().Equals(state, StringComparison.OrdinalIgnoreCase))) continue;
            listed.Add(new ListGroupsResponse.ListedGroup { GroupId = group.Id, ProtocolType = group.ProtocolType ?? "", GroupState = state, GroupType = GroupTypes.Classic });
        }
        return listed;
    }

    /// <summary>Describes a group; one that is not there is described as dead.</summary>
    public DescribeGroupsResponse.DescribedGroup Describe(string id, short version)
    {
        if (Find(id) is not { } group) return NotFound(id, version);
        bool isStable = group.State == GroupState.Stable;
        return new DescribeGroupsResponse.DescribedGroup
        {
            GroupId = id,
            GroupState = group.State.ToString(),
            ProtocolType = group.ProtocolType ?? "",
            ProtocolData = isStable ? group.Protocol ?? "" : "",
            Members =
            [
                .. group.Members.Select(m => new DescribeGroupsResponse.DescribedGroupMember
                {
                    MemberId = m.Id,
                    GroupInstanceId = m.InstanceId,
                    ClientId = m.ClientId,
                    ClientHost = m.ClientHost,
                    MemberMetadata = isStable ? m.MetadataOf(group.Protocol) : [],
                    MemberAssignment = m.Assignment,
                }),
            ],
        };
    }

    /// <summary>Deletes a group that has no members, with its offsets.</summary>
    public ErrorCode Delete(string id)
    {
        if (Find(id) is not { } group) return ErrorCode.GroupIdNotFound;
        return group.State == GroupState.Empty ? Remove(Removal(group), group) : ErrorCode.NonEmptyGroup;
    }

    /// <summary>Takes out the offsets of a topic that was deleted: a later topic of the same name begins anew.</summary>
    public void TopicIsDeleted(string topic, Uuid topicId)
    {
        foreach (ClassicGroup group in _groups.Values)
        {
            if (group.Offsets.Of(topic) is not { } partitions) continue;
            List<GroupRecord> records =
            [
                .. partitions.Where(p => p.Value.TopicId == Uuid.Zero || p.Value.TopicId == topicId).Select(p => GroupRecord.NoOffset(group.Id, topic, p.Key)),
            ];
            if (records.Count > 0) Remove(records, null);
        }
    }

    /// <summary>Writes records, and makes them part of the state.</summary>
    public ErrorCode WriteAndReplay(IReadOnlyList<GroupRecord> records)
    {
        ErrorCode error = _host.Write(records);
        if (error != ErrorCode.None) return error;
        foreach (GroupRecord record in records) Replay(record.Key, record.Value);
        return ErrorCode.None;
    }

    /// <summary>Writes records that take offsets out, and the group as well where it is over.</summary>
    /// <param name="records">Tombstones.</param>
    /// <param name="removed">The group that ends with them; null when it stays.</param>
    public ErrorCode Remove(IReadOnlyList<GroupRecord> records, ClassicGroup? removed)
    {
        // A group with very many offsets does not fit into one batch: the group itself goes last, so that a rest can be deleted again.
        foreach (GroupRecord[] part in records.Chunk(GroupTypes.TombstonesOfBatchMax))
        {
            ErrorCode error = WriteAndReplay(part);
            if (error != ErrorCode.None) return error;
        }
        if (removed is null) return ErrorCode.None;
        Rebalance.CancelTimers(removed);
        removed.Become(GroupState.Dead, _host.NowMs);
        return ErrorCode.None;
    }

    private static DescribeGroupsResponse.DescribedGroup NotFound(string id, short version)
    {
        var dead = new DescribeGroupsResponse.DescribedGroup { GroupId = id, GroupState = nameof(GroupState.Dead) };
        if (version < GroupTypes.NotFoundIsAnErrorVersion) return dead;
        dead.ErrorCode = ErrorCode.GroupIdNotFound;
        dead.ErrorMessage = $"Group {id} not found.";
        return dead;
    }

    private static List<GroupRecord> Removal(ClassicGroup group) =>
        [.. group.Offsets.All().Select(o => GroupRecord.NoOffset(group.Id, o.Topic, o.Partition)), GroupRecord.NoGroup(group.Id)];
}
