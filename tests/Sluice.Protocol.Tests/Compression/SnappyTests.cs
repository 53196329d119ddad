using System.Buffers.Binary;
using System.Text;
using Sluice.Protocol.Compression;
using Sluice.Protocol.Tests.Compression.Judges;

namespace Sluice.Protocol.Tests.Compression;

/// <summary>Snappy blocks, raw and framed, judged by libsnappy.</summary>
public class SnappyTests
{
    private const int HeaderSize = 16;
    private const TestedCodec Snappy = TestedCodec.Snappy;

    [SkippableFact]
    public void What_libsnappy_writes_is_read_raw_and_in_the_framing_of_Java_clients()
    {
        LibSnappy.SkipWhereAbsent();
        foreach (int size in new[] { 0, 1, 59, 60, 61, 256, 257, 65_536, 65_537, 3_000_000 })
        {
            byte[][] contents = [Samples.Text(size), Samples.Noise(size), new byte[size]];
            foreach (byte[] content in contents)
            {
                byte[] block = LibSnappy.Compress(content);
                Assert.Equal(content, Snappy.Decompress(block));
                byte[] framed = [.. Header, .. Length(block), .. block, .. Length(block), .. block];
                Assert.Equal([.. content, .. content], Snappy.Decompress(framed));
            }
        }
    }

    [SkippableFact]
    public void What_is_written_libsnappy_reads_block_by_block()
    {
        LibSnappy.SkipWhereAbsent();
        foreach (int size in new[] { 0, 1, 100, 32 * 1024, 32 * 1024 + 1, 3_000_000 })
        {
            byte[] content = Samples.Text(size), framed = Snappy.Compress(content);
            Assert.Equal(Header, framed[..HeaderSize]);
            List<byte> read = [];
            for (int at = HeaderSize; at < framed.Length;)
            {
                int length = BinaryPrimitives.ReadInt32BigEndian(framed.AsSpan(at));
                read.AddRange(LibSnappy.TryDecompress(framed[(at + 4)..(at + 4 + length)], 32 * 1024)!);
                at += 4 + length;
            }
            Assert.Equal(content, read);
        }
    }

    [SkippableFact]
    public void Damage_is_judged_as_by_libsnappy()
    {
        LibSnappy.SkipWhereAbsent();
        var random = new Random(12);
        int passed = 0;
        byte[][] contents = [Samples.Text(3000), Samples.Noise(50), new byte[500], "a"u8.ToArray(), []];
        foreach (byte[] content in contents)
        {
            byte[] good = LibSnappy.Compress(content);
            for (int i = 0; i < 4000; i++)
            {
                byte[] damaged = Damage.Of(good, random);
                byte[]? ours = Snappy.TryDecompress(damaged), theirs = LibSnappy.TryDecompress(damaged, 1 << 20);
                Assert.True(ours is null ? theirs is null : theirs is not null && ours.AsSpan().SequenceEqual(theirs), $"{ours?.Length} here, {theirs?.Length} by libsnappy: {Convert.ToHexString(damaged)}");
                if (ours is not null) passed++;
            }
        }
        Assert.True(passed > 50);
    }

    [Fact]
    public void Raw_snappy_of_librdkafka_is_read()
    {
        // "aaaaaaaaaaaaaaaa": length 16, a literal of one byte, a copy of 15 from offset 1.
        byte[] raw = [16, 0, (byte)'a', (14 << 2) | 2, 1, 0];
        Assert.Equal(new string('a', 16), Encoding.ASCII.GetString(Snappy.Decompress(raw)));
    }

    [Theory]
    [InlineData("01_00_61_01")]
    [InlineData("01_00_61_02_00")]
    [InlineData("02_00_61_50_62")]
    [InlineData("01_00_61_00")]
    [InlineData("00_00")]
    public void A_block_that_ends_inside_an_element_is_refused_though_nothing_is_missing(string block) =>
        Assert.Throws<CompressionException>(() => Snappy.Decompress(Convert.FromHexString(block.Replace("_", "", StringComparison.Ordinal))));

    [Fact]
    public void A_length_that_lies_gets_no_memory()
    {
        byte[] lie = [0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0, (byte)'a'];
        using var output = new PooledBuffer();
        Assert.Throws<CompressionException>(() => Snappy.Decompress(lie, output, TestedCodecs.Limit));
        Assert.Equal(0, output.Length);
    }

    [Fact]
    public void It_is_written_in_the_framing_of_java_clients()
    {
        byte[] framed = Snappy.Compress(new byte[40_000]);
        Assert.Equal(Header, framed[..HeaderSize]);
        int first = BinaryPrimitives.ReadInt32BigEndian(framed.AsSpan(HeaderSize));
        int second = BinaryPrimitives.ReadInt32BigEndian(framed.AsSpan(HeaderSize + 4 + first));
        Assert.Equal(framed.Length, HeaderSize + 8 + first + second);
    }

    private static byte[] Header => [0x82, 0x53, 0x4E, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1];

    private static byte[] Length(byte[] block)
    {
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, block.Length);
        return length;
    }
}
