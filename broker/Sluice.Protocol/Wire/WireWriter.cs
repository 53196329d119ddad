using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Sluice.Protocol.Wire;

/// <summary>
/// Writes the protocol's types into a buffer of the measured size. Records that lie in a file are not copied: the place where they
/// belong is noted, and whoever sends the frame sends them from the file.
/// </summary>
public ref struct WireWriter
{
    /// <summary>Below this many UTF-16 units a text's length surely takes one byte: each is at most three in UTF-8.</summary>
    private const int ShortTextMax = 126 / 3;

    private readonly Span<byte> _buffer;
    private readonly bool _copyFiles;
    private int _position;
    private List<FrameSplice>? _splices;

    /// <summary>Writes into a buffer; <paramref name="copyFiles"/> reads records in files into it instead of noting them.</summary>
    public WireWriter(Span<byte> buffer, bool copyFiles = false)
    {
        _buffer = buffer;
        _copyFiles = copyFiles;
    }

    /// <summary>Writes into a buffer of the measured size, with room for the files' places.</summary>
    internal WireWriter(Span<byte> buffer, WireSize size)
    {
        _buffer = buffer;
        if (size.SpliceCount > 0) _splices = new List<FrameSplice>(size.SpliceCount);
    }

    /// <summary>How many bytes are written.</summary>
    public readonly int Position => _position;

    /// <summary>The records to be sent from files, in their order; null when there are none.</summary>
    public readonly List<FrameSplice>? Splices => _splices;

    /// <summary>Writes 1 or 0.</summary>
    public void WriteBoolean(bool value) => Take(1)[0] = value ? (byte)1 : (byte)0;

    /// <summary>Writes one signed byte.</summary>
    public void WriteInt8(sbyte value) => Take(1)[0] = (byte)value;

    /// <summary>Writes two bytes.</summary>
    public void WriteInt16(short value) => BinaryPrimitives.WriteInt16BigEndian(Take(2), value);

    /// <summary>Writes two bytes without a sign.</summary>
    public void WriteUInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Take(2), value);

    /// <summary>Writes four bytes.</summary>
    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32BigEndian(Take(4), value);

    /// <summary>Writes four bytes without a sign.</summary>
    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Take(4), value);

    /// <summary>Writes eight bytes.</summary>
    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64BigEndian(Take(8), value);

    /// <summary>Writes eight bytes of IEEE 754.</summary>
    public void WriteFloat64(double value) => BinaryPrimitives.WriteDoubleBigEndian(Take(8), value);

    /// <summary>Writes 16 bytes.</summary>
    public void WriteUuid(Uuid value) => value.WriteTo(Take(Uuid.SizeInBytes));

    /// <summary>Writes a variable-length number that is not negative.</summary>
    public void WriteUnsignedVarint(int value)
    {
        uint rest = (uint)value;
        while (rest >= 0x80)
        {
            _buffer[_position++] = (byte)(rest | 0x80);
            rest >>= 7;
        }
        _buffer[_position++] = (byte)rest;
    }

    /// <summary>Writes a text and its length.</summary>
    public void WriteString(string? text, bool compact)
    {
        if (text is null)
        {
            WriteLength(-1, compact);
            return;
        }
        if (compact && text.Length > ShortTextMax) WriteUnsignedVarint(Encoding.UTF8.GetByteCount(text) + 1);
        else _position += compact ? 1 : sizeof(short);
        int start = _position;
        int length = Encoding.UTF8.GetBytes(text, _buffer[start..]);
        if (!compact) BinaryPrimitives.WriteInt16BigEndian(_buffer[(start - sizeof(short))..], (short)length);
        else if (text.Length <= ShortTextMax) _buffer[start - 1] = (byte)(length + 1);
        _position = start + length;
    }

    private void WriteLength(int length, bool compact)
    {
        if (compact) WriteUnsignedVarint(length + 1);
        else WriteInt16((short)length);
    }

    /// <summary>Writes bytes and their length.</summary>
    public void WriteBytes(ReadOnlyMemory<byte>? bytes, bool compact)
    {
        WriteArrayCount(bytes?.Length ?? -1, compact);
        if (bytes is { } some) some.Span.CopyTo(Take(some.Length));
    }

    /// <summary>Writes the length of record batches, and the batches when they are in memory.</summary>
    public void WriteRecords(Records records, bool compact)
    {
        WriteArrayCount(records.IsNull ? -1 : records.Length, compact);
        if (records.IsFile && !_copyFiles) (_splices ??= []).Add(new FrameSplice(_position, records));
        else records.CopyTo(Take(records.Length));
    }

    /// <summary>Writes the count of an array, -1 for null.</summary>
    public void WriteArrayCount(int count, bool compact)
    {
        if (compact) WriteUnsignedVarint(count + 1);
        else WriteInt32(count);
    }

    /// <summary>Writes an array of bytes with a sign.</summary>
    public void WriteInt8List(List<sbyte>? list, bool compact)
    {
        WriteArrayCount(list?.Count ?? -1, compact);
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(list));
        bytes.CopyTo(Take(bytes.Length));
    }

    /// <summary>Writes an array of 16-bit numbers.</summary>
    public void WriteInt16List(List<short>? list, bool compact)
    {
        WriteArrayCount(list?.Count ?? -1, compact);
        foreach (short value in CollectionsMarshal.AsSpan(list)) WriteInt16(value);
    }

    /// <summary>Writes an array of 32-bit numbers.</summary>
    public void WriteInt32List(List<int>? list, bool compact)
    {
        WriteArrayCount(list?.Count ?? -1, compact);
        foreach (int value in CollectionsMarshal.AsSpan(list)) WriteInt32(value);
    }

    /// <summary>Writes an array of 64-bit numbers.</summary>
    public void WriteInt64List(List<long>? list, bool compact)
    {
        WriteArrayCount(list?.Count ?? -1, compact);
        foreach (long value in CollectionsMarshal.AsSpan(list)) WriteInt64(value);
    }

    /// <summary>Writes an array of uuids.</summary>
    public void WriteUuidList(List<Uuid>? list, bool compact)
    {
        WriteArrayCount(list?.Count ?? -1, compact);
        foreach (Uuid value in CollectionsMarshal.AsSpan(list)) WriteUuid(value);
    }

    /// <summary>Writes an array of texts.</summary>
    public void WriteStringList(List<string>? list, bool compact)
    {
        WriteArrayCount(list?.Count ?? -1, compact);
        foreach (string text in CollectionsMarshal.AsSpan(list)) WriteString(text, compact);
    }

    /// <summary>Writes bytes that are encoded already.</summary>
    public void WriteEncoded(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    /// <summary>Writes that no tagged fields follow.</summary>
    public void WriteNoTags() => Take(1)[0] = 0;

    /// <summary>Writes a tag and the size of the field that follows.</summary>
    public void WriteTag(int tag, WireSize field)
    {
        WriteUnsignedVarint(tag);
        WriteUnsignedVarint(field.Total);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Span<byte> Take(int length)
    {
        Span<byte> room = _buffer.Slice(_position, length);
        _position += length;
        return room;
    }
}
