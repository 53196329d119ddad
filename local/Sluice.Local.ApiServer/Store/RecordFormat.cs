using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Sluice.Local.ApiServer.Store;

/// <summary>One record of a journal or snapshot.</summary>
internal readonly record struct StoreRecord(RecordType Type, long Revision, string Kind, string Key, ReadOnlyMemory<byte> Body);

/// <summary>Kinds of records; the numbers are on disk.</summary>
internal enum RecordType : byte
{
    Put = 1,
    Delete = 2,

    /// <summary>Closes a snapshot; its revision is the store's, its key the number of objects.</summary>
    End = 3,
}

/// <summary>
/// The bytes of journals and snapshots: a header of eight bytes, then records of
/// <c>u32 length, u32 CRC-32C of the payload, payload</c>, little endian; the payload is
/// <c>u8 type, i64 revision, u16 length + kind, u16 length + key, body</c>.
/// </summary>
internal static class RecordFormat
{
    public const int FrameBytes = 8;

    /// <summary>A longer record is damage: requests are bounded far below.</summary>
    public const int PayloadBytesMax = 64 << 20;

    public static ReadOnlySpan<byte> Header => "SLUICE\0\x01"u8;

    public static void Write(ArrayBufferWriter<byte> target, in StoreRecord record)
    {
        var kindBytes = Encoding.UTF8.GetByteCount(record.Kind);
        var keyBytes = Encoding.UTF8.GetByteCount(record.Key);
        var payloadBytes = 1 + 8 + 2 + kindBytes + 2 + keyBytes + record.Body.Length;
        var span = target.GetSpan(FrameBytes + payloadBytes)[..(FrameBytes + payloadBytes)];
        var payload = span[FrameBytes..];
        payload[0] = (byte)record.Type;
        BinaryPrimitives.WriteInt64LittleEndian(payload[1..], record.Revision);
        BinaryPrimitives.WriteUInt16LittleEndian(payload[9..], checked((ushort)kindBytes));
        Encoding.UTF8.GetBytes(record.Kind, payload[11..]);
        var at = 11 + kindBytes;
        BinaryPrimitives.WriteUInt16LittleEndian(payload[at..], checked((ushort)keyBytes));
        Encoding.UTF8.GetBytes(record.Key, payload[(at + 2)..]);
        record.Body.Span.CopyTo(payload[(at + 2 + keyBytes)..]);
        BinaryPrimitives.WriteUInt32LittleEndian(span, (uint)payloadBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(span[4..], Checksum(payload));
        target.Advance(FrameBytes + payloadBytes);
    }

    /// <summary>Reads the record at a position; false when there is no whole and unharmed one.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> file, int position, out StoreRecord record, out int next)
    {
        record = default;
        next = position;
        if (!TryFrame(file.Span, position, out var payloadBytes))
            return false;
        var memory = file.Slice(position + FrameBytes, payloadBytes);
        var payload = memory.Span;
        if (payloadBytes < 13 || BinaryPrimitives.ReadUInt32LittleEndian(file.Span[(position + 4)..]) != Checksum(payload))
            return false;
        var kindBytes = BinaryPrimitives.ReadUInt16LittleEndian(payload[9..]);
        if (payloadBytes < 13 + kindBytes)
            return false;
        var keyBytes = BinaryPrimitives.ReadUInt16LittleEndian(payload[(11 + kindBytes)..]);
        var bodyAt = 13 + kindBytes + keyBytes;
        if (payloadBytes < bodyAt)
            return false;
        record = new StoreRecord(
            (RecordType)payload[0],
            BinaryPrimitives.ReadInt64LittleEndian(payload[1..]),
            Encoding.UTF8.GetString(payload.Slice(11, kindBytes)),
            Encoding.UTF8.GetString(payload.Slice(13 + kindBytes, keyBytes)),
            memory[bodyAt..]);
        next = position + FrameBytes + payloadBytes;
        return true;
    }

    /// <summary>Where the record at a position would end by its own length, harmed or not; false when that is not within the file.</summary>
    public static bool TryFrame(ReadOnlySpan<byte> file, int position, out int payloadBytes)
    {
        payloadBytes = 0;
        if (file.Length - position < FrameBytes)
            return false;
        var length = BinaryPrimitives.ReadUInt32LittleEndian(file[position..]);
        if (length > PayloadBytesMax || length > file.Length - position - FrameBytes)
            return false;
        payloadBytes = (int)length;
        return true;
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
            crc = BitOperations.Crc32C(crc, word);
        foreach (var one in bytes[(words.Length * 8)..])
            crc = BitOperations.Crc32C(crc, one);
        return ~crc;
    }
}
