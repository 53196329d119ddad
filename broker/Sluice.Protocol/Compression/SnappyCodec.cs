using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Sluice.Protocol.Compression;

/// <summary>Snappy through libsnappy's C interface. Writes xerial's framing, which every client reads; reads it and raw snappy.</summary>
internal static unsafe partial class SnappyCodec
{
    public const string Library = "libsnappy.so.1";

    private const int BlockSize = 32 * 1024;
    private const int HeaderSize = 16;

    /// <summary>No snappy element makes more than 64 bytes of 2, so what claims more than this is a lie and gets no memory.</summary>
    private const int RatioMax = 64;

    private static bool _loaded;

    private static ReadOnlySpan<byte> XerialMagic => [0x82, (byte)'S', (byte)'N', (byte)'A', (byte)'P', (byte)'P', (byte)'Y', 0];

    public static void Compress(ReadOnlySpan<byte> input, IBufferWriter<byte> output)
    {
        Require();
        Span<byte> header = output.GetSpan(HeaderSize);
        XerialMagic.CopyTo(header);
        BinaryPrimitives.WriteInt32BigEndian(header[8..], 1);
        BinaryPrimitives.WriteInt32BigEndian(header[12..], 1);
        output.Advance(HeaderSize);
        while (!input.IsEmpty)
        {
            ReadOnlySpan<byte> block = input[..Math.Min(BlockSize, input.Length)];
            nuint size = MaxCompressedLength((nuint)block.Length);
            Span<byte> to = output.GetSpan(4 + (int)size);
            fixed (byte* source = block, target = to[4..])
            {
                if (CompressBlock(source, (nuint)block.Length, target, &size) != 0)
                    throw new InvalidOperationException("snappy_compress refused a buffer of the size that it asked for.");
            }
            BinaryPrimitives.WriteInt32BigEndian(to, (int)size);
            output.Advance(4 + (int)size);
            input = input[block.Length..];
        }
    }

    public static void Decompress(ReadOnlySpan<byte> input, ref BoundedOutput output)
    {
        Require();
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
        fixed (byte* source = block)
        {
            nuint size;
            if (UncompressedLength(source, (nuint)block.Length, &size) != 0 || size > (nuint)block.Length * RatioMax)
                throw new CompressionException("The snappy data is damaged: its length cannot be right.");
            if (size > int.MaxValue)
                size = int.MaxValue;
            Span<byte> to = output.Exactly((int)size);
            byte nothing;
            fixed (byte* target = to)
            {
                if (UncompressBlock(source, (nuint)block.Length, target == null ? &nothing : target, &size) != 0)
                    throw new CompressionException("The snappy data is damaged.");
            }
            output.Advance((int)size);
        }
    }

    private static void Require() => _loaded = _loaded || NativeCodec.Require("snappy", Library, "libsnappy1v5");

    [LibraryImport(Library, EntryPoint = "snappy_compress")]
    private static partial int CompressBlock(byte* input, nuint inputLength, byte* output, nuint* outputLength);

    [LibraryImport(Library, EntryPoint = "snappy_uncompress")]
    private static partial int UncompressBlock(byte* input, nuint inputLength, byte* output, nuint* outputLength);

    [LibraryImport(Library, EntryPoint = "snappy_max_compressed_length")]
    private static partial nuint MaxCompressedLength(nuint length);

    [LibraryImport(Library, EntryPoint = "snappy_uncompressed_length")]
    private static partial int UncompressedLength(byte* input, nuint inputLength, nuint* length);
}
