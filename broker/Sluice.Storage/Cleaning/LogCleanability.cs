using Sluice.Storage.Logs;
using Sluice.Storage.Segments;

namespace Sluice.Storage.Cleaning;

/// <summary>Finds what of a log can be cleaned. On the log's owner.</summary>
internal static class LogCleanability
{
    /// <param name="log">The log.</param>
    /// <param name="cleanedUpTo">The cleaner's checkpoint for the log; null when it has none.</param>
    /// <param name="stableEnd">The last stable offset, which is at most the high watermark.</param>
    /// <param name="nowMs">Milliseconds since 1970.</param>
    public static CleanableRange Find(LogState log, long? cleanedUpTo, long stableEnd, long nowMs)
    {
        long firstDirty = FirstDirty(log, cleanedUpTo);
        // A record must not be dropped for one that a loss of power could still take. (Kafka asks for no flush here.)
        long bound = Math.Min(Math.Min(stableEnd, log.RecoveryPoint), log.Active.BaseOffset);
        if (log.Config.MinCompactionLagMs > 0)
            bound = Math.Min(bound, FirstYoung(log, firstDirty, nowMs - log.Config.MinCompactionLagMs));
        bound = Math.Max(firstDirty, bound);
        // A segment is cleaned whole or not at all.
        int firstUncleanable = Math.Max(0, log.SegmentOf(bound));
        long end = log.Segments[firstUncleanable].BaseOffset;
        int firstDirtySegment = Math.Clamp(log.SegmentOf(Math.Min(firstDirty, end)), 0, firstUncleanable);
        return new CleanableRange(firstDirty, end,
            SizeOf(log, 0, firstDirtySegment), SizeOf(log, firstDirtySegment, firstUncleanable), Delay(log, firstDirty, nowMs));
    }

    /// <summary>A checkpoint outside the log says nothing: records were deleted, or the end was lost.</summary>
    private static long FirstDirty(LogState log, long? cleanedUpTo)
    {
        if (cleanedUpTo is not { } checkpoint || checkpoint < log.LogStartOffset || checkpoint > log.LogEndOffset)
            return log.LogStartOffset;
        return checkpoint;
    }

    private static long FirstYoung(LogState log, long firstDirty, long timestamp)
    {
        for (int i = Math.Max(0, log.SegmentOf(firstDirty)); i < log.Segments.Count - 1; i++)
        {
            if (LargestTimestamp(log.Segments[i]) > timestamp)
                return log.Segments[i].BaseOffset;
        }
        return long.MaxValue;
    }

    private static long LargestTimestamp(LogSegment segment) => segment.MaxTimestamp >= 0 ? segment.MaxTimestamp : segment.LastModifiedMs();

    private static long Delay(LogState log, long firstDirty, long nowMs)
    {
        if (log.Config.MaxCompactionLagMs == long.MaxValue)
            return 0;
        long earliest = long.MaxValue;
        for (int i = Math.Max(0, log.SegmentOf(firstDirty)); i < log.Segments.Count - 1; i++)
        {
            if (log.Segments[i].FirstTimestamp is > 0 and var first)
                earliest = Math.Min(earliest, first);
        }
        long cleanUntil = nowMs - log.Config.MaxCompactionLagMs;
        return earliest < cleanUntil ? cleanUntil - earliest : 0;
    }

    private static long SizeOf(LogState log, int from, int to)
    {
        long size = 0;
        for (int i = from; i < to; i++)
            size += log.Segments[i].Size;
        return size;
    }
}
