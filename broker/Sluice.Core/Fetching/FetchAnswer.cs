using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Fetching;

/// <summary>Builds answers to Fetch; reuses its message objects, so an answer is valid until the next one is built.</summary>
internal sealed class FetchAnswer
{
    private readonly FetchResponse _response = new();
    private readonly List<FetchResponse.FetchableTopicResponse> _topics = [];
    private readonly List<FetchResponse.PartitionData> _partitions = [];
    private int _topicCount;
    private int _partitionCount;

    /// <summary>An answer without partitions, whose error concerns the whole request.</summary>
    public static FetchResponse Failed(ErrorCode error) => new() { ErrorCode = error };

    /// <summary>Answers with what was read.</summary>
    /// <param name="shard">The shard that answers.</param>
    /// <param name="sessions">Its sessions.</param>
    /// <param name="context">The request's partitions.</param>
    /// <param name="results">What was read, in the order of the context's targets.</param>
    public FetchResponse Build(Shard shard, FetchSessionCache sessions, FetchContext context, ReadOnlySpan<FetchResult> results)
    {
        _topicCount = 0;
        _partitionCount = 0;
        _response.ErrorCode = ErrorCode.None;
        _response.ThrottleTimeMs = 0;
        _response.SessionId = 0;
        _response.Responses.Clear();
        _response.NodeEndpoints.Clear();
        if (context.Session is { } session)
        {
            if (session.Epoch != context.ExpectedEpoch) return Failed(ErrorCode.InvalidFetchSessionEpoch);
            _response.SessionId = session.Id;
        }
        else if (context is { WantsSession: true, Targets.Count: > 0 })
        {
            session = sessions.TryCreate(context.Targets.Count, context.UsesTopicIds, shard.MonotonicMs);
            _response.SessionId = session?.Id ?? 0;
            if (session is not null) context.HandOver(session);
        }
        else
        {
            session = null;
        }
        bool isIncremental = context.Session is not null;
        for (int i = 0; i < context.Targets.Count; i++)
        {
            FetchTarget target = context.Targets[i];
            bool isNews = TakeNews(target, results[i]);
            if (isNews || !isIncremental) Add(shard, context, target, results[i]);
            if (results[i].Bytes > 0) session?.MoveToEnd(target);
        }
        return _response;
    }

    /// <summary>Notes what the client will know of a partition, and whether that is more than it knew.</summary>
    private static bool TakeNews(FetchTarget target, in FetchResult result)
    {
        bool isNews = result.Bytes > 0 || result.DivergingEpoch >= 0
            || target.KnownHighWatermark != result.HighWatermark || target.KnownLogStartOffset != result.LogStartOffset;
        target.KnownHighWatermark = result.HighWatermark;
        target.KnownLogStartOffset = result.LogStartOffset;
        if (result.Error == ErrorCode.None) return isNews;
        // An error is told each time, and its end must be told too.
        target.KnownHighWatermark = -1;
        return true;
    }

    private void Add(Shard shard, FetchContext context, FetchTarget target, in FetchResult result)
    {
        FetchResponse.PartitionData partition = NextPartition();
        partition.PartitionIndex = target.Partition;
        partition.ErrorCode = result.Error;
        partition.HighWatermark = result.HighWatermark;
        partition.LastStableOffset = result.LastStableOffset;
        partition.LogStartOffset = result.LogStartOffset;
        partition.DivergingEpoch = result.DivergingEpoch < 0
            ? null
            : new FetchResponse.EpochEndOffset { Epoch = result.DivergingEpoch, EndOffset = result.DivergingEndOffset };
        bool tellsLeader = context.TellsLeader && result.Error is ErrorCode.NotLeaderOrFollower or ErrorCode.FencedLeaderEpoch && result.LeaderEpoch >= 0;
        partition.CurrentLeader = tellsLeader ? new FetchResponse.LeaderIdAndEpoch { LeaderId = shard.Node.NodeId, LeaderEpoch = result.LeaderEpoch } : null;
        partition.SnapshotId = null;
        partition.PreferredReadReplica = -1;
        partition.Records = result.Bytes > 0 ? result.Records : Records.Empty;
        bool isUnknown = result.Error is ErrorCode.UnknownTopicId or ErrorCode.UnknownTopicOrPartition;
        if (isUnknown || (context.ReadsCommitted && result.Error == ErrorCode.None))
        {
            partition.AbortedTransactions ??= [];
            partition.AbortedTransactions.Clear();
        }
        else
        {
            partition.AbortedTransactions = null;
        }
        TopicOf(target).Partitions.Add(partition);
    }

    private FetchResponse.FetchableTopicResponse TopicOf(FetchTarget target)
    {
        if (_topicCount > 0)
        {
            FetchResponse.FetchableTopicResponse last = _topics[_topicCount - 1];
            if (last.TopicId == target.TopicId && last.Topic == target.Topic) return last;
        }
        if (_topicCount == _topics.Count) _topics.Add(new FetchResponse.FetchableTopicResponse());
        FetchResponse.FetchableTopicResponse topic = _topics[_topicCount++];
        topic.Topic = target.Topic;
        topic.TopicId = target.TopicId;
        topic.Partitions.Clear();
        _response.Responses.Add(topic);
        return topic;
    }

    private FetchResponse.PartitionData NextPartition()
    {
        if (_partitionCount == _partitions.Count) _partitions.Add(new FetchResponse.PartitionData());
        return _partitions[_partitionCount++];
    }
}
