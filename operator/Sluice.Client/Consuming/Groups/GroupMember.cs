using Sluice.Client.Cluster;
using Sluice.Client.Consuming.Assignment;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Client.Consuming.Groups;

/// <summary>This member's place in its group, by the classic protocol: joining, sharing out when it leads, leaving.</summary>
internal sealed class GroupMember(ConsumerOptions options, ClusterClient cluster, CoordinatorLink coordinator, Pulse changed)
{
    private static readonly TimeSpan JoinGrace = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly string _group = options.GroupId!;
    private Committer _self = new("", -1, options.GroupInstanceId);
    private Dictionary<string, int>? _countsShared;
    private (IReadOnlyCollection<TopicPartition> Partitions, int Generation) _lastShare = ([], -1);
    private bool _needsJoin = true;
    private bool _lost;
    private bool _joining;

    /// <summary>Whether all assignors let members keep what does not move.</summary>
    public bool IsCooperative { get; } = options.Assignors.All(a => a.IsCooperative);

    /// <summary>Who this member is to the coordinator; generation -1 while it is none.</summary>
    public Committer Self
    {
        get
        {
            lock (_lock) return _self;
        }
    }

    /// <summary>Whether a rebalance is due.</summary>
    public bool NeedsJoin
    {
        get
        {
            lock (_lock) return _needsJoin;
        }
    }

    /// <summary>Whether heartbeats are to be sent.</summary>
    public bool IsActive
    {
        get
        {
            lock (_lock) return _self.Generation >= 0 && !_joining;
        }
    }

    /// <summary>Asks for a rebalance at the next poll.</summary>
    public void Rejoin()
    {
        lock (_lock) _needsJoin = true;
        changed.Set();
    }

    /// <summary>The member is none any more; what it owned is lost.</summary>
    /// <param name="generation">The generation that it was told in; a later one is not touched.</param>
    /// <param name="keepsId">Whether the coordinator still knows the id.</param>
    public void Lose(int generation, bool keepsId)
    {
        lock (_lock)
        {
            if (_self.Generation != generation || generation < 0) return;
            _self = _self with { Generation = -1, MemberId = keepsId ? _self.MemberId : "" };
            _lost = true;
            _needsJoin = true;
        }

        changed.Set();
    }

    /// <summary>Whether something was lost since the last call.</summary>
    public bool TakeLost()
    {
        lock (_lock)
        {
            bool lost = _lost;
            _lost = false;
            return lost;
        }
    }

    /// <summary>Whether topics that this member shared out have other partitions now.</summary>
    public bool SharesAreStale(ClusterView view)
    {
        lock (_lock) return _countsShared is { } counts && counts.Any(c => view.Topic(c.Key) is { Error: ErrorCode.None } topic && topic.Partitions.Length != c.Value);
    }

    /// <summary>Joins and waits for the others; ends when this member knows its partitions.</summary>
    /// <param name="topics">What it subscribes to.</param>
    /// <param name="owned">What it reads now.</param>
    /// <param name="cancellation">The consumer is closed.</param>
    /// <exception cref="KafkaException">The group does not take this member.</exception>
    public async Task<JoinResult> JoinAsync(IReadOnlyCollection<string> topics, IReadOnlyCollection<TopicPartition> owned, CancellationToken cancellation)
    {
        lock (_lock) (_needsJoin, _joining) = (false, true);
        bool lost = false;
        try
        {
            for (int failures = 1; ; failures++)
            {
                try
                {
                    if (await Attempt(topics, lost ? [] : owned, cancellation).ConfigureAwait(false) is { } partitions) return new JoinResult(partitions, lost);
                }
                catch (KafkaException e) when (MayRetry(e.Code, ref lost))
                {
                    if (e.Code is ErrorCode.MemberIdRequired or ErrorCode.UnknownMemberId or ErrorCode.IllegalGeneration or ErrorCode.RebalanceInProgress) continue;
                }
                catch (BrokerUnreachableException)
                {
                    // The coordinator is looked for again.
                }

                await coordinator.Pause(failures, cancellation).ConfigureAwait(false);
            }
        }
        catch
        {
            lock (_lock) _needsJoin = true;
            throw;
        }
        finally
        {
            lock (_lock) _joining = false;
            changed.Set();
        }
    }

    /// <summary>Tells the coordinator that this member goes; a static one stays known till its session ends.</summary>
    public async Task LeaveAsync(string reason, TimeSpan timeout, CancellationToken cancellation)
    {
        Committer self;
        lock (_lock)
        {
            self = _self;
            _self = _self with { Generation = -1, MemberId = "" };
            _needsJoin = true;
            _countsShared = null;
        }

        if (self.MemberId.Length == 0 || self.InstanceId is not null) return;
        var request = new LeaveGroupRequest
        {
            GroupId = _group, MemberId = self.MemberId, Members = [new LeaveGroupRequest.MemberIdentity { MemberId = self.MemberId, Reason = reason }],
        };
        try
        {
            short version = await coordinator.VersionAsync(ApiKey.LeaveGroup, cancellation).ConfigureAwait(false);
            if (version < 3) request.Members = [];
            else request.MemberId = "";
            await coordinator.SendAsync(request, ConnectionUse.Coordinator, timeout, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is BrokerUnreachableException or KafkaException)
        {
            // The session time-out ends the membership instead.
        }
    }

    private async Task<IReadOnlyList<TopicPartition>?> Attempt(IReadOnlyCollection<string> topics, IReadOnlyCollection<TopicPartition> owned, CancellationToken cancellation)
    {
        Committer self = Self;
        TimeSpan timeout = options.MaxPollInterval + JoinGrace;
        var request = new JoinGroupRequest
        {
            GroupId = _group,
            SessionTimeoutMs = (int)options.SessionTimeout.TotalMilliseconds,
            RebalanceTimeoutMs = (int)options.MaxPollInterval.TotalMilliseconds,
            MemberId = self.MemberId,
            GroupInstanceId = self.InstanceId,
            ProtocolType = ConsumerProtocol.Type,
            Protocols = [.. options.Assignors.Select(a => new JoinGroupRequest.JoinGroupRequestProtocol
            {
                Name = a.Name, Metadata = ConsumerProtocol.WriteSubscription(topics, owned, self.Generation, a.UserData(_lastShare.Partitions, _lastShare.Generation)),
            })],
        };
        JoinGroupResponse joined = await coordinator.SendAsync(request, ConnectionUse.Membership, timeout, cancellation).ConfigureAwait(false);
        if (joined.ErrorCode == ErrorCode.MemberIdRequired)
        {
            lock (_lock) _self = _self with { MemberId = joined.MemberId };
        }

        KafkaException.ThrowIfError(joined.ErrorCode, Advice(joined.ErrorCode), $"joining group '{_group}'");
        var member = new Committer(joined.MemberId, joined.GenerationId, self.InstanceId);
        bool leads = joined.Leader == joined.MemberId;
        List<SyncGroupRequest.SyncGroupRequestAssignment> shares = [];
        if (leads && !joined.SkipAssignment) shares = await ShareOut(joined, cancellation).ConfigureAwait(false);
        else if (!leads)
        {
            lock (_lock) _countsShared = null;
        }

        return await Sync(member, joined, shares, timeout, cancellation).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<TopicPartition>> Sync(
        Committer member, JoinGroupResponse joined, List<SyncGroupRequest.SyncGroupRequestAssignment> shares, TimeSpan timeout, CancellationToken cancellation)
    {
        var request = new SyncGroupRequest
        {
            GroupId = _group,
            GenerationId = member.Generation,
            MemberId = member.MemberId,
            GroupInstanceId = member.InstanceId,
            ProtocolType = ConsumerProtocol.Type,
            ProtocolName = joined.ProtocolName,
            Assignments = shares,
        };
        lock (_lock) _self = _self with { MemberId = member.MemberId };
        SyncGroupResponse synced = await coordinator.SendAsync(request, ConnectionUse.Membership, timeout, cancellation).ConfigureAwait(false);
        KafkaException.ThrowIfError(synced.ErrorCode, Advice(synced.ErrorCode), $"joining group '{_group}'");
        List<TopicPartition> partitions = ConsumerProtocol.ReadAssignment(synced.Assignment);
        _lastShare = (partitions, member.Generation);
        lock (_lock) _self = member;
        return partitions;
    }

    private async Task<List<SyncGroupRequest.SyncGroupRequestAssignment>> ShareOut(JoinGroupResponse joined, CancellationToken cancellation)
    {
        PartitionAssignor assignor = options.Assignors.FirstOrDefault(a => a.Name == joined.ProtocolName)
            ?? throw new KafkaException(ErrorCode.InconsistentGroupProtocol, $"group '{_group}' chose the assignor '{joined.ProtocolName}', which this member did not offer");
        List<MemberSubscription> members = [.. joined.Members.Select(m => ConsumerProtocol.ReadSubscription(m.MemberId, m.GroupInstanceId, m.Metadata, assignor))];
        List<string> topics = [.. members.SelectMany(m => m.Topics).Distinct()];
        ClusterView view = await cluster.RefreshAsync(topics, createMissing: false, cancellation).ConfigureAwait(false);
        var counts = new Dictionary<string, int>();
        foreach (string topic in topics) counts[topic] = view.Topic(topic) is { Error: ErrorCode.None } known ? known.Partitions.Length : 0;
        lock (_lock) _countsShared = counts;
        return [.. assignor.Assign(counts, members).Select(share => new SyncGroupRequest.SyncGroupRequestAssignment
        {
            MemberId = share.Key, Assignment = ConsumerProtocol.WriteAssignment(share.Value),
        })];
    }

    /// <summary>Whether joining may be tried again after an error; forgets what the error says is void.</summary>
    private bool MayRetry(ErrorCode error, ref bool lost)
    {
        switch (error)
        {
            case ErrorCode.MemberIdRequired or ErrorCode.RebalanceInProgress:
                return true;
            case ErrorCode.UnknownMemberId or ErrorCode.IllegalGeneration:
                lost = true;
                lock (_lock) _self = _self with { Generation = -1, MemberId = error == ErrorCode.UnknownMemberId ? "" : _self.MemberId };
                return true;
            default:
                if (CoordinatorLink.Moved(error)) coordinator.Forget();
                return error.IsRetriable();
        }
    }

    private string? Advice(ErrorCode error) => error switch
    {
        ErrorCode.InconsistentGroupProtocol =>
            $"no assignor in common with the other members; this one offers {string.Join(", ", options.Assignors.Select(a => a.Name))}",
        ErrorCode.InvalidSessionTimeout =>
            $"{nameof(ConsumerOptions.SessionTimeout)} = {options.SessionTimeout} is outside of what the broker allows (group.min.session.timeout.ms, group.max.session.timeout.ms)",
        ErrorCode.FencedInstanceId => $"another member with the instance id '{options.GroupInstanceId}' took this one's place: give each its own",
        ErrorCode.GroupMaxSizeReached => "the group has as many members as the broker allows (group.max.size)",
        _ => null,
    };
}
