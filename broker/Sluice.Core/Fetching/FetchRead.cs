using Sluice.Protocol;
using Sluice.Storage.Logs;

namespace Sluice.Core.Fetching;

/// <summary>
/// One partition's read: what is asked, copied out of the target so that the owner of the partition works on bytes of its own, and what
/// came out.
/// </summary>
internal struct FetchRead
{
    /// <summary>The target's place in the operation.</summary>
    public int Target;

    /// <summary>The topic.</summary>
    public Uuid TopicId;

    /// <summary>The partition's number.</summary>
    public int Partition;

    /// <summary>The first offset wanted.</summary>
    public long FetchOffset;

    /// <summary>The partition's limit in bytes.</summary>
    public int MaxBytes;

    /// <summary>The leader epoch that the client knows, or -1.</summary>
    public int CurrentLeaderEpoch;

    /// <summary>The epoch of the client's last record, or -1.</summary>
    public int LastFetchedEpoch;

    /// <summary>What came out.</summary>
    public FetchResult Result;
}

/// <summary>What a read of a partition gave, before it becomes an answer.</summary>
internal struct FetchResult
{
    /// <summary>None, or why nothing was read; the offsets are then -1.</summary>
    public ErrorCode Error;

    /// <summary>The offset below which records are visible.</summary>
    public long HighWatermark;

    /// <summary>The offset below which no transaction is open; as there are none yet, the high watermark.</summary>
    public long LastStableOffset;

    /// <summary>The first offset that the log still has.</summary>
    public long LogStartOffset;

    /// <summary>The largest epoch at or below the client's that the log knows, where the client's log diverges; -1 where it does not.</summary>
    public int DivergingEpoch;

    /// <summary>Where that epoch ends.</summary>
    public long DivergingEndOffset;

    /// <summary>The leader's epoch, told with errors about it; -1 when unknown.</summary>
    public int LeaderEpoch;

    /// <summary>What must be brought into memory before the read can be done without waiting; null when it was done.</summary>
    public ColdRead? Cold;

    /// <summary>A region of a segment file, held until it is sent or released.</summary>
    public Records Records;

    /// <summary>How many bytes <see cref="Records"/> has.</summary>
    public int Bytes;

    /// <summary>
    /// How many more bytes the client may have of the partition, within its limit, that this answer cannot bring: a batch that does not fit,
    /// or the next segment. As with Kafka they count as there: nobody waits for what is there.
    /// </summary>
    public int Withheld;

    /// <summary>A result that is only an error.</summary>
    public static FetchResult Failed(ErrorCode error, int leaderEpoch = -1) => new()
    {
        Error = error, HighWatermark = -1, LastStableOffset = -1, LogStartOffset = -1, DivergingEpoch = -1, DivergingEndOffset = -1, LeaderEpoch = leaderEpoch,
    };
}
