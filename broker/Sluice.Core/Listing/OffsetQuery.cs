using Sluice.Protocol;

namespace Sluice.Core.Listing;

/// <summary>Timestamps of ListOffsets that are not times but name an offset.</summary>
internal static class OffsetQuery
{
    /// <summary>The end of what a consumer may read.</summary>
    public const long Latest = -1;

    /// <summary>The first offset that the log has.</summary>
    public const long Earliest = -2;

    /// <summary>The record with the largest timestamp (KIP-734).</summary>
    public const long MaxTimestamp = -3;

    /// <summary>The first offset on the broker's own disk (KIP-405); all offsets are there.</summary>
    public const long EarliestLocal = -4;

    /// <summary>The last offset in tiered storage (KIP-1005); there is none.</summary>
    public const long LatestTiered = -5;

    /// <summary>The first offset that still waits for its upload to tiered storage (KIP-1023); there is none.</summary>
    public const long EarliestPendingUpload = -6;

    /// <summary>Whether a version of the request knows a timestamp's meaning.</summary>
    public static bool IsKnown(long timestamp, short version) => timestamp switch
    {
        >= 0 or Latest or Earliest => true,
        MaxTimestamp => version >= 7,
        EarliestLocal => version >= 8,
        LatestTiered => version >= 9,
        EarliestPendingUpload => version >= 11,
        _ => false,
    };
}

/// <summary>An offset that was asked for, with its record's timestamp and leader epoch; -1 where there is none.</summary>
internal readonly record struct ListedOffset(ErrorCode Error, long Offset, long Timestamp, int LeaderEpoch)
{
    /// <summary>No offset, and no error either.</summary>
    public static ListedOffset None => new(ErrorCode.None, -1, -1, -1);

    /// <summary>An error.</summary>
    public static ListedOffset Failed(ErrorCode error) => new(error, -1, -1, -1);
}
