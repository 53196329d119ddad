using System.Runtime.CompilerServices;

namespace Sluice.Client.Consuming;

/// <summary>Reads the records of a batch in place.</summary>
internal static class RecordDecoder
{
    /// <summary>Reads one record and steps behind it.</summary>
    /// <returns>False when the bytes are no record.</returns>
    public static bool TryRead(byte[] bytes, ref int at, int end, out long timestampDelta, out long offsetDelta, out RecordPlaces places)
    {
        places = default;
        timestampDelta = offsetDelta = 0;
        if (!TryReadVarInt(bytes, ref at, end, out long length) || length < 1 || length > end - at) return false;
        int recordEnd = at + (int)length;
        at++; // The attributes byte has no meaning yet.
        if (!TryReadVarInt(bytes, ref at, recordEnd, out timestampDelta)
            || !TryReadVarInt(bytes, ref at, recordEnd, out offsetDelta) || offsetDelta is < 0 or > int.MaxValue
            || !TryReadBytes(bytes, ref at, recordEnd, out places.KeyAt, out places.KeyLength)
            || !TryReadBytes(bytes, ref at, recordEnd, out places.ValueAt, out places.ValueLength)
            || !TryReadVarInt(bytes, ref at, recordEnd, out long headers) || headers < 0 || headers > recordEnd - at)
            return false;
        places.HeadersAt = at;
        places.HeaderCount = (int)headers;
        for (; headers > 0; headers--)
        {
            if (!TryReadBytes(bytes, ref at, recordEnd, out _, out int keyLength) || keyLength < 0
                || !TryReadBytes(bytes, ref at, recordEnd, out _, out _))
                return false;
        }

        return at == recordEnd;
    }

    /// <summary>Reads a length; -1 stands for null.</summary>
    public static bool TryReadLength(byte[] bytes, ref int at, int end, out int length)
    {
        bool read = TryReadVarInt(bytes, ref at, end, out long wide);
        length = (int)wide;
        return read && wide is >= -1 and <= int.MaxValue;
    }

    private static bool TryReadBytes(byte[] bytes, ref int at, int end, out int start, out int length)
    {
        bool read = TryReadLength(bytes, ref at, end, out length) && length <= end - at;
        start = at;
        if (read && length > 0) at += length;
        return read;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryReadVarInt(byte[] bytes, ref int at, int end, out long value)
    {
        if (at < end && bytes[at] < 0x80)
        {
            uint single = bytes[at++];
            value = (int)(single >> 1) ^ -(int)(single & 1);
            return true;
        }

        return TryReadLongVarInt(bytes, ref at, end, out value);
    }

    private static bool TryReadLongVarInt(byte[] bytes, ref int at, int end, out long value)
    {
        ulong bits = 0;
        for (int shift = 0; shift < 70 && at < end; shift += 7)
        {
            byte next = bytes[at++];
            bits |= (ulong)(next & 0x7F) << shift;
            if (next >= 0x80) continue;
            value = (long)(bits >> 1) ^ -(long)(bits & 1);
            return true;
        }

        value = 0;
        return false;
    }
}
