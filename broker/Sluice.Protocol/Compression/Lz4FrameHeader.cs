using System.Buffers.Binary;
using System.IO.Hashing;

namespace Sluice.Protocol.Compression;

/// <summary>What the descriptor at the beginning of an LZ4 frame says: two bytes of flags, what they announce, and a byte of checksum.</summary>
internal readonly struct Lz4FrameHeader
{
    private const uint Magic = 0x184D2204;
    private const int FlagsLength = 2;
    private const int ContentSizeLength = sizeof(ulong);

    // The first byte of flags.
    private const int Version = 0b0100_0000, VersionMask = 0b1100_0000;
    private const int IndependentBlocks = 1 << 5, BlockChecksums = 1 << 4, HasContentSize = 1 << 3, ContentChecksum = 1 << 2, Reserved = 1 << 1, Dictionary = 1;

    // The second: only the block size.
    private const int BlockSizeMask = 0b0111_0000, BlockSizeShift = 4, BlockSizeMin = 4;

    private readonly byte _flags;

    private Lz4FrameHeader(byte flags, int blockBytesMax, ulong? contentSize)
    {
        _flags = flags;
        BlockBytesMax = blockBytesMax;
        ContentSize = contentSize;
    }

    /// <summary>Magic number and descriptor of what Java clients write: blocks of 64 KiB that stand alone, the only ones that they read, no checksums.</summary>
    public static ReadOnlySpan<byte> OfBatches => [0x04, 0x22, 0x4D, 0x18, Version | IndependentBlocks, BlockSizeMin << BlockSizeShift, 0x82];

    /// <summary>The most that a block holds: 64 KiB, 256 KiB, 1 MiB or 4 MiB.</summary>
    public int BlockBytesMax { get; }

    /// <summary>How many bytes the frame says that it holds; null when it does not say.</summary>
    public ulong? ContentSize { get; }

    /// <summary>Whether no block refers to what others before it hold.</summary>
    public bool HasIndependentBlocks => (_flags & IndependentBlocks) != 0;

    /// <summary>Whether each block is followed by its checksum.</summary>
    public bool HasBlockChecksums => (_flags & BlockChecksums) != 0;

    /// <summary>Whether the frame ends with a checksum of all that it holds.</summary>
    public bool HasContentChecksum => (_flags & ContentChecksum) != 0;

    /// <summary>Takes a descriptor off the front of what follows a magic number.</summary>
    /// <exception cref="CompressionException">The number or the descriptor is not one of the format, or asks for a dictionary.</exception>
    public static Lz4FrameHeader Read(uint magic, ref ReadOnlySpan<byte> input)
    {
        if (magic != Magic)
            throw Lz4Codec.Damaged($"0x{magic:X8} is not the magic number of a frame");
        ReadOnlySpan<byte> descriptor = input;
        ReadOnlySpan<byte> flags = Lz4Codec.Take(ref input, FlagsLength);
        if ((flags[0] & VersionMask) != Version || (flags[0] & Reserved) != 0 || (flags[1] & ~BlockSizeMask) != 0 || flags[1] >> BlockSizeShift < BlockSizeMin)
            throw Lz4Codec.Damaged($"the flags 0x{flags[0]:X2} 0x{flags[1]:X2} of its frame are of no known version");
        ulong? contentSize = (flags[0] & HasContentSize) != 0 ? BinaryPrimitives.ReadUInt64LittleEndian(Lz4Codec.Take(ref input, ContentSizeLength)) : null;
        uint? dictionary = (flags[0] & Dictionary) != 0 ? Lz4Codec.ReadUInt32(ref input) : null;
        descriptor = descriptor[..^input.Length];
        byte checksum = Lz4Codec.Take(ref input, 1)[0];
        CheckChecksum(descriptor, checksum);
        if (dictionary is { } id)
            throw new CompressionException($"The lz4 data needs the dictionary {id}; batches have none.");
        return new Lz4FrameHeader(flags[0], 1 << (2 * (flags[1] >> BlockSizeShift) + 8), contentSize);
    }

    private static void CheckChecksum(ReadOnlySpan<byte> descriptor, byte checksum)
    {
        if (checksum == Checksum(descriptor)) return;
        // Kafka's clients counted the magic number in until 0.10 (KIP-57). Batches of today's format must not have it: Java refuses them.
        Span<byte> withMagic = stackalloc byte[sizeof(uint) + descriptor.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(withMagic, Magic);
        descriptor.CopyTo(withMagic[sizeof(uint)..]);
        throw Lz4Codec.Damaged(checksum == Checksum(withMagic)
            ? "the checksum of its frame's header is made as Kafka's clients made it before 0.10, which is wrong in this message format"
            : "the checksum of its frame's header is another");
    }

    private static byte Checksum(ReadOnlySpan<byte> descriptor) => (byte)(XxHash32.HashToUInt32(descriptor) >> 8);
}
