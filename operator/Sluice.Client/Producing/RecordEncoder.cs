using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using Sluice.Protocol.Batches;

namespace Sluice.Client.Producing;

/// <summary>Encodes records where they will be sent from. The deltas are known only once the batch is, so sizes are measured in two parts.</summary>
internal static class RecordEncoder
{
    /// <summary>The most that length, attributes and the two deltas take.</summary>
    public const int PrefixSizeMax = 5 + 1 + 10 + 5;

    /// <summary>Bytes of key, value and headers with their lengths.</summary>
    public static int BodySize(in ProducerRecord record)
    {
        long size = (long)BytesSize(record.Key) + BytesSize(record.Value) + VarIntSize(record.Headers.Length);
        foreach (RecordHeader header in record.Headers.Span)
        {
            int keyLength = Encoding.UTF8.GetByteCount(header.Key);
            size += VarIntSize(keyLength) + keyLength + BytesSize(header.Value);
        }

        return (int)Math.Min(size, int.MaxValue / 2);
    }

    /// <summary>Writes a record; gives the bytes taken.</summary>
    /// <param name="to">At least <see cref="PrefixSizeMax"/> and the body's size.</param>
    /// <param name="bodySize">As <see cref="BodySize"/> measured it.</param>
    /// <param name="timestampDelta">Milliseconds since the batch's base timestamp.</param>
    /// <param name="offsetDelta">Records before it in the batch.</param>
    /// <param name="record">The record.</param>
    public static int Write(Span<byte> to, int bodySize, long timestampDelta, int offsetDelta, in ProducerRecord record)
    {
        int size = 1 + VarIntSize(timestampDelta) + VarIntSize(offsetDelta) + bodySize;
        int at = WriteVarInt(to, size);
        to[at++] = 0;
        at += WriteVarInt(to[at..], timestampDelta);
        at += WriteVarInt(to[at..], offsetDelta);
        at += WriteBytes(to[at..], record.Key);
        at += WriteBytes(to[at..], record.Value);
        at += WriteVarInt(to[at..], record.Headers.Length);
        if (record.Headers.Length > 0) at += WriteHeaders(to[at..], record.Headers.Span);
        return at;
    }

    /// <summary>Writes a record whose key, value and headers are encoded already; gives the bytes taken.</summary>
    public static int WriteEncoded(Span<byte> to, ReadOnlySpan<byte> body, long timestampDelta, int offsetDelta)
    {
        int at = WriteVarInt(to, 1 + VarIntSize(timestampDelta) + VarIntSize(offsetDelta) + body.Length);
        to[at++] = 0;
        at += WriteVarInt(to[at..], timestampDelta);
        at += WriteVarInt(to[at..], offsetDelta);
        body.CopyTo(to[at..]);
        return at + body.Length;
    }

    public static int VarIntSize(long value) => (70 - BitOperations.LeadingZeroCount(ZigZag(value) | 1)) / 7;

    private static int WriteHeaders(Span<byte> to, ReadOnlySpan<RecordHeader> headers)
    {
        int at = 0;
        foreach (RecordHeader header in headers)
        {
            at += WriteVarInt(to[at..], Encoding.UTF8.GetByteCount(header.Key));
            at += Encoding.UTF8.GetBytes(header.Key, to[at..]);
            at += WriteBytes(to[at..], header.Value);
        }

        return at;
    }

    private static int BytesSize(in ReadOnlyMemory<byte>? bytes) => bytes.HasValue ? VarIntSize(bytes.GetValueOrDefault().Length) + bytes.GetValueOrDefault().Length : 1;

    private static int WriteBytes(Span<byte> to, in ReadOnlyMemory<byte>? bytes)
    {
        if (!bytes.HasValue) return WriteVarInt(to, -1);
        ReadOnlySpan<byte> span = bytes.GetValueOrDefault().Span;
        int at = WriteVarInt(to, span.Length);
        span.CopyTo(to[at..]);
        return at + span.Length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int WriteVarInt(Span<byte> to, long value)
    {
        ulong bits = ZigZag(value);
        if (bits >= 0x80) return WriteLongVarInt(to, bits);
        to[0] = (byte)bits;
        return 1;
    }

    private static int WriteLongVarInt(Span<byte> to, ulong bits)
    {
        int at = 0;
        while (bits >= 0x80)
        {
            to[at++] = (byte)(bits | 0x80);
            bits >>= 7;
        }

        to[at++] = (byte)bits;
        return at;
    }

    private static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));
}
