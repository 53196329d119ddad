using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Snappier;

namespace Sluice.Protocol.Compression;

/// <summary>A block of raw snappy: the length of what it holds, then elements, each literals or a copy of what came out before.</summary>
/// <remarks>
/// Blocks are written by Snappier and read here: its reader makes an object a block, and takes a block that ends inside an element for
/// sound where nothing is missing by then; no other reader does.
/// </remarks>
internal static class SnappyBlock
{
    /// <summary>How much more room than a block needs lets elements be copied in steps that write beyond their end.</summary>
    public const int Slack = 64;

    private const int LengthBytesMax = 5;
    private const int LengthMask = 0x7F;
    private const int DistanceMask = 0x700;

    /// <summary>A tag, and the most that is read behind it at once.</summary>
    private const int QuickInput = 1 + StepSize;
    private const int StepSize = 16;
    private const int CopyMax = 64;

    /// <summary>Literals of more bytes than this have their length behind the tag, which then tells how many bytes that takes.</summary>
    private const int ShortLiteralMax = 60;

    /// <summary>No element makes more than 64 bytes of 3, so what claims more than this is a lie and gets no memory.</summary>
    private const int RatioMax = 22;

    /// <summary>By tag: how much a copy makes, and the upper bits of its distance, which short ones have in the tag.</summary>
    private static readonly ushort[] Copies = [.. Enumerable.Range(0, 256).Select(tag => (ushort)((tag & 3) == 1 ? (((tag >> 2) & 7) + 4) | ((tag >> 5) << 8) : (tag >> 2) + 1))];

    /// <summary>The most that a block of so many bytes takes.</summary>
    public static int EncodedBytesMax(int length) => Snappy.GetMaxCompressedLength(length);

    /// <summary>Writes a block and returns its size.</summary>
    public static int Encode(ReadOnlySpan<byte> input, Span<byte> to) => Snappy.Compress(input, to);

    /// <summary>Takes the length off the front of a block: seven bits a byte, the least significant first.</summary>
    /// <returns>-1 when it does not end, or the elements that follow cannot make so much.</returns>
    public static int TakeLength(ref ReadOnlySpan<byte> block)
    {
        ulong length = 0;
        for (int at = 0; at < Math.Min(LengthBytesMax, block.Length); at++)
        {
            length |= (ulong)(block[at] & 0x7F) << (7 * at);
            if (block[at] >= 0x80) continue;
            block = block[(at + 1)..];
            return length <= (ulong)block.Length * RatioMax && length <= int.MaxValue ? (int)length : -1;
        }
        return -1;
    }

    /// <summary>Decodes the elements of a block.</summary>
    /// <param name="elements">What follows the length.</param>
    /// <param name="size">How many bytes they have to make.</param>
    /// <param name="to">Room for that, and for the slack.</param>
    /// <returns>Whether they make just as many, end where the block does, and copy only from what came out before.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> elements, int size, Span<byte> to)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(to.Length, size + Slack);
        int at = 0, made = 0;
        while (at < elements.Length)
        {
            if (elements.Length - at >= QuickInput && size - made >= CopyMax)
            {
                if (!TryDecodeQuickly(elements, ref at, size, to, ref made)) return false;
                if (at >= elements.Length) break;
            }
            if (!TryDecodeElement(elements, ref at, size, to, ref made)) return false;
        }
        return made == size;
    }

    /// <summary>
    /// Decodes elements while enough bytes follow to read and write more than they need, and stops before one of a kind that is rare. Which
    /// of the frequent kinds comes next cannot be foretold: so there is one way for both kinds of copy.
    /// </summary>
    private static bool TryDecodeQuickly(ReadOnlySpan<byte> elements, ref int at, int size, Span<byte> to, ref int made)
    {
        while (elements.Length - at >= QuickInput && size - made >= CopyMax)
        {
            int tag = elements[at], kind = tag & 3;
            if (kind == 0)
            {
                int literals = (tag >> 2) + 1;
                if (literals > StepSize) return true;
                CopyStep(elements, at + 1, to, made);
                at += 1 + literals;
                made += literals;
                continue;
            }
            if (kind == 3) return true;
            ushort copy = Copies[tag];
            int length = copy & LengthMask;
            // One byte or two of the four that follow.
            int distance = (copy & DistanceMask) + (int)(BinaryPrimitives.ReadUInt32LittleEndian(elements[(at + 1)..]) & (0xFFFFu >> (8 * (2 - kind))));
            if (distance == 0 || distance > made) return false;
            Copy(to, made, distance, length);
            at += 1 + kind;
            made += length;
        }
        return true;
    }

    private static bool TryDecodeElement(ReadOnlySpan<byte> elements, ref int at, int size, Span<byte> to, ref int made)
    {
        int tag = elements[at++], kind = tag & 3;
        if (kind == 0)
        {
            int literals = (tag >> 2) + 1;
            if (literals > ShortLiteralMax && !TryReadLength(elements, literals - ShortLiteralMax, ref at, out literals)) return false;
            if (literals > elements.Length - at || literals > size - made) return false;
            elements.Slice(at, literals).CopyTo(to[made..]);
            at += literals;
            made += literals;
            return true;
        }
        int length = Copies[tag] & LengthMask, bytes = kind == 3 ? sizeof(int) : kind;
        if (bytes > elements.Length - at) return false;
        uint distance = (uint)(Copies[tag] & DistanceMask);
        for (int i = 0; i < bytes; i++) distance += (uint)elements[at + i] << (8 * i);
        at += bytes;
        if (distance == 0 || distance > made || length > size - made) return false;
        Copy(to, made, (int)distance, length);
        made += length;
        return true;
    }

    /// <summary>The length, less one, of literals in so many bytes.</summary>
    private static bool TryReadLength(ReadOnlySpan<byte> elements, int bytes, ref int at, out int length)
    {
        length = 0;
        if (bytes > elements.Length - at) return false;
        for (int i = 0; i < bytes; i++) length |= elements[at + i] << (8 * i);
        at += bytes;
        // What does not fit into the number is more than any block holds.
        return length is >= 0 and < int.MaxValue && ++length > 0;
    }

    /// <summary>Copies at most 64 bytes from before, of which there is slack for behind. The distance may be less than the length: then the bytes repeat.</summary>
    private static void Copy(Span<byte> to, int at, int distance, int length)
    {
        if (distance >= StepSize)
        {
            for (int done = 0; done < length; done += StepSize) CopyStep(to, at - distance + done, to, at + done);
        }
        else
        {
            Span<byte> target = to.Slice(at - distance, distance + Math.Min(length, CopyMax));
            for (int i = distance; i < target.Length; i++) target[i] = target[i - distance];
        }
    }

    /// <summary>Copies 16 bytes at once; both places have as many.</summary>
    private static void CopyStep(ReadOnlySpan<byte> from, int fromAt, Span<byte> to, int toAt)
    {
        ReadOnlySpan<byte> source = from.Slice(fromAt, StepSize);
        Span<byte> target = to.Slice(toAt, StepSize);
        Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(source)).StoreUnsafe(ref MemoryMarshal.GetReference(target));
    }
}
