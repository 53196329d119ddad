using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using K4os.Compression.LZ4;

namespace Sluice.Protocol.Compression;

/// <summary>The LZ4 frame format, version 1.6.1 of its specification, around the blocks of K4os.Compression.LZ4.</summary>
internal static class Lz4Codec
{
    /// <summary>Kafka's default; as in its Java client it stands for the fast compressor, and any other level for the strong one.</summary>
    public const int DefaultLevel = 9;

    private const int StrongLevelMax = 12;
    private const int BlockSize = 64 * 1024;
    private const int SizeLength = sizeof(uint);
    private const uint NotCompressed = 1u << 31;
    private const uint EndMark = 0;

    /// <summary>Frames of 16 magic numbers hold what is not data; they are stepped over.</summary>
    private const uint SkippableMagic = 0x184D2A50;

    /// <summary>A shorter block holds literals only and grows by its token.</summary>
    private const int CompressibleMin = 13;

    /// <summary>How far back a linked block may refer.</summary>
    private const int WindowSize = 64 * 1024;

    private const int UsualRoom = 64 * 1024;
    private const int UsualRatio = 4;

    public static void Compress(ReadOnlySpan<byte> input, IBufferWriter<byte> output, int level)
    {
        if (level is < 1 or > 17)
            throw new ArgumentOutOfRangeException(nameof(level), level, "Levels of lz4 are 1 to 17.");
        LZ4Level strength = level == DefaultLevel ? LZ4Level.L00_FAST : (LZ4Level)Math.Clamp(level, (int)LZ4Level.L03_HC, StrongLevelMax);
        output.Write(Lz4FrameHeader.OfBatches);
        while (!input.IsEmpty)
        {
            ReadOnlySpan<byte> block = input[..Math.Min(BlockSize, input.Length)];
            WriteBlock(block, output, strength);
            input = input[block.Length..];
        }
        BinaryPrimitives.WriteUInt32LittleEndian(output.GetSpan(SizeLength), EndMark);
        output.Advance(SizeLength);
    }

    public static void Decompress(ReadOnlySpan<byte> input, ref BoundedOutput output)
    {
        // Frames may follow each other.
        do
        {
            uint magic = ReadUInt32(ref input);
            if ((magic & ~0xFu) == SkippableMagic)
                Take(ref input, ReadUInt32(ref input));
            else
                ReadFrame(magic, ref input, ref output);
        }
        while (!input.IsEmpty);
    }

    private static void WriteBlock(ReadOnlySpan<byte> block, IBufferWriter<byte> output, LZ4Level level)
    {
        Span<byte> to = output.GetSpan(SizeLength + block.Length);
        // What does not become smaller is stored as it is.
        int size = block.Length < CompressibleMin ? -1 : LZ4Codec.Encode(block, to.Slice(SizeLength, block.Length - 1), level);
        bool isCompressed = size > 0;
        if (!isCompressed)
        {
            size = block.Length;
            block.CopyTo(to[SizeLength..]);
        }
        BinaryPrimitives.WriteUInt32LittleEndian(to, isCompressed ? (uint)size : (uint)size | NotCompressed);
        output.Advance(SizeLength + size);
    }

    private static void ReadFrame(uint magic, ref ReadOnlySpan<byte> input, ref BoundedOutput output)
    {
        Lz4FrameHeader header = Lz4FrameHeader.Read(magic, ref input);
        int start = output.Written;
        while (ReadUInt32(ref input) is not EndMark and uint word)
            ReadBlock(word, header, start, ref input, ref output);
        if (header.ContentSize is { } size && size != (ulong)(output.Written - start))
            throw Damaged($"its header tells of {size} bytes, {output.Written - start} came out");
        if (header.HasContentChecksum && ReadUInt32(ref input) != XxHash32.HashToUInt32(output.Since(start)))
            throw Damaged("the checksum of its content is another");
    }

    private static void ReadBlock(uint word, in Lz4FrameHeader header, int start, ref ReadOnlySpan<byte> input, ref BoundedOutput output)
    {
        uint size = word & ~NotCompressed;
        if (size > header.BlockBytesMax)
            throw Damaged($"a block of {size} bytes in a frame of blocks up to {header.BlockBytesMax}");
        ReadOnlySpan<byte> block = Take(ref input, size);
        if (header.HasBlockChecksums && ReadUInt32(ref input) != XxHash32.HashToUInt32(block))
            throw Damaged("the checksum of a block is another");
        if ((word & NotCompressed) != 0)
        {
            block.CopyTo(output.Room(output.Exactly(block.Length)));
            output.Advance(block.Length);
        }
        else
        {
            DecodeBlock(block, header, start, ref output);
        }
    }

    private static void DecodeBlock(scoped ReadOnlySpan<byte> block, in Lz4FrameHeader header, int start, ref BoundedOutput output)
    {
        // A block may hold 255 times its bytes. Few hold so much, so it is first given the room that most need.
        int room = output.AtMost(Math.Min(header.BlockBytesMax, Math.Max(UsualRoom, block.Length * UsualRatio)));
        int size = Decode(block, room, header, start, ref output);
        if (size < 0)
        {
            long needed = Lz4Block.Measure(block);
            if (needed <= room || needed > header.BlockBytesMax)
                throw Damaged("a block cannot be decoded");
            size = Decode(block, output.Exactly((int)needed), header, start, ref output);
        }
        if (size < 0)
            throw Damaged("a block cannot be decoded");
        output.Advance(size);
    }

    private static int Decode(scoped ReadOnlySpan<byte> block, int room, in Lz4FrameHeader header, int start, ref BoundedOutput output)
    {
        Span<byte> to = output.Room(room + Lz4Block.Slack);
        ReadOnlySpan<byte> window = header.HasIndependentBlocks ? [] : output.Since(Math.Max(start, output.Written - WindowSize));
        int size = Lz4Block.Decode(block, to, window);
        return size <= room ? size : -1;
    }

    /// <summary>Takes a number off the front.</summary>
    internal static uint ReadUInt32(ref ReadOnlySpan<byte> input) => BinaryPrimitives.ReadUInt32LittleEndian(Take(ref input, SizeLength));

    /// <summary>Takes so many bytes off the front.</summary>
    internal static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> input, uint count)
    {
        if (count > (uint)input.Length)
            throw new CompressionException($"The lz4 data is cut: {count} bytes should follow, {input.Length} do.");
        ReadOnlySpan<byte> taken = input[..(int)count];
        input = input[(int)count..];
        return taken;
    }

    internal static CompressionException Damaged(string how) => new($"The lz4 data is damaged: {how}.");
}
