using Sluice.Storage.Disk;
using Sluice.Storage.Files;

namespace Sluice.Storage.Segments;

/// <summary>Finds batches in a segment, by offset and by time: the sparse indexes say where to begin, the batches' headers the rest.</summary>
internal static class SegmentSearch
{
    private const int UnindexedBytesMax = 4 * HeaderWalk.WindowSize;

    /// <summary>The first batch whose last offset is at least <paramref name="offset"/>, or null.</summary>
    public static BatchLocation? Locate(this LogSegment segment, long offset)
    {
        if (TryLocate(segment, offset, out BatchLocation? location))
            return location;
        segment.RebuildIndexes();
        return TryLocate(segment, offset, out location)
            ? location
            : throw new DiskException(DiskErrorKind.Corrupt, segment.PathOf(LogFileNames.Index), "leads to where no batch is, though just built anew");
    }

    /// <summary>The first batch from that of <paramref name="fromOffset"/> on whose max timestamp is at least <paramref name="timestamp"/>, or null.</summary>
    public static BatchLocation? LocateTimestamp(this LogSegment segment, long timestamp, long fromOffset)
    {
        long start = Math.Max(fromOffset, segment.OpenIndexes().Times!.Lookup(timestamp)?.Offset ?? segment.BaseOffset);
        var walk = new HeaderWalk(segment.Log.File, segment.Locate(start)?.Position ?? segment.Size, segment.Size, stackalloc byte[HeaderWalk.WindowSize]);
        while (walk.MoveNext())
        {
            if (walk.Current.MaxTimestamp >= timestamp)
                return walk.Current;
        }
        walk.ThrowIfCorrupt();
        return null;
    }

    /// <summary>The offset after the last batch, or null when there are not whole batches up to the end. Reads only what lies behind the last index entry.</summary>
    public static long? ReadEndOffset(this LogSegment segment)
    {
        // Whoever starts very many partitions opens no index for a few bytes; a look-up that needs it checks where it leads.
        if (segment.Size <= UnindexedBytesMax)
            return ReadEndOffset(segment, 0);
        OffsetIndex index = segment.OpenIndexes().Index!;
        int position = index.Count == 0 ? 0 : index.Entry(index.Count - 1).Position;
        if (position < 0 || ReadEndOffset(segment, position) is not { } end)
            return null;
        return index.Count == 0 || end > index.LastOffset ? end : null;
    }

    private static long? ReadEndOffset(LogSegment segment, int position)
    {
        long end = segment.BaseOffset;
        if (segment.Size == 0)
            return end;
        var walk = new HeaderWalk(segment.Log.File, position, segment.Size, stackalloc byte[HeaderWalk.WindowSize]);
        while (walk.MoveNext())
        {
            if (walk.Current.BaseOffset < end)
                return null;
            end = walk.Current.LastOffset + 1;
        }
        return walk.IsCorrupt ? null : end;
    }

    /// <summary>False when the index leads to where no such batch is.</summary>
    private static bool TryLocate(LogSegment segment, long offset, out BatchLocation? location)
    {
        location = null;
        (long Offset, int Position)? entry = segment.OpenIndexes().Index!.Lookup(offset);
        int position = entry?.Position ?? 0;
        if (position < 0 || position >= segment.Size)
            return entry is null;
        var walk = new HeaderWalk(segment.Log.File, position, segment.Size, stackalloc byte[HeaderWalk.WindowSize]);
        if (!walk.MoveNext() || (entry is { } at && walk.Current.LastOffset != at.Offset))
        {
            if (entry is null)
                walk.ThrowIfCorrupt();
            return entry is null;
        }
        do
        {
            if (walk.Current.LastOffset >= offset)
            {
                location = walk.Current;
                return true;
            }
        }
        while (walk.MoveNext());
        walk.ThrowIfCorrupt();
        return true;
    }
}
