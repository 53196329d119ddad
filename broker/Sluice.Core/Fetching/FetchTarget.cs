using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Fetching;

/// <summary>
/// One partition of a fetch: what the client asks of it, and, in an incremental session (KIP-227), what the client already knows of it.
/// A session keeps its targets from request to request, in the order in which they get their share of an answer.
/// </summary>
internal sealed class FetchTarget
{
    /// <summary>The topic's name, as asked up to version 12; looked up for the answer of later versions only when it is needed.</summary>
    public string Topic = "";

    /// <summary>The topic's id, as asked from version 13 on; otherwise <see cref="Uuid.Zero"/>.</summary>
    public Uuid TopicId;

    /// <summary>The partition's number.</summary>
    public int Partition;

    /// <summary>The first offset wanted.</summary>
    public long FetchOffset;

    /// <summary>How many bytes of this partition the client wants at most; the first batch may be longer.</summary>
    public int MaxBytes;

    /// <summary>The leader epoch that the client knows; -1 when it does not say (KIP-320).</summary>
    public int CurrentLeaderEpoch = -1;

    /// <summary>The epoch of the last record that the client has; -1 when it does not say. Asks for a check of divergence (KIP-595).</summary>
    public int LastFetchedEpoch = -1;

    /// <summary>The high watermark of the last answer; -1 when the next answer must tell it.</summary>
    public long KnownHighWatermark = -1;

    /// <summary>The log start offset of the last answer; -1 when the next answer must tell it.</summary>
    public long KnownLogStartOffset = -1;

    /// <summary>The target before this one in its session.</summary>
    public FetchTarget? Previous;

    /// <summary>The target after this one in its session.</summary>
    public FetchTarget? Next;

    /// <summary>What tells this target from the others of a session.</summary>
    public FetchTargetKey Key => new(TopicId, TopicId == Uuid.Zero ? Topic : null, Partition);

    /// <summary>Takes over what a request asks of the partition.</summary>
    public void Set(FetchRequest.FetchTopic topic, FetchRequest.FetchPartition partition)
    {
        Topic = topic.Topic;
        TopicId = topic.TopicId;
        Partition = partition.Partition;
        FetchOffset = partition.FetchOffset;
        MaxBytes = partition.PartitionMaxBytes;
        CurrentLeaderEpoch = partition.CurrentLeaderEpoch;
        LastFetchedEpoch = partition.LastFetchedEpoch;
    }
}

/// <summary>A partition as a session names it: by topic id, or by name where the client is older than topic ids.</summary>
internal readonly record struct FetchTargetKey(Uuid TopicId, string? Topic, int Partition);
