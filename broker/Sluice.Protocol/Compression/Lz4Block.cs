using K4os.Compression.LZ4;

namespace Sluice.Protocol.Compression;

/// <summary>A compressed block of LZ4: sequences of a token, literals, and a copy of what came out before. It has at most 4 MiB, so sums of its lengths fit.</summary>
internal static class Lz4Block
{
    /// <summary>How much more room than a block needs lets it be decoded in steps that write beyond its end.</summary>
    public const int Slack = 32;

    private const int MatchMin = 4;
    private const int OffsetLength = 2;
    private const int LengthMask = 0xF;

    /// <summary>Decodes a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="to">Room for what it holds, and for the slack.</param>
    /// <param name="window">What came out before it, as far as it may refer to that.</param>
    /// <returns>How many bytes came out; -1 when the block is damaged or holds more than there is room for.</returns>
    public static int Decode(ReadOnlySpan<byte> block, Span<byte> to, ReadOnlySpan<byte> window)
    {
        // The library takes "nothing came out" for a failure.
        if (block is [0]) return 0;
        // A copy from a distance of 0 gives what lies in the buffer: zeros, as with liblz4, and nothing that another batch left there.
        to.Clear();
        return window.IsEmpty ? LZ4Codec.Decode(block, to) : LZ4Codec.Decode(block, to, window);
    }

    /// <summary>How many bytes a block holds by its own lengths, without decoding it; -1 when they make no sense.</summary>
    public static long Measure(ReadOnlySpan<byte> block)
    {
        long total = 0;
        int at = 0;
        while ((uint)at < (uint)block.Length)
        {
            int token = block[at++];
            int literals = token >> 4;
            if (literals == LengthMask && !TryExtend(block, ref at, ref literals)) return -1;
            at += literals;
            total += literals;
            // The last sequence has literals only.
            if (at == block.Length) return total;
            at += OffsetLength;
            int match = token & LengthMask;
            if (match == LengthMask && !TryExtend(block, ref at, ref match)) return -1;
            total += match + MatchMin;
        }
        return -1;
    }

    /// <summary>A length of 15 goes on in bytes that are added to it, up to the first that is not 255.</summary>
    private static bool TryExtend(ReadOnlySpan<byte> block, ref int at, ref int length)
    {
        byte more;
        do
        {
            if ((uint)at >= (uint)block.Length) return false;
            more = block[at++];
            length += more;
        }
        while (more == byte.MaxValue);
        return true;
    }
}
