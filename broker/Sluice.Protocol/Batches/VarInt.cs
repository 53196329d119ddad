namespace Sluice.Protocol.Batches;

/// <summary>The zig-zag variable-length integers of records.</summary>
internal static class VarInt
{
    public const int Int32SizeMax = 5;
    public const int Int64SizeMax = 10;

    public static int Size(long value) => (70 - System.Numerics.BitOperations.LeadingZeroCount(ZigZag(value) | 1)) / 7;

    public static int Write(Span<byte> destination, long value)
    {
        ulong bits = ZigZag(value);
        int at = 0;
        while (bits >= 0x80)
        {
            destination[at++] = (byte)(bits | 0x80);
            bits >>= 7;
        }
        destination[at++] = (byte)bits;
        return at;
    }

    public static bool TryRead(ReadOnlySpan<byte> source, ref int at, out int value)
    {
        int start = at;
        bool read = TryRead(source, ref at, out long wide);
        value = (int)wide;
        return read && value == wide && at - start <= Int32SizeMax;
    }

    public static bool TryRead(ReadOnlySpan<byte> source, ref int at, out long value)
    {
        ulong bits = 0;
        for (int shift = 0; shift < 70 && (uint)at < (uint)source.Length; shift += 7)
        {
            byte next = source[at++];
            bits |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                value = (long)(bits >> 1) ^ -(long)(bits & 1);
                // The tenth byte has room for one bit only.
                return shift < 63 || next <= 1;
            }
        }
        value = 0;
        return false;
    }

    private static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));
}
