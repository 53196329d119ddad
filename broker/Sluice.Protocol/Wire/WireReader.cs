using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Sluice.Protocol.Wire;

/// <summary>
/// Reads the protocol's types from a frame. Every length is checked against what is left of the frame, and every object made is
/// charged against a budget (<see cref="AllocationBudget"/>). Over memory, bytes and records are slices of it; over a span, which
/// cannot be kept, they are copies.
/// </summary>
public ref struct WireReader
{
    private const int StringLengthMax = short.MaxValue;

    /// <summary>What a list is given room for before its first element is read; it grows as more are.</summary>
    private const int FirstCapacityMax = 64;

    /// <summary>A string's or array's header and length, rounded.</summary>
    private const int ObjectOverhead = 24;

    private readonly ReadOnlyMemory<byte> _memory;
    private readonly ReadOnlySpan<byte> _span;
    private readonly bool _isMemory;
    private readonly Utf8StringCache? _strings;
    private int _position;
    private int _end;
    private long _budget;
    private string? _message;
    private short _version;

    /// <summary>Reads a frame from a stranger.</summary>
    public WireReader(ReadOnlyMemory<byte> frame)
        : this(frame, AllocationBudget.ForUntrusted(frame.Length))
    {
    }

    /// <summary>Reads a frame with a budget of object bytes, and with the names that this thread has seen before.</summary>
    public WireReader(ReadOnlyMemory<byte> frame, long budget, Utf8StringCache? strings = null)
    {
        _memory = frame;
        _span = frame.Span;
        _isMemory = true;
        _end = frame.Length;
        _budget = budget;
        _strings = strings;
    }

    /// <summary>Reads bytes that end with the call: fields of bytes are copied.</summary>
    public WireReader(ReadOnlySpan<byte> frame)
    {
        _span = frame;
        _end = frame.Length;
        _budget = AllocationBudget.ForTrusted(frame.Length);
    }

    /// <summary>How many bytes are read.</summary>
    public readonly int Position => _position;

    /// <summary>How many bytes are left of the frame, or of the tagged field that is being read.</summary>
    public readonly int Remaining => _end - _position;

    /// <summary>How many bytes of objects may still be made.</summary>
    public readonly long Budget => _budget;

    /// <summary>Names the message that follows, for errors, and checks that the version is one that it has.</summary>
    public void Begin(string message, short version, short first, short last)
    {
        _message = message;
        _version = version;
        if (version < first || version > last) throw new ProtocolException($"{message} has versions {first} to {last}, not {version}");
    }

    /// <summary>Checks that nothing is left over.</summary>
    public readonly void ExpectEnd()
    {
        if (_position != _end) throw Malformed($"{_end - _position} bytes are left after the message");
    }

    /// <summary>Takes object bytes from the budget.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Charge(int bytes)
    {
        _budget -= bytes;
        if (_budget < 0) ThrowBudget();
    }

    /// <summary>Reads a truth: any byte but zero is true.</summary>
    public bool ReadBoolean() => Take(1)[0] != 0;

    /// <summary>Reads one signed byte.</summary>
    public sbyte ReadInt8() => (sbyte)Take(1)[0];

    /// <summary>Reads two bytes.</summary>
    public short ReadInt16() => BinaryPrimitives.ReadInt16BigEndian(Take(2));

    /// <summary>Reads two bytes without a sign.</summary>
    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    /// <summary>Reads four bytes.</summary>
    public int ReadInt32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    /// <summary>Reads four bytes without a sign.</summary>
    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    /// <summary>Reads eight bytes.</summary>
    public long ReadInt64() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    /// <summary>Reads eight bytes of IEEE 754.</summary>
    public double ReadFloat64() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    /// <summary>Reads 16 bytes.</summary>
    public Uuid ReadUuid() => new(Take(Uuid.SizeInBytes));

    /// <summary>Reads a variable-length number; the protocol uses none above 2^31-1.</summary>
    public int ReadUnsignedVarint()
    {
        uint value = 0;
        for (int shift = 0; shift < 35; shift += 7)
        {
            byte next = Take(1)[0];
            value |= (uint)(next & 0x7F) << shift;
            if (next >= 0x80) continue;
            if (value > int.MaxValue || (shift == 28 && next > 0x0F)) throw Malformed("a variable-length number is beyond 2^31-1");
            return (int)value;
        }
        throw Malformed("a variable-length number has more than 5 bytes");
    }

    /// <summary>Reads a text; null when its length says so. Malformed UTF-8 becomes U+FFFD as in Kafka.</summary>
    public string? ReadString(bool compact)
    {
        int length = compact ? ReadUnsignedVarint() - 1 : ReadInt16();
        if (length < 0) return null;
        if (length == 0) return "";
        if (length > StringLengthMax) throw Malformed($"a string has {length} bytes, more than {StringLengthMax}");
        ReadOnlySpan<byte> utf8 = Take(length);
        if (_strings is not null && _strings.TryGet(utf8, out string? known)) return known;
        Charge(ObjectOverhead + (2 * length));
        string text = Utf8Text.Decode(utf8);
        _strings?.Add(utf8, text);
        return text;
    }

    /// <summary>Reads bytes; null when their length says so.</summary>
    public ReadOnlyMemory<byte>? ReadBytes(bool compact)
    {
        int length = compact ? ReadUnsignedVarint() - 1 : ReadInt32();
        // A bare null would become an empty memory: null arrays convert to one.
        return length < 0 ? default(ReadOnlyMemory<byte>?) : TakeMemory(length);
    }

    /// <summary>Reads record batches without looking into them.</summary>
    public Records ReadRecords(bool compact)
    {
        int length = compact ? ReadUnsignedVarint() - 1 : ReadInt32();
        return length < 0 ? Records.Null : new Records(TakeMemory(length));
    }

    /// <summary>Reads the count of an array: -1 for null, else a number whose elements of a least size the rest of the frame can hold.</summary>
    public int ReadArrayCount(bool compact, int leastElementBytes)
    {
        int count = compact ? ReadUnsignedVarint() - 1 : ReadInt32();
        if (count <= 0) return Math.Max(count, -1);
        if ((long)count * leastElementBytes > Remaining) throw Malformed($"an array of {count} elements does not fit into the {Remaining} bytes left");
        return count;
    }

    /// <summary>The list for an array of objects: the one at hand, emptied, with room for the first elements.</summary>
    public static List<T> BeginList<T>(List<T>? existing, int count)
    {
        List<T> list = Emptied(existing);
        int capacity = Math.Min(count, FirstCapacityMax);
        if (capacity > list.Capacity) list.Capacity = capacity;
        return list;
    }

    /// <summary>The list without elements, or a new one.</summary>
    public static List<T> Emptied<T>(List<T>? list)
    {
        if (list is null) return [];
        list.Clear();
        return list;
    }

    /// <summary>Reads an array of bytes with a sign.</summary>
    public List<sbyte>? ReadInt8List(List<sbyte>? existing, bool compact)
    {
        int count = BeginNumbers(ref existing, sizeof(sbyte), compact);
        if (count < 0) return null;
        Take(count).CopyTo(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(existing)));
        return existing;
    }

    /// <summary>Reads an array of 16-bit numbers.</summary>
    public List<short>? ReadInt16List(List<short>? existing, bool compact)
    {
        int count = BeginNumbers(ref existing, sizeof(short), compact);
        if (count < 0) return null;
        Span<short> numbers = CollectionsMarshal.AsSpan(existing);
        ReadOnlySpan<short> encoded = MemoryMarshal.Cast<byte, short>(Take(count * sizeof(short)));
        if (BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(encoded, numbers);
        else encoded.CopyTo(numbers);
        return existing;
    }

    /// <summary>Reads an array of 32-bit numbers.</summary>
    public List<int>? ReadInt32List(List<int>? existing, bool compact)
    {
        int count = BeginNumbers(ref existing, sizeof(int), compact);
        if (count < 0) return null;
        Span<int> numbers = CollectionsMarshal.AsSpan(existing);
        ReadOnlySpan<int> encoded = MemoryMarshal.Cast<byte, int>(Take(count * sizeof(int)));
        if (BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(encoded, numbers);
        else encoded.CopyTo(numbers);
        return existing;
    }

    /// <summary>Reads an array of 64-bit numbers.</summary>
    public List<long>? ReadInt64List(List<long>? existing, bool compact)
    {
        int count = BeginNumbers(ref existing, sizeof(long), compact);
        if (count < 0) return null;
        Span<long> numbers = CollectionsMarshal.AsSpan(existing);
        ReadOnlySpan<long> encoded = MemoryMarshal.Cast<byte, long>(Take(count * sizeof(long)));
        if (BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(encoded, numbers);
        else encoded.CopyTo(numbers);
        return existing;
    }

    /// <summary>Reads an array of uuids.</summary>
    public List<Uuid>? ReadUuidList(List<Uuid>? existing, bool compact)
    {
        int count = BeginNumbers(ref existing, Uuid.SizeInBytes, compact);
        if (count < 0) return null;
        Span<Uuid> uuids = CollectionsMarshal.AsSpan(existing);
        for (int i = 0; i < uuids.Length; i++) uuids[i] = ReadUuid();
        return existing;
    }

    /// <summary>Reads an array of texts, none of which may be null.</summary>
    public List<string>? ReadStringList(List<string>? existing, bool compact)
    {
        int count = ReadArrayCount(compact, compact ? 1 : 2);
        if (count < 0) return null;
        List<string> list = BeginList(existing, count);
        for (int i = 0; i < count; i++)
        {
            // The place in the list, which may be half empty.
            Charge(2 * sizeof(long));
            list.Add(ReadString(compact) ?? throw Malformed("an array of strings holds null"));
        }
        return list;
    }

    /// <summary>Skips all tagged fields: a part of a message that knows none.</summary>
    public void SkipTags()
    {
        for (int tags = ReadTagCount(); tags > 0; tags--)
        {
            ReadTag(out int end);
            SkipToEnd();
            EndTag(end);
        }
    }

    /// <summary>Reads how many tagged fields follow; each takes two bytes or more.</summary>
    public int ReadTagCount()
    {
        int count = ReadUnsignedVarint();
        if (count > Remaining / 2) throw Malformed($"{count} tagged fields do not fit into the {Remaining} bytes left");
        return count;
    }

    /// <summary>
    /// Reads a tag and its size, and ends the reader with it until <see cref="EndTag"/>. Writers put tags in ascending order; readers
    /// take any order, and the last of the same tag, because Kafka's do and some client may live by it.
    /// </summary>
    public int ReadTag(out int outerEnd)
    {
        int tag = ReadUnsignedVarint();
        int size = ReadUnsignedVarint();
        if (size > Remaining) throw Malformed($"tag {tag} has {size} bytes, but {Remaining} are left");
        outerEnd = _end;
        _end = _position + size;
        return tag;
    }

    /// <summary>Skips what is left of a tagged field.</summary>
    public void SkipToEnd() => _position = _end;

    /// <summary>Leaves a tagged field, which must be read to its end.</summary>
    public void EndTag(int outerEnd)
    {
        if (_position != _end) throw Malformed($"a tagged field has {_end - _position} bytes more than its type");
        _end = outerEnd;
    }

    /// <summary>The error for a null where the version allows none.</summary>
    public readonly ProtocolException NullField(string field) => Malformed($"{field} is null, which it cannot be");

    private int BeginNumbers<T>(ref List<T>? list, int width, bool compact)
    {
        int count = ReadArrayCount(compact, width);
        if (count < 0) return count;
        list = Emptied(list);
        if (count > 0)
        {
            Charge(ObjectOverhead + (count * width));
            CollectionsMarshal.SetCount(list, count);
        }
        return count;
    }

    private ReadOnlyMemory<byte> TakeMemory(int length)
    {
        int start = _position;
        ReadOnlySpan<byte> bytes = Take(length);
        if (_isMemory) return _memory.Slice(start, length);
        Charge(ObjectOverhead + length);
        return bytes.ToArray();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ReadOnlySpan<byte> Take(int length)
    {
        int start = _position;
        if (length > _end - start) ThrowTruncated(length);
        _position = start + length;
        return _span.Slice(start, length);
    }

    private readonly void ThrowTruncated(int length) => throw Malformed($"{length} bytes are needed, {Remaining} are left");

    private readonly void ThrowBudget() => throw Malformed("the message asks for more objects than its size allows");

    private readonly ProtocolException Malformed(string what) =>
        new(_message is null ? $"byte {_position}: {what}" : $"{_message} version {_version}, byte {_position}: {what}");
}
