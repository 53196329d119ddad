using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Sluice.Storage.Cleaning;

/// <summary>
/// The last offset of each key in the part of a log that is being cleaned. Keys are kept as 128 bits of their SHA-256, so that an entry
/// takes 24 bytes however long its key is: two keys with the same 128 bits would cost one of them its record, and nobody can make such keys.
/// </summary>
/// <remarks>Open addressing with linear probing; entries are never removed, only all at once with the map.</remarks>
internal sealed class OffsetMap
{
    /// <summary>Bytes that an entry takes.</summary>
    public const int EntrySize = 24;

    private const int WordsOfEntry = 3;

    /// <summary>Two words of hash, then the offset + 1; 0 there means that the slot is empty.</summary>
    private readonly ulong[] _words;

    /// <param name="bytes">Memory for entries.</param>
    public OffsetMap(long bytes)
    {
        Slots = (int)Math.Clamp(bytes / EntrySize, 1, Array.MaxLength / WordsOfEntry);
        _words = new ulong[Slots * WordsOfEntry];
    }

    /// <summary>How many keys there is room for.</summary>
    public int Slots { get; }

    /// <summary>Keys in the map.</summary>
    public int Count { get; private set; }

    /// <summary>Records up to this offset are in the map; what comes after it must not be judged by the map.</summary>
    public long LatestOffset { get; set; } = -1;

    /// <summary>How full the map is, from 0 to 1.</summary>
    public double Utilization => (double)Count / Slots;

    /// <summary>Notes that the key's last record is at <paramref name="offset"/>.</summary>
    /// <exception cref="InvalidOperationException">The map is full.</exception>
    public void Put(ReadOnlySpan<byte> key, long offset)
    {
        int slot = Find(key, out ulong first, out ulong second);
        if (slot < 0) throw new InvalidOperationException($"The map of {Slots} keys is full.");
        Span<ulong> entry = _words.AsSpan(slot, WordsOfEntry);
        if (entry[2] == 0) Count++;
        entry[0] = first;
        entry[1] = second;
        entry[2] = (ulong)offset + 1;
        LatestOffset = offset;
    }

    /// <summary>The offset of the key's last record, -1 when the key is not in the map.</summary>
    public long Get(ReadOnlySpan<byte> key)
    {
        int slot = Find(key, out _, out _);
        return slot < 0 ? -1 : (long)_words[slot + 2] - 1;
    }

    /// <summary>Position of the key's words, or of the empty slot where they belong; -1 when there is neither.</summary>
    private int Find(ReadOnlySpan<byte> key, out ulong first, out ulong second)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key, hash);
        first = BinaryPrimitives.ReadUInt64LittleEndian(hash);
        second = BinaryPrimitives.ReadUInt64LittleEndian(hash[8..]);
        int slot = (int)Math.BigMul(first, (ulong)Slots, out _);
        for (int tries = Slots; tries > 0; tries--)
        {
            int at = slot * WordsOfEntry;
            if (_words[at + 2] == 0 || (_words[at] == first && _words[at + 1] == second)) return at;
            if (++slot == Slots) slot = 0;
        }
        return -1;
    }
}
