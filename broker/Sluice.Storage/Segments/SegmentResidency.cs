using Sluice.Storage.Files;
using Sluice.Storage.Logs;

namespace Sluice.Storage.Segments;

/// <summary>What of a segment is in memory, so that an owner that must not wait for the device learns what to have read for it first.</summary>
internal static class SegmentResidency
{
    /// <summary>What one cold read brings into memory at most.</summary>
    private const int ColdBytesMax = 4 * 1024 * 1024;

    /// <summary>So much of the active segment was written so lately that it is in memory.</summary>
    private const int WarmTailBytes = 8 * 1024 * 1024;

    /// <summary>
    /// What <see cref="SegmentSearch.Locate"/> and a read of up to <paramref name="maxBytes"/> from there would wait for; null when all of it is in
    /// memory. The end of the active segment, just written, is taken to be. A cold read is cut to <see cref="ColdBytesMax"/>.
    /// </summary>
    public static ColdRead? FindCold(this LogSegment segment, long offset, ref int maxBytes)
    {
        if (!segment.IsActive && segment.Files?.Index is not { IsCached: true } && !HasWarmIndex(segment))
            return new ColdRead(segment.Owner.Files.SharedDisk, segment.PathOf(LogFileNames.Index), segment.PathOf(LogFileNames.Log));
        int position = segment.OpenIndexes().Index!.Lookup(offset)?.Position ?? 0;
        if (position < 0 || position >= segment.Size || (segment.IsActive && segment.Size - position <= WarmTailBytes))
            return null;
        // From the index entry on there are at most so many bytes of other batches before the one that is looked for.
        long slack = segment.Owner.Config.IndexIntervalBytes + HeaderWalk.WindowSize;
        long checkedBytes = Math.Min(segment.Size - position, Math.Min(maxBytes, ColdBytesMax) + slack);
        LogFile file = segment.Log;
        if (!file.File.IsCached(position, checkedBytes))
        {
            maxBytes = Math.Min(maxBytes, ColdBytesMax);
            return new ColdRead(segment.Owner.Files.SharedDisk, file, position, checkedBytes);
        }
        long rest = Math.Min(segment.Size - position, maxBytes + slack) - checkedBytes;
        if (rest > 0 && !file.File.IsCached(position + checkedBytes, rest))
            maxBytes = ColdBytesMax;
        return null;
    }

    /// <summary>What a search by time waits for before it knows where in the segment to look; null when that is in memory.</summary>
    public static ColdRead? FindColdIndexes(this LogSegment segment)
    {
        if (segment.IsActive || segment.Files is { Index.IsCached: true, Times.IsCached: true })
            return null;
        return new ColdRead(segment.Owner.Files.SharedDisk, segment.PathOf(LogFileNames.Index), segment.PathOf(LogFileNames.TimeIndex), segment.PathOf(LogFileNames.Log));
    }

    /// <summary>What <see cref="SegmentSearch.LocateTimestamp"/> waits for; null when it is in memory.</summary>
    public static ColdRead? FindColdTimestamp(this LogSegment segment, long timestamp, long fromOffset)
    {
        SegmentFiles files = segment.OpenIndexes();
        long start = Math.Max(fromOffset, files.Times!.Lookup(timestamp)?.Offset ?? segment.BaseOffset);
        int position = files.Index!.Lookup(start)?.Position ?? 0;
        if (position < 0 || position >= segment.Size || (segment.IsActive && segment.Size - position <= WarmTailBytes))
            return null;
        // The first entry leads to the batch of the offset, the next one behind that of the time.
        long bytes = Math.Min(segment.Size - position, (2 * segment.Owner.Config.IndexIntervalBytes) + HeaderWalk.WindowSize);
        LogFile file = segment.Log;
        return file.File.IsCached(position, bytes) ? null : new ColdRead(segment.Owner.Files.SharedDisk, file, position, bytes);
    }

    /// <summary>Opens an index that <see cref="ColdRead.Execute"/> has read before; false when that is still to be done.</summary>
    private static bool HasWarmIndex(LogSegment segment)
    {
        if (!segment.IndexWasRead)
        {
            segment.IndexWasRead = true;
            return false;
        }
        segment.IndexWasRead = false;
        return segment.OpenIndexes().Index!.IsCached;
    }
}
