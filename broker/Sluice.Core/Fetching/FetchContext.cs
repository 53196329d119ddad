using Sluice.Core.Metadata.Images;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Fetching;

/// <summary>Which partitions a request is about: those that it lists, or those of the session that it goes on with (KIP-227).</summary>
internal sealed class FetchContext
{
    private readonly List<FetchTarget> _own = [];
    private int _ownCount;
    private bool _isFromReplica;

    /// <summary>The partitions, in the order in which they get their share.</summary>
    public List<FetchTarget> Targets { get; } = [];

    /// <summary>The session that the request goes on with; null when it lists its partitions itself.</summary>
    public FetchSession? Session { get; private set; }

    /// <summary>The epoch that the session must still have when the answer is made; another request may have come between.</summary>
    public int ExpectedEpoch { get; private set; }

    /// <summary>Whether the client wants a new session made of this request.</summary>
    public bool WantsSession { get; private set; }

    /// <summary>Whether the version can tell who leads, beside an error about it.</summary>
    public bool TellsLeader { get; private set; }

    /// <summary>Whether topics are named by id.</summary>
    public bool UsesTopicIds { get; private set; }

    /// <summary>Whether the client wants to see committed records only.</summary>
    public bool ReadsCommitted { get; private set; }

    /// <summary>The limit of the answer's records, in bytes.</summary>
    public int MaxBytes { get; private set; }

    /// <summary>How many bytes make an answer worth sending before the deadline.</summary>
    public int MinBytes { get; private set; }

    /// <summary>Finds or closes the session and lists the partitions.</summary>
    /// <returns>The error of the whole request, or none.</returns>
    public ErrorCode Begin(Shard shard, FetchSessionCache sessions, FetchRequest request, short version)
    {
        UsesTopicIds = version >= 13;
        TellsLeader = version >= 12;
        ReadsCommitted = request.IsolationLevel == 1;
        MaxBytes = Math.Min(request.MaxBytes, shard.Node.Limits.FetchMaxBytes);
        MinBytes = Math.Min(request.MinBytes, MaxBytes);
        // Until brokers replicate from each other nobody is a follower of this one, whatever a client claims to be.
        _isFromReplica = request.ReplicaId >= 0 || request.ReplicaState is { ReplicaId: >= 0 };
        Session = null;
        WantsSession = false;
        if (request.SessionEpoch is 0 or -1)
        {
            if (request.SessionId != 0) Close(shard, sessions, request.SessionId);
            WantsSession = request.SessionEpoch == 0 && !_isFromReplica;
            ListRequest(request);
            return ErrorCode.None;
        }
        return GoOn(shard, sessions, request);
    }

    /// <summary>Finds the topic of a target in the metadata of now.</summary>
    public ErrorCode Resolve(Shard shard, FetchTarget target, out Uuid topicId)
    {
        TopicImage? topic = UsesTopicIds ? shard.Image.Topics.ById(target.TopicId) : shard.Image.Topics.ByName(target.Topic);
        topicId = topic?.Id ?? Uuid.Zero;
        if (topic is null) return UsesTopicIds ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition;
        if ((uint)target.Partition >= (uint)topic.Partitions.Length) return ErrorCode.UnknownTopicOrPartition;
        if (_isFromReplica || topic.Partitions[target.Partition].Leader != shard.Node.NodeId) return ErrorCode.NotLeaderOrFollower;
        return ErrorCode.None;
    }

    /// <summary>Hands the targets of a full request over to a session made of them: this context will not use them again.</summary>
    public void HandOver(FetchSession session)
    {
        for (int i = 0; i < _ownCount; i++) session.Adopt(_own[i]);
        _own.RemoveRange(0, _ownCount);
        _ownCount = 0;
    }

    /// <summary>Forgets the request.</summary>
    public void End()
    {
        Targets.Clear();
        Session = null;
        _ownCount = 0;
        if (_own.Count > Limits.PooledOperationsMax) _own.RemoveRange(Limits.PooledOperationsMax, _own.Count - Limits.PooledOperationsMax);
    }

    private ErrorCode GoOn(Shard shard, FetchSessionCache sessions, FetchRequest request)
    {
        if (sessions.Find(request.SessionId) is not { } session) return ErrorCode.FetchSessionIdNotFound;
        if (session.Epoch != request.SessionEpoch) return ErrorCode.InvalidFetchSessionEpoch;
        if (session.UsesTopicIds != UsesTopicIds) return ErrorCode.FetchSessionTopicIdError;
        session.Update(request);
        if (session.Count == 0)
        {
            // Nothing is left to fetch: the session is over, and the answer empty.
            sessions.Remove(session.Id);
            return ErrorCode.None;
        }
        sessions.Touch(session, shard.MonotonicMs);
        session.Epoch = FetchSession.NextEpoch(session.Epoch);
        ExpectedEpoch = session.Epoch;
        Session = session;
        for (FetchTarget? target = session.First; target is not null; target = target.Next) Targets.Add(target);
        return ErrorCode.None;
    }

    private void ListRequest(FetchRequest request)
    {
        foreach (FetchRequest.FetchTopic topic in request.Topics)
        {
            foreach (FetchRequest.FetchPartition partition in topic.Partitions)
            {
                if (_ownCount == _own.Count) _own.Add(new FetchTarget());
                FetchTarget target = _own[_ownCount++];
                target.Set(topic, partition);
                Targets.Add(target);
            }
        }
    }

    private static void Close(Shard shard, FetchSessionCache sessions, int sessionId)
    {
        if (sessionId < 0) return;
        int holder = FetchSessionCache.ShardOf(sessionId, shard.Host.ShardCount);
        if (holder == shard.Index) sessions.Remove(sessionId);
        else shard.Host.Post(holder, new FetchSessionEnd(sessionId));
    }
}
