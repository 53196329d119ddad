using System.Buffers.Binary;
using Sluice.Storage.Disk;

namespace Sluice.Storage.Files;

/// <summary>A segment's <c>.index</c>: from the last offset of some batches to the position where the batch begins.</summary>
internal sealed class OffsetIndex : IDisposable
{
    public const int EntrySize = 8;

    private readonly MappedIndex _entries;
    private readonly long _baseOffset;

    private OffsetIndex(MappedIndex entries, long baseOffset)
    {
        _entries = entries;
        _baseOffset = baseOffset;
    }

    public int Count => _entries.Count;

    public bool IsFull => _entries.Count >= _entries.CountMax;

    /// <summary>Whether a look-up does not wait for the device.</summary>
    public bool IsCached => _entries.IsCached;

    /// <summary>Offset of the last entry, or the segment's base offset.</summary>
    public long LastOffset => Count == 0 ? _baseOffset : Entry(Count - 1).Offset;

    public static OffsetIndex Open(IDisk disk, string path, long baseOffset, int bytesMax, bool writable)
    {
        var index = new OffsetIndex(MappedIndex.Open(disk, path, EntrySize, bytesMax, writable), baseOffset);
        if (index.Count == 0 || index.LastOffset >= baseOffset)
            return index;
        index.Dispose();
        throw new DiskException(DiskErrorKind.Corrupt, path, "the last entry lies before the segment's base offset");
    }

    public (long Offset, int Position) Entry(int i)
    {
        ReadOnlySpan<byte> entry = _entries[i];
        return (_baseOffset + BinaryPrimitives.ReadInt32BigEndian(entry), BinaryPrimitives.ReadInt32BigEndian(entry[4..]));
    }

    /// <summary>The last entry whose offset is at most <paramref name="offset"/>, or null when there is none.</summary>
    public (long Offset, int Position)? Lookup(long offset)
    {
        // Most look-ups are near the end: try the last entries before the whole, so that few pages stay in use.
        const int WarmEntries = 1024;
        int low = 0, high = Count - 1;
        if (high >= WarmEntries && Entry(high - WarmEntries).Offset <= offset)
            low = high - WarmEntries;
        int found = -1;
        while (low <= high)
        {
            int middle = (int)(((uint)low + (uint)high) / 2);
            if (Entry(middle).Offset <= offset)
            {
                found = middle;
                low = middle + 1;
            }
            else
                high = middle - 1;
        }
        return found < 0 ? null : Entry(found);
    }

    /// <summary>Notes that the batch at <paramref name="position"/> ends with <paramref name="lastOffset"/>. The caller checks <see cref="IsFull"/>.</summary>
    public void Append(long lastOffset, int position)
    {
        Span<byte> entry = _entries.Add();
        BinaryPrimitives.WriteInt32BigEndian(entry, (int)(lastOffset - _baseOffset));
        BinaryPrimitives.WriteInt32BigEndian(entry[4..], position);
    }

    /// <summary>Drops the entries of batches that begin at <paramref name="position"/> or later.</summary>
    public void TruncateToPosition(int position)
    {
        int count = Count;
        while (count > 0 && Entry(count - 1).Position >= position)
            count--;
        _entries.TruncateTo(count);
    }

    public void Clear() => _entries.TruncateTo(0);

    public void Dispose() => _entries.Dispose();
}
