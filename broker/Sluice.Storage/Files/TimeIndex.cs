using System.Buffers.Binary;
using Sluice.Storage.Disk;

namespace Sluice.Storage.Files;

/// <summary>A segment's <c>.timeindex</c>: the greatest timestamp so far and the last offset of the batch that brought it.</summary>
internal sealed class TimeIndex : IDisposable
{
    public const int EntrySize = 12;

    private readonly MappedIndex _entries;
    private readonly long _baseOffset;

    private TimeIndex(MappedIndex entries, long baseOffset)
    {
        _entries = entries;
        _baseOffset = baseOffset;
    }

    public int Count => _entries.Count;

    /// <summary>One entry is kept free: the one written when the segment is closed.</summary>
    public bool IsFull => _entries.Count >= _entries.CountMax - 1;

    /// <summary>Whether a look-up does not wait for the device.</summary>
    public bool IsCached => _entries.IsCached;

    /// <summary>The last entry, or timestamp -1 at the base offset.</summary>
    public (long Timestamp, long Offset) Last => Count == 0 ? (-1, _baseOffset) : Entry(Count - 1);

    public static TimeIndex Open(IDisk disk, string path, long baseOffset, int bytesMax, bool writable)
    {
        var index = new TimeIndex(MappedIndex.Open(disk, path, EntrySize, bytesMax, writable), baseOffset);
        if (index.Count == 0 || (index.Last.Offset >= baseOffset && index.Last.Timestamp >= index.Entry(0).Timestamp))
            return index;
        index.Dispose();
        throw new DiskException(DiskErrorKind.Corrupt, path, "the last entry lies before the first or before the segment's base offset");
    }

    public (long Timestamp, long Offset) Entry(int i)
    {
        ReadOnlySpan<byte> entry = _entries[i];
        return (BinaryPrimitives.ReadInt64BigEndian(entry), _baseOffset + BinaryPrimitives.ReadInt32BigEndian(entry[8..]));
    }

    /// <summary>The last entry whose timestamp is at most <paramref name="timestamp"/>, or null: what is newer begins after its offset.</summary>
    public (long Timestamp, long Offset)? Lookup(long timestamp)
    {
        int low = 0, high = Count - 1, found = -1;
        while (low <= high)
        {
            int middle = (int)(((uint)low + (uint)high) / 2);
            if (Entry(middle).Timestamp <= timestamp)
            {
                found = middle;
                low = middle + 1;
            }
            else
                high = middle - 1;
        }
        return found < 0 ? null : Entry(found);
    }

    /// <summary>Appends an entry when the timestamp grew since the last one.</summary>
    /// <param name="timestamp">Greatest timestamp so far.</param>
    /// <param name="offset">Last offset of the batch that brought it.</param>
    /// <param name="closing">Whether the segment is being closed, so that the reserved last entry may be used.</param>
    public void Append(long timestamp, long offset, bool closing = false)
    {
        if (timestamp <= Last.Timestamp || _entries.Count >= (closing ? _entries.CountMax : _entries.CountMax - 1))
            return;
        WriteEntry(_entries.Add(), timestamp, offset, _baseOffset);
    }

    /// <summary>As <see cref="Append"/> for a segment that is being closed, of an index that is not open: without a map and space reserved ahead.</summary>
    public static void AppendClosing(IDisk disk, string path, long baseOffset, int bytesMax, long timestamp, long offset)
    {
        using IDiskFile file = disk.Open(path, DiskAccess.Create);
        long length = file.Length;
        // One that is damaged is built anew by whoever opens it.
        if (length % EntrySize != 0 || length > bytesMax - EntrySize)
            return;
        Span<byte> entry = stackalloc byte[EntrySize];
        if (length > 0 && (file.Read(length - EntrySize, entry) < EntrySize || BinaryPrimitives.ReadInt64BigEndian(entry) >= timestamp))
            return;
        WriteEntry(entry, timestamp, offset, baseOffset);
        file.Write(length, entry);
    }

    private static void WriteEntry(Span<byte> entry, long timestamp, long offset, long baseOffset)
    {
        BinaryPrimitives.WriteInt64BigEndian(entry, timestamp);
        BinaryPrimitives.WriteInt32BigEndian(entry[8..], (int)(offset - baseOffset));
    }

    /// <summary>Drops the entries whose offset is at least <paramref name="offset"/>.</summary>
    public void TruncateToOffset(long offset)
    {
        int count = Count;
        while (count > 0 && Entry(count - 1).Offset >= offset)
            count--;
        _entries.TruncateTo(count);
    }

    public void Clear() => _entries.TruncateTo(0);

    public void Dispose() => _entries.Dispose();
}
