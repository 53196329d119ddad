using Simulation.Models;
using Simulation.Runs;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Simulation.Clients;

/// <summary>
/// A member of a group: joins, leads when it is told to, commits, pauses until it is out, leaves, and loses its connection at any time.
/// </summary>
internal sealed class GroupMember(World world, string name, GroupModel group, string? instanceId) : SimClient(world, name)
{
    /// <summary>For how long the coordinator waits for a word of the member.</summary>
    public const int SessionMs = 2_000;

    /// <summary>For how long a rebalance waits for the member.</summary>
    public const int RebalanceMs = 3_000;

    private string _memberId = "";
    private int _generation = -1;
    private int _lossesAtSync;
    private Step _step = Step.Find;
    private List<string> _assign = [];
    private List<int> _partitions = [];
    private long _pausedUntilMs;
    private bool _isHeardOf;
    private long _heardOfAtMs = long.MinValue / 2;

    private enum Step
    {
        Find,
        MakeTopic,
        Join,
        Sync,
        Look,
        Work,
    }

    /// <summary>Whether the member works in a generation, and the coordinator has just said that this is right.</summary>
    public bool IsSettled => _step == Step.Work && Outstanding == 0 && _isHeardOf;

    /// <summary>Whether the member works in a generation, as far as it knows.</summary>
    public bool IsWorking => _step is Step.Work or Step.Look;

    /// <summary>The group.</summary>
    public GroupModel Group => group;

    /// <summary>The generation that the member is of.</summary>
    public int Generation => _generation;

    /// <summary>Its partitions.</summary>
    public IReadOnlyList<int> Owned => _partitions;

    /// <summary>Whatever the coordinator has said is long ago.</summary>
    public void WasIdle() => _isHeardOf = false;

    /// <inheritdoc/>
    public override void Act() => Act(isCalm: false);

    /// <summary>The member's turn.</summary>
    /// <param name="isCalm">Whether it only does what makes the group settle.</param>
    public void Act(bool isCalm)
    {
        if (Outstanding > 0) return;
        if (!isCalm && World.Clock.ElapsedMs < _pausedUntilMs) return;
        if (!isCalm && World.Random.Next(150) == 0)
        {
            _pausedUntilMs = World.Clock.ElapsedMs + World.Random.Next(2 * SessionMs);
            World.Trace.Note($"{Name} pauses until {_pausedUntilMs}");
            return;
        }
        switch (_step)
        {
            case Step.Find: Find(); break;
            case Step.MakeTopic: MakeTopic(); break;
            case Step.Join: Join(); break;
            case Step.Sync: Sync(); break;
            case Step.Look: Look(); break;
            default: Work(isCalm); break;
        }
    }

    /// <inheritdoc/>
    public override bool Uses(string topic) => false;

    /// <inheritdoc/>
    protected override void Disconnected()
    {
        _isHeardOf = false;
        if (_step is Step.Sync or Step.Look or Step.Work && World.Random.Next(2) == 0) return;
        // A static member that restarts knows its name alone.
        if (instanceId is not null && World.Random.Next(2) == 0) _memberId = "";
        _step = Step.Find;
    }

    private void Find() => Send<FindCoordinatorResponse>(new FindCoordinatorRequest { CoordinatorKeys = [group.Id] }, Version(4, 6), response =>
    {
        ErrorCode error = response.Coordinators[0].ErrorCode;
        World.Trace.Note($"{Name} finds {error}");
        if (error == ErrorCode.None) _step = Step.MakeTopic;
        else if (error != ErrorCode.CoordinatorNotAvailable) throw new Violation($"FindCoordinator was answered {error}");
    });

    private void MakeTopic() => Send<CreateTopicsResponse>(
        new CreateTopicsRequest { TimeoutMs = 10_000, Topics = [new() { Name = GroupModel.Topic, NumPartitions = GroupModel.Partitions, ReplicationFactor = 1, Configs = [new() { Name = "flush.messages", Value = "1" }] }] }, 7, response =>
        {
            if (response.Topics[0].ErrorCode is ErrorCode.None or ErrorCode.TopicAlreadyExists) _step = Step.Join;
            else if (response.Topics[0].ErrorCode != ErrorCode.KafkaStorageError) throw new Violation($"{GroupModel.Topic} cannot be made: {response.Topics[0].ErrorCode}");
        });

    private void Join()
    {
        short version = Version((short)(instanceId is null ? 0 : 5), 9);
        string former = _memberId;
        var request = new JoinGroupRequest
        {
            GroupId = group.Id, MemberId = _memberId, GroupInstanceId = instanceId, SessionTimeoutMs = SessionMs, RebalanceTimeoutMs = RebalanceMs, ProtocolType = "consumer",
            Protocols = [new() { Name = "range", Metadata = Subscription }],
        };
        Send<JoinGroupResponse>(request, version, response =>
        {
            World.Trace.Note($"{Name} joins as {response.MemberId}: {response.ErrorCode} generation {response.GenerationId}");
            switch (response.ErrorCode)
            {
                case ErrorCode.None:
                    Joined(former, response);
                    break;
                case ErrorCode.MemberIdRequired:
                    _memberId = response.MemberId;
                    break;
                default:
                    Retry(response.ErrorCode);
                    break;
            }
        });
    }

    private void Joined(string former, JoinGroupResponse response)
    {
        if (former.Length > 0 && former != response.MemberId) throw new Violation($"{former} joined and is {response.MemberId}");
        _memberId = response.MemberId;
        _generation = response.GenerationId;
        if (response.Leader != _memberId && response.Members.Count > 0) throw new Violation($"{_memberId} does not lead and was told the members");
        group.Led(_generation, response.Leader);
        _assign = response.SkipAssignment ? [] : [.. response.Members.Select(m => m.MemberId).Order(StringComparer.Ordinal)];
        _step = Step.Sync;
    }

    private void Sync()
    {
        var request = new SyncGroupRequest { GroupId = group.Id, MemberId = _memberId, GroupInstanceId = instanceId, GenerationId = _generation, ProtocolType = "consumer", ProtocolName = "range" };
        for (int i = 0; i < _assign.Count; i++)
        {
            int at = i;
            request.Assignments.Add(new() { MemberId = _assign[i], Assignment = Enumerable.Range(0, GroupModel.Partitions).Where(p => p % _assign.Count == at).Select(p => (byte)p).ToArray() });
        }
        Send<SyncGroupResponse>(request, 5, response =>
        {
            World.Trace.Note($"{Name} syncs: {response.ErrorCode} {Convert.ToHexString(response.Assignment.Span)}");
            if (response.ErrorCode != ErrorCode.None)
            {
                Retry(response.ErrorCode);
                return;
            }
            _lossesAtSync = group.Losses;
            _partitions = [.. response.Assignment.ToArray().Select(p => (int)p)];
            // A static member is known by its name: its id changes when it restarts.
            foreach (int partition in _partitions) group.Owned(_generation, partition, instanceId ?? _memberId);
            _step = _partitions.Count > 0 ? Step.Look : Step.Work;
        });
    }

    private void Look()
    {
        var request = new OffsetFetchRequest
        {
            Groups = [new() { GroupId = group.Id, Topics = [new() { Name = GroupModel.Topic, PartitionIndexes = [.. _partitions] }] }], RequireStable = World.Random.Next(2) == 0,
        };
        long askedAt = World.Trace.Count;
        // A member may still be of a generation that is lost, until it is told so.
        int generation = _lossesAtSync == group.Losses ? _generation : -1;
        Send<OffsetFetchResponse>(request, Version(8, 9), response =>
        {
            OffsetFetchResponse.OffsetFetchResponseGroup answer = response.Groups[0];
            World.Trace.Note($"{Name} of generation {generation} is told {answer.ErrorCode} {string.Join(' ', answer.Topics.SelectMany(t => t.Partitions).Select(p => $"{p.PartitionIndex}:{p.CommittedOffset}"))}");
            if (answer.ErrorCode != ErrorCode.None)
            {
                Retry(answer.ErrorCode);
                return;
            }
            foreach (OffsetFetchResponse.OffsetFetchResponsePartitions partition in answer.Topics[0].Partitions)
                group.Offsets[partition.PartitionIndex].Told(partition.CommittedOffset, generation, askedAt, World.Trace.Count);
            _step = Step.Work;
        });
    }

    private void Work(bool isCalm)
    {
        int choice = World.Random.Next(isCalm ? 2 : 30);
        if (choice == 29) Leave();
        else if (choice == 28 && _partitions.Count > 0) _step = Step.Look;
        else if (choice < 15 && _partitions.Count > 0 && !isCalm) Commit();
        else Heartbeat();
    }

    private void Commit()
    {
        int partition = _partitions[World.Random.Next(_partitions.Count)];
        OffsetModel offsets = group.Offsets[partition];
        OffsetModel.Commit commit = offsets.Sent(_generation, World.Trace.Count);
        var request = new OffsetCommitRequest
        {
            GroupId = group.Id, MemberId = _memberId, GroupInstanceId = instanceId, GenerationIdOrMemberEpoch = _generation,
            Topics = [new() { Name = GroupModel.Topic, Partitions = [new() { PartitionIndex = partition, CommittedOffset = commit.Offset, CommittedMetadata = Name }] }],
        };
        World.Trace.Note($"{Name} of generation {_generation} commits {partition}:{commit.Offset}");
        Send<OffsetCommitResponse>(request, Version(7, 9), response =>
        {
            ErrorCode error = response.Topics[0].Partitions[0].ErrorCode;
            World.Trace.Note($"{Name} commits {partition}:{commit.Offset}: {error}");
            if (error == ErrorCode.None)
            {
                offsets.Acknowledged(commit, World.Trace.Count);
                return;
            }
            // When the log failed nobody knows whether the commit is in it.
            if (error is not (ErrorCode.NotCoordinator or ErrorCode.CoordinatorNotAvailable)) offsets.Refused(commit);
            Retry(error);
        });
    }

    private void Heartbeat()
    {
        long sentAtMs = World.Clock.ElapsedMs;
        Send<HeartbeatResponse>(new HeartbeatRequest { GroupId = group.Id, MemberId = _memberId, GroupInstanceId = instanceId, GenerationId = _generation }, Version(3, 4), response =>
        {
            _isHeardOf = response.ErrorCode == ErrorCode.None;
            if (_isHeardOf) _heardOfAtMs = sentAtMs;
            else Retry(response.ErrorCode);
        });
    }

    private void Leave()
    {
        // Also when the answer is lost.
        _heardOfAtMs = long.MinValue / 2;
        Send<LeaveGroupResponse>(
            new LeaveGroupRequest { GroupId = group.Id, Members = [new() { MemberId = instanceId is null ? _memberId : "", GroupInstanceId = instanceId }] }, Version(3, 5), response =>
            {
                World.Trace.Note($"{Name} leaves {response.ErrorCode}");
                (_memberId, _generation, _step) = ("", -1, Step.Join);
            });
    }

    private void Retry(ErrorCode error)
    {
        _isHeardOf = false;
        World.Trace.Note($"{Name} is told {error}");
        CheckSession(error);
        switch (error)
        {
            case ErrorCode.UnknownMemberId or ErrorCode.FencedInstanceId or ErrorCode.GroupIdNotFound:
                (_memberId, _generation, _step) = ("", -1, Step.Join);
                break;
            case ErrorCode.RebalanceInProgress or ErrorCode.IllegalGeneration:
                _step = Step.Join;
                break;
            case ErrorCode.NotCoordinator or ErrorCode.CoordinatorNotAvailable:
                _step = Step.Find;
                break;
            case ErrorCode.CoordinatorLoadInProgress:
                break;
            default:
                throw new Violation($"{Name} was answered {error}");
        }
    }

    /// <summary>A member is out when nothing was heard of it for a session, and not before. What a failing disk takes of a group is another matter.</summary>
    private void CheckSession(ErrorCode error)
    {
        long sinceMs = World.Clock.ElapsedMs - _heardOfAtMs;
        if (error != ErrorCode.UnknownMemberId || sinceMs >= SessionMs || World.RestartedAtMs > _heardOfAtMs || World.DiskHasStruck) return;
        throw new Violation($"{Name} is out of {group.Id}, and sent a heartbeat {sinceMs} ms ago that was answered");
    }

    private static byte[] Subscription { get; } = [0, 0, .. new ConsumerProtocolSubscription { Topics = [GroupModel.Topic] }.ToBytes(0)];
}
