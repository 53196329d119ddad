using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Sluice.Protocol.Compression;
using Sluice.Protocol.Tests.Compression.Judges;

namespace Sluice.Protocol.Tests.Compression;

/// <summary>Frames of LZ4, judged by liblz4.</summary>
public class Lz4Tests
{
    private const int FlagsAt = 4, BlockSizeAt = 5, ChecksumAt = 6;
    private const TestedCodec Lz4 = TestedCodec.Lz4;

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(64 * 1024)]
    [InlineData(64 * 1024 + 1)]
    [InlineData(700_000)]
    [InlineData(5_000_000)]
    public void Every_kind_of_frame_that_liblz4_writes_is_read(int size)
    {
        LibLz4.SkipWhereAbsent();
        byte[][] contents = [Samples.Text(size), Samples.Noise(size)];
        foreach (byte[] content in contents)
        {
            foreach (Lz4Preferences kind in Kinds(size).Where(kind => size < 1_000_000 || kind.BlockSizeId == 7)) Assert.Equal(content, Lz4.Decompress(LibLz4.Compress(content, kind)));
        }
    }

    [SkippableFact]
    public void What_is_written_liblz4_reads()
    {
        LibLz4.SkipWhereAbsent();
        foreach (int size in new[] { 0, 1, 12, 13, 14, 64 * 1024, 64 * 1024 + 1, 64 * 1024 + 13, 3_000_000 })
        {
            Assert.Equal(Samples.Text(size), LibLz4.TryDecompress(Lz4.Compress(Samples.Text(size))));
            Assert.Equal(Samples.Noise(size), LibLz4.TryDecompress(Lz4.Compress(Samples.Noise(size), level: 12)));
        }
    }

    [SkippableFact]
    public void Joined_frames_of_any_kinds_are_read_as_one_and_what_may_be_skipped_is()
    {
        LibLz4.SkipWhereAbsent();
        byte[] skipped = [0x5A, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 9, 9, 9];
        List<byte> joined = [], content = [];
        foreach (Lz4Preferences kind in Kinds(150_000))
        {
            joined.AddRange(LibLz4.Compress(Samples.Text(150_000), kind));
            joined.AddRange(skipped);
            joined.AddRange(Lz4.Compress(Samples.Noise(10)));
            content.AddRange([.. Samples.Text(150_000), .. Samples.Noise(10)]);
        }
        Assert.Equal(content, Lz4.Decompress([.. joined], new DecompressionLimit(int.MaxValue)));
        Assert.Equal(content, LibLz4.TryDecompress([.. joined]));
    }

    [SkippableFact]
    public void Damage_is_judged_as_by_liblz4()
    {
        LibLz4.SkipWhereAbsent();
        var random = new Random(11);
        byte[] content = Samples.Text(3000);
        int passed = 0, copiesOfNothing = 0;
        foreach (Lz4Preferences kind in Kinds(content.Length))
        {
            byte[] good = LibLz4.Compress(content, kind);
            for (int i = 0; i < 400; i++)
            {
                byte[] damaged = Damage.Of(good, random);
                byte[]? ours = Lz4.TryDecompress(damaged), theirs = LibLz4.TryDecompress(damaged);
                // What a copy from a distance of 0 gives is left to the decoder; liblz4 gives zeros.
                if (ours is not null && theirs is not null && ours.Length == theirs.Length && !Same(ours, theirs)) copiesOfNothing++;
                else Assert.True(Same(ours, theirs), $"{Shown(ours)} here, {Shown(theirs)} by liblz4: {Convert.ToHexString(damaged)}");
                if (ours is not null) passed++;
            }
        }
        Assert.True(passed > 200 && copiesOfNothing < passed / 4, $"{passed} passed, {copiesOfNothing} of them with other bytes");
    }

    [SkippableFact]
    public void The_checksum_of_a_header_is_over_its_descriptor_and_no_longer_over_the_magic_number()
    {
        LibLz4.SkipWhereAbsent();
        byte[] frame = Lz4.Compress("hello hello hello hello"u8.ToArray());
        Assert.Equal((byte)(XxHash32.HashToUInt32(frame.AsSpan(FlagsAt, 2)) >> 8), frame[ChecksumAt]);
        frame[ChecksumAt] = (byte)(XxHash32.HashToUInt32(frame.AsSpan(0, ChecksumAt)) >> 8);
        Assert.Null(LibLz4.TryDecompress(frame));
        Assert.Contains("before 0.10", Assert.Throws<CompressionException>(() => Lz4.Decompress(frame)).Message, StringComparison.Ordinal);
        frame[ChecksumAt]++;
        Assert.DoesNotContain("before 0.10", Assert.Throws<CompressionException>(() => Lz4.Decompress(frame)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_dictionary_is_refused()
    {
        LibLz4.SkipWhereAbsent();
        byte[] frame = LibLz4.Compress(Samples.Text(1000), new Lz4Preferences { BlockSizeId = 4, DictionaryId = 4711 });
        Assert.Contains("dictionary 4711", Assert.Throws<CompressionException>(() => Lz4.Decompress(frame)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x40, 0x40)]
    [InlineData(0x60, 0x70)]
    public void Checksums_and_sizes_that_lie_are_found(int flags, int blockSize)
    {
        byte[] content = Samples.Text(2000);
        byte[] plain = Lz4.Compress(content);
        ReadOnlySpan<byte> blocks = plain.AsSpan(ChecksumAt + 1);
        byte[] sized = Frame(flags | 0x08, blockSize, [.. BitConverter.GetBytes((long)content.Length)], blocks);
        Assert.Equal(content, Lz4.Decompress(sized));
        sized = Frame(flags | 0x08, blockSize, [.. BitConverter.GetBytes(content.Length + 1L)], blocks);
        Assert.Contains("2001 bytes", Assert.Throws<CompressionException>(() => Lz4.Decompress(sized)).Message, StringComparison.Ordinal);
        uint right = XxHash32.HashToUInt32(content);
        Assert.Equal(content, Lz4.Decompress(Frame(flags | 0x04, blockSize, [], [.. blocks, .. BitConverter.GetBytes(right)])));
        Assert.Contains("checksum", Assert.Throws<CompressionException>(() => Lz4.Decompress(Frame(flags | 0x04, blockSize, [], [.. plain.AsSpan(ChecksumAt + 1), .. BitConverter.GetBytes(right + 1)]))).Message, StringComparison.Ordinal);
        int length = BinaryPrimitives.ReadInt32LittleEndian(blocks);
        byte[] Checked(uint sum) => Frame(flags | 0x10, blockSize, [], [.. plain.AsSpan(ChecksumAt + 1, 4 + length), .. BitConverter.GetBytes(sum), 0, 0, 0, 0]);
        uint ofBlock = XxHash32.HashToUInt32(blocks.Slice(4, length));
        Assert.Equal(content, Lz4.Decompress(Checked(ofBlock)));
        Assert.Contains("checksum", Assert.Throws<CompressionException>(() => Lz4.Decompress(Checked(ofBlock ^ 1))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_frame_of_large_blocks_gets_memory_for_what_its_bytes_can_hold()
    {
        byte[] frame = Frame(0x60, 0x70, [], Lz4.Compress(Samples.Text(200)).AsSpan(ChecksumAt + 1));
        using var output = new PooledBuffer();
        Lz4.Decompress(frame, output, TestedCodecs.Limit);
        Assert.Equal(200, output.Length);
        Assert.InRange(output.Length + output.GetSpan().Length, 200, 128 * 1024);
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_block_that_is_larger_than_the_limit_is_too_large_and_a_damaged_one_is_damaged(int blockMode)
    {
        LibLz4.SkipWhereAbsent();
        byte[] content = Samples.Text(5_000_000);
        byte[] frame = LibLz4.Compress(content, new Lz4Preferences { BlockSizeId = 7, BlockMode = blockMode });
        foreach (int limit in new[] { 0, 1, 1000, 100_000, 4 * 1024 * 1024 - 1, 4 * 1024 * 1024, content.Length - 1 })
            Assert.True(Assert.Throws<CompressionException>(() => Lz4.Decompress(frame, new DecompressionLimit(limit))).IsTooLarge, $"{limit}");
        Assert.Equal(content, Lz4.Decompress(frame, new DecompressionLimit(content.Length)));
        // A copy from before the beginning.
        byte[] damaged = Frame(0x60, 0x70, [], [10, 0, 0, 0, 0x1F, (byte)'a', 0xFF, 0x7F, 255, 255, 0, 0x10, (byte)'b', 0, 0, 0, 0, 0]);
        Assert.False(Assert.Throws<CompressionException>(() => Lz4.Decompress(damaged, new DecompressionLimit(5000))).IsTooLarge);
    }

    [Fact]
    public void A_copy_from_where_nothing_came_out_yet_shows_nothing_of_what_lay_in_the_buffer()
    {
        using var output = new PooledBuffer();
        output.GetSpan(64 * 1024).Fill((byte)'!');
        // A literal, then 20 bytes from a distance of 0, then literals.
        byte[] frame = Frame(0x60, 0x40, [], [11, 0, 0, 0, 0x1F, (byte)'a', 0, 0, 1, 0x50, (byte)'b', (byte)'c', (byte)'d', (byte)'e', (byte)'f', 0, 0, 0, 0]);
        Lz4.Decompress(frame, output, TestedCodecs.Limit);
        Assert.Equal(26, output.Length);
        Assert.DoesNotContain((byte)'!', output.WrittenSpan.ToArray());
    }

    [Fact]
    public void An_empty_block_and_one_of_literals_are_read()
    {
        Assert.Empty(Lz4.Decompress(Frame(0x60, 0x40, [], [1, 0, 0, 0, 0, 0, 0, 0, 0])));
        Assert.Equal("abc", Encoding.ASCII.GetString(Lz4.Decompress(Frame(0x60, 0x40, [], [4, 0, 0, 0, 0x30, (byte)'a', (byte)'b', (byte)'c', 1, 0, 0, 0, 0, 0, 0, 0, 0]))));
    }

    private static IEnumerable<Lz4Preferences> Kinds(int size)
    {
        for (int id = 4; id <= 7; id++)
        {
            for (int bits = 0; bits < 16; bits++)
            {
                yield return new Lz4Preferences
                {
                    BlockSizeId = id, BlockMode = bits & 1, ContentChecksum = (bits >> 1) & 1, BlockChecksum = (bits >> 2) & 1,
                    ContentSize = (bits & 8) != 0 ? (ulong)size : 0, CompressionLevel = id == 4 ? bits % 3 * 3 : 0,
                };
            }
        }
    }

    /// <summary>A frame with a right header.</summary>
    private static byte[] Frame(int flags, int blockSize, byte[] announced, ReadOnlySpan<byte> rest)
    {
        byte[] descriptor = [(byte)flags, (byte)blockSize, .. announced];
        return [0x04, 0x22, 0x4D, 0x18, .. descriptor, (byte)(XxHash32.HashToUInt32(descriptor) >> 8), .. rest];
    }

    private static bool Same(byte[]? one, byte[]? other) => one is null ? other is null : other is not null && one.AsSpan().SequenceEqual(other);

    private static string Shown(byte[]? bytes) => bytes is null ? "refused" : $"{bytes.Length} bytes";
}
