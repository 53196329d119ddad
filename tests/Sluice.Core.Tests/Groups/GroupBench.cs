using Sluice.Core.Groups;
using Sluice.Core.Groups.Records;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;

namespace Sluice.Core.Tests.Groups;

/// <summary>Groups with a clock and a log that a test moves: no shard, no disk.</summary>
internal sealed class GroupBench : IGroupHost
{
    public const string GroupId = "group";

    private readonly TimerQueue _timers = new();
    private readonly List<Action<ErrorCode>> _waiting = [];
    private int _ids;

    public GroupBench(GroupSettings? settings = null)
    {
        Settings = settings ?? new GroupSettings();
        Table = new GroupTable(this);
    }

    public GroupSettings Settings { get; }

    public GroupTable Table { get; }

    public long NowMs { get; private set; } = 1_000_000;

    /// <summary>All records that were written.</summary>
    public List<GroupRecord> Log { get; } = [];

    /// <summary>Whether records stay on their way until <see cref="Acknowledge"/>.</summary>
    public bool IsSlow { get; set; }

    /// <summary>What writing is refused with.</summary>
    public ErrorCode Refusal { get; set; }

    public ClassicGroup Group => Table.Find(GroupId)!;

    public string NewUniqueId() => $"id{_ids++}";

    public void Schedule(GroupTimer timer, long delayMs) => _timers.Schedule(timer, NowMs + delayMs);

    public void Cancel(GroupTimer timer) => _timers.Cancel(timer);

    public ErrorCode Write(IReadOnlyList<GroupRecord> records)
    {
        if (Refusal != ErrorCode.None) return Refusal;
        Log.AddRange(records);
        return ErrorCode.None;
    }

    public void WhenDurableInTime(Action<ErrorCode> done) => WhenDurable(done);

    public void WhenDurable(Action<ErrorCode> done)
    {
        if (IsSlow) _waiting.Add(done);
        else done(ErrorCode.None);
    }

    void IGroupHost.Log(LogSeverity severity, string message)
    {
    }

    /// <summary>What was written becomes safe.</summary>
    public void Acknowledge()
    {
        Action<ErrorCode>[] waiting = [.. _waiting];
        _waiting.Clear();
        foreach (Action<ErrorCode> done in waiting) done(ErrorCode.None);
    }

    /// <summary>Lets time pass, timer by timer.</summary>
    public void Pass(long milliseconds)
    {
        long end = NowMs + milliseconds;
        while (_timers.NextDeadlineMs <= end)
        {
            NowMs = Math.Max(NowMs, _timers.NextDeadlineMs);
            _timers.FireDue(null!, NowMs);
        }
        NowMs = end;
    }

    public static MemberProtocol[] Protocols(params string[] names) => [.. names.Select(name => new MemberProtocol(name, [1, 2, 3]))];

    /// <summary>A subscription as consumers write it.</summary>
    public static MemberProtocol[] Subscription(params string[] topics) =>
        [new MemberProtocol("range", [0, 0, .. new ConsumerProtocolSubscription { Topics = [.. topics] }.ToBytes(0)])];

    public Answer<JoinGroupResponse> Join(
        string memberId = "", string? instanceId = null, short version = 9, IReadOnlyList<MemberProtocol>? protocols = null, string type = "consumer", int sessionMs = 10_000, int rebalanceMs = 60_000, string group = GroupId)
    {
        var answer = new Answer<JoinGroupResponse>();
        Table.Membership.Join(new JoinCall
        {
            Version = version,
            GroupId = group,
            MemberId = memberId,
            InstanceId = instanceId,
            ClientId = "client",
            ClientHost = "/127.0.0.1",
            ProtocolType = type,
            Protocols = protocols ?? Protocols("range"),
            SessionTimeoutMs = sessionMs,
            RebalanceTimeoutMs = rebalanceMs,
            Answer = answer,
        });
        return answer;
    }

    /// <summary>Joins with an id: asks for one first, as clients do.</summary>
    public (string Id, Answer<JoinGroupResponse> Answer) JoinFully(IReadOnlyList<MemberProtocol>? protocols = null, int sessionMs = 10_000, int rebalanceMs = 60_000)
    {
        JoinGroupResponse given = Join(protocols: protocols, sessionMs: sessionMs, rebalanceMs: rebalanceMs).Value;
        Assert.Equal(ErrorCode.MemberIdRequired, given.ErrorCode);
        return (given.MemberId, Join(given.MemberId, protocols: protocols, sessionMs: sessionMs, rebalanceMs: rebalanceMs));
    }

    /// <summary>A stable group of dynamic members; the first one leads.</summary>
    public string[] Stable(int members, IReadOnlyList<MemberProtocol>? protocols = null)
    {
        var joins = Enumerable.Range(0, members).Select(_ => JoinFully(protocols)).ToArray();
        Pass(Settings.InitialRebalanceDelayMs * (long)(members + 1));
        int generation = joins[0].Answer.Value.GenerationId;
        SyncAll([.. joins.Select(j => j.Id)], generation);
        Assert.Equal(GroupState.Stable, Group.State);
        return [.. joins.Select(j => j.Id)];
    }

    /// <summary>Every member asks for its assignment; that of the n-th is the byte n.</summary>
    public void SyncAll(string[] members, int generation)
    {
        string leader = Group.LeaderId!;
        foreach (string member in members.OrderBy(m => m == leader)) Sync(member, generation, member == leader ? members : []);
    }

    public Answer<SyncGroupResponse> Sync(string memberId, int generation, string[]? assigned = null, string? instanceId = null, string? protocolType = null, string? protocol = null)
    {
        var answer = new Answer<SyncGroupResponse>();
        Table.Membership.Sync(
            new SyncGroupRequest
            {
                GroupId = GroupId, MemberId = memberId, GenerationId = generation, GroupInstanceId = instanceId, ProtocolType = protocolType, ProtocolName = protocol,
                Assignments = [.. (assigned ?? []).Select((m, i) => new SyncGroupRequest.SyncGroupRequestAssignment { MemberId = m, Assignment = new[] { (byte)i } })],
            },
            answer);
        return answer;
    }

    public ErrorCode Heartbeat(string memberId, int generation, string? instanceId = null) =>
        Table.Membership.Heartbeat(new HeartbeatRequest { GroupId = GroupId, MemberId = memberId, GenerationId = generation, GroupInstanceId = instanceId });

    public LeaveGroupResponse Leave(params (string Id, string? Instance)[] members) => Table.Membership.Leave(new LeaveGroupRequest
    {
        GroupId = GroupId, Members = [.. members.Select(m => new LeaveGroupRequest.MemberIdentity { MemberId = m.Id, GroupInstanceId = m.Instance })],
    });

    public Answer<OffsetCommitResponse> Commit(
        long offset, string memberId = "", int generation = -1, string topic = "topic", int partition = 0, short version = 9, string? metadata = null, long retentionMs = -1, string? instanceId = null)
    {
        var answer = new Answer<OffsetCommitResponse>();
        Table.Commits.Commit(
            new OffsetCommitRequest
            {
                GroupId = GroupId, MemberId = memberId, GenerationIdOrMemberEpoch = generation, GroupInstanceId = instanceId, RetentionTimeMs = retentionMs,
                Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = partition, CommittedOffset = offset, CommittedMetadata = metadata }] }],
            },
            version,
            answer);
        return answer;
    }

    public static ErrorCode ErrorOf(OffsetCommitResponse response) => response.Topics[0].Partitions[0].ErrorCode;

    /// <summary>The committed offset; -1 for none.</summary>
    public long Committed(string topic = "topic", int partition = 0) => Table.Commits.Fetch(new OffsetFetchRequest.OffsetFetchRequestGroup
    {
        GroupId = GroupId, Topics = [new() { Name = topic, PartitionIndexes = [partition] }],
    }).Topics[0].Partitions[0].CommittedOffset;

    /// <summary>Groups as they are after the broker was started again.</summary>
    public GroupBench Restarted(int toldGeneration = 0)
    {
        var restarted = new GroupBench(Settings) { NowMs = NowMs };
        foreach (GroupRecord record in Log)
        {
            short number = record.Key.MessageKey;
            IKeyedMessage? value = record.Value is null ? null : CoordinatorRecordTable.Groups.ReadValue(number, CoordinatorRecordTable.WriteValue(record.Value, record.ValueVersion), out _);
            restarted.Table.Replay(CoordinatorRecordTable.Groups.ReadKey(CoordinatorRecordTable.WriteKey(record.Key))!, value);
        }
        restarted.Table.Loaded(new Dictionary<string, int> { [GroupId] = toldGeneration });
        return restarted;
    }
}

/// <summary>An answer that a test looks at.</summary>
internal sealed class Answer<T> : IAnswer<T>
    where T : class
{
    private T? _value;

    public bool IsSent => _value is not null;

    public T Value => _value ?? throw new InvalidOperationException("no answer was sent");

    public void Send(T answer)
    {
        Assert.Null(_value);
        _value = answer;
    }
}
