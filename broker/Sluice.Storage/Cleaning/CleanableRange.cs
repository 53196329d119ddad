namespace Sluice.Storage.Cleaning;

/// <summary>What of a log a cleaning would look at, by the rules of Kafka's LogCleanerManager.</summary>
/// <param name="FirstDirtyOffset">Where the last cleaning ended: from here on keys may have older records before them.</param>
/// <param name="FirstUncleanableOffset">Where the next cleaning ends: base offset of a segment that is active, not yet stable or flushed, or younger than <c>min.compaction.lag.ms</c>.</param>
/// <param name="CleanBytes">Bytes of the segments before the dirty part.</param>
/// <param name="CleanableBytes">Bytes of the segments in between.</param>
/// <param name="CompactionDelayMs">How long the oldest dirty record has waited longer than <c>max.compaction.lag.ms</c>; 0 when none has.</param>
public readonly record struct CleanableRange(
    long FirstDirtyOffset, long FirstUncleanableOffset, long CleanBytes, long CleanableBytes, long CompactionDelayMs)
{
    /// <summary>All bytes that a cleaning would write again.</summary>
    public long TotalBytes => CleanBytes + CleanableBytes;

    /// <summary>Share of dirty bytes, from 0 to 1.</summary>
    public double Ratio => TotalBytes == 0 ? 0 : (double)CleanableBytes / TotalBytes;

    /// <summary>Whether it is time: the share of dirty bytes exceeds the topic's, or a record must not wait longer.</summary>
    /// <param name="minRatio"><c>min.cleanable.dirty.ratio</c>.</param>
    public bool IsDue(double minRatio) => TotalBytes > 0 && ((CompactionDelayMs > 0 && CleanableBytes > 0) || Ratio > minRatio);
}
