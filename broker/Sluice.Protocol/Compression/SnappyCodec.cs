using System.Buffers;
using System.Buffers.Binary;

namespace Sluice.Protocol.Compression;

/// <summary>Snappy. Writes xerial's framing, which every client reads; reads it and raw snappy.</summary>
internal static class SnappyCodec
{
    private const int BlockSize = 32 * 1024;
    private const int HeaderSize = 16;

    private static ReadOnlySpan<byte> XerialMagic => [0x82, (byte)'S', (byte)'N', (byte)'A', (byte)'P', (byte)'P', (byte)'Y', 0];

    public static void Compress(ReadOnlySpan<byte> input, IBufferWriter<byte> output)
    {
        Span<byte> header = output.GetSpan(HeaderSize);
        XerialMagic.CopyTo(header);
        BinaryPrimitives.WriteInt32BigEndian(header[8..], 1);
        BinaryPrimitives.WriteInt32BigEndian(header[12..], 1);
        output.Advance(HeaderSize);
        while (!input.IsEmpty)
        {
            ReadOnlySpan<byte> block = input[..Math.Min(BlockSize, input.Length)];
            Span<byte> to = output.GetSpan(4 + SnappyBlock.EncodedBytesMax(block.Length));
            int size = SnappyBlock.Encode(block, to[4..]);
            BinaryPrimitives.WriteInt32BigEndian(to, size);
            output.Advance(4 + size);
            input = input[block.Length..];
        }
    }

    public static void Decompress(ReadOnlySpan<byte> input, ref BoundedOutput output)
    {
        if (!input.StartsWith(XerialMagic))
        {
            DecompressBlock(input, ref output);
            return;
        }
        input = SkipHeader(input);
        while (!input.IsEmpty)
        {
            if (input.StartsWith(XerialMagic))
            {
                // Streams may be joined end to end; each begins with a header.
                input = SkipHeader(input);
                continue;
            }
            if (input.Length < 4)
                throw new CompressionException("The snappy data is cut inside a block's length.");
            int size = BinaryPrimitives.ReadInt32BigEndian(input);
            if (size < 0 || size > input.Length - 4)
                throw new CompressionException($"The snappy data is damaged: a block of {size} bytes with {input.Length - 4} left.");
            DecompressBlock(input.Slice(4, size), ref output);
            input = input[(4 + size)..];
        }
    }

    private static ReadOnlySpan<byte> SkipHeader(ReadOnlySpan<byte> input)
    {
        if (input.Length < HeaderSize)
            throw new CompressionException("The snappy data is cut inside its xerial header.");
        int compatible = BinaryPrimitives.ReadInt32BigEndian(input[12..]);
        if (compatible > 1)
            throw new CompressionException($"The snappy data needs xerial framing version {compatible}; version 1 is known.");
        return input[HeaderSize..];
    }

    private static void DecompressBlock(ReadOnlySpan<byte> block, ref BoundedOutput output)
    {
        int size = SnappyBlock.TakeLength(ref block);
        if (size < 0)
            throw new CompressionException("The snappy data is damaged: its length cannot be right.");
        if (!SnappyBlock.TryDecode(block, size, output.Room(output.Exactly(size) + SnappyBlock.Slack)))
            throw new CompressionException("The snappy data is damaged.");
        output.Advance(size);
    }
}
