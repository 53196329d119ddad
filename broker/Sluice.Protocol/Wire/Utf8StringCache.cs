using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Sluice.Protocol.Wire;

/// <summary>
/// Remembers the strings of encodings seen before, so that a topic's name that comes with every request is one object. Of a fixed
/// size, whatever strangers send: a new name takes the place of another. One thread at a time.
/// </summary>
public sealed class Utf8StringCache
{
    private const int LengthMax = 256;

    private readonly Entry[] _entries;

    /// <summary>Makes a cache of a number of places, a power of two.</summary>
    public Utf8StringCache(int capacity = 1024)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        if ((capacity & (capacity - 1)) != 0) throw new ArgumentException("the capacity is a power of two", nameof(capacity));
        _entries = new Entry[capacity];
    }

    /// <summary>The string of an encoding, when it is here.</summary>
    public bool TryGet(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out string? text)
    {
        ref Entry entry = ref _entries[Place(utf8)];
        text = entry.Text;
        return text is not null && utf8.SequenceEqual(entry.Utf8);
    }

    /// <summary>Remembers a string; long ones, which are no names, are not worth the room.</summary>
    public void Add(ReadOnlySpan<byte> utf8, string text)
    {
        if (utf8.Length <= LengthMax) _entries[Place(utf8)] = new Entry(utf8.ToArray(), text);
    }

    /// <summary>FNV-1a over the words; collisions cost a place, nothing else.</summary>
    private int Place(ReadOnlySpan<byte> utf8)
    {
        ulong hash = 14695981039346656037 ^ (uint)utf8.Length;
        while (utf8.Length >= sizeof(ulong))
        {
            hash = (hash ^ BinaryPrimitives.ReadUInt64LittleEndian(utf8)) * 1099511628211;
            hash ^= hash >> 32;
            utf8 = utf8[sizeof(ulong)..];
        }
        foreach (byte b in utf8) hash = (hash ^ b) * 1099511628211;
        hash ^= hash >> 32;
        return (int)hash & (_entries.Length - 1);
    }

    private readonly record struct Entry(byte[] Utf8, string Text);
}
