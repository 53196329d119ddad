using System.Buffers.Binary;
using System.Text;
using Sluice.Protocol.Compression;

namespace Sluice.Protocol.Tests.Compression;

public class CodecsTests
{
    private static readonly DecompressionLimit Limit = new(64 * 1024 * 1024);

    public static TheoryData<CompressionCodec> All => [.. Enum.GetValues<CompressionCodec>()];

    public static TheoryData<CompressionCodec> Compressing => [.. Enum.GetValues<CompressionCodec>().Where(codec => codec != CompressionCodec.None)];

    [SkippableTheory]
    [MemberData(nameof(All))]
    public void What_was_compressed_comes_back(CompressionCodec codec)
    {
        SkipWithout(codec);
        var random = new Random(1);
        foreach (int size in new[] { 0, 1, 7, 100, 32 * 1024, 32 * 1024 + 1, 64 * 1024, 65 * 1024, 3_000_000 })
        {
            byte[] noise = new byte[size];
            random.NextBytes(noise);
            byte[] text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, size / 8).Select(i => $"{i % 1000:D8}")));
            Assert.Equal(noise, RoundTrip(codec, noise));
            Assert.Equal(text, RoundTrip(codec, text));
        }
    }

    [SkippableTheory]
    [InlineData(CompressionCodec.Gzip, 1, 9)]
    [InlineData(CompressionCodec.Lz4, 1, 17)]
    [InlineData(CompressionCodec.Zstd, -5, 19)]
    public void Levels_trade_size_for_time_and_others_are_refused(CompressionCodec codec, int fast, int strong)
    {
        SkipWithout(codec);
        byte[] text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 20_000).Select(i => $"line {i * 7919 % 1000} of the log\n")));
        byte[] quick = Compress(codec, text, fast), small = Compress(codec, text, strong);
        Assert.True(small.Length < quick.Length);
        Assert.Equal(text, Decompress(codec, quick, Limit));
        Assert.Equal(text, Decompress(codec, small, Limit));
        Assert.Throws<ArgumentOutOfRangeException>(() => Compress(codec, text, 23));
    }

    [SkippableTheory]
    [MemberData(nameof(Compressing))]
    public void A_bomb_stops_at_the_limit(CompressionCodec codec)
    {
        SkipWithout(codec);
        byte[] zeros = new byte[20_000_000];
        byte[] bomb = Compress(codec, zeros);
        Assert.Equal(zeros.Length, Decompress(codec, bomb, new DecompressionLimit(zeros.Length, RatioMax: 1_000_000)).Length);
        var tooLarge = Assert.Throws<CompressionException>(() => Decompress(codec, bomb, new DecompressionLimit(zeros.Length - 1, RatioMax: 1_000_000)));
        Assert.True(tooLarge.IsTooLarge);
        Assert.Contains(Codecs.Name(codec), tooLarge.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_ratio_beyond_the_limit_is_refused_though_the_size_is_not()
    {
        SkipWithout(CompressionCodec.Zstd);
        byte[] bomb = Compress(CompressionCodec.Zstd, new byte[20_000_000]);
        Assert.True(Assert.Throws<CompressionException>(() => Decompress(CompressionCodec.Zstd, bomb, Limit)).IsTooLarge);
    }

    [SkippableTheory]
    [MemberData(nameof(Compressing))]
    public void Cut_or_damaged_bytes_never_crash_nor_pass_silently_when_cut(CompressionCodec codec)
    {
        SkipWithout(codec);
        byte[] text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 2000).Select(i => $"record {i};")));
        byte[] good = Compress(codec, text);
        for (int length = 0; length < good.Length; length += 1 + length / 50)
        {
            byte[]? cut = TryDecompress(codec, good.AsSpan(0, length).ToArray());
            Assert.True(cut is null || (codec == CompressionCodec.Snappy && cut.Length < text.Length), $"{length} of {good.Length} bytes pass");
        }
        var random = new Random(5);
        for (int i = 0; i < 3000; i++)
        {
            byte[] damaged = (byte[])good.Clone();
            damaged[random.Next(damaged.Length)] ^= (byte)random.Next(1, 256);
            _ = TryDecompress(codec, damaged);
        }
    }

    [SkippableFact]
    public void Raw_snappy_of_librdkafka_is_read()
    {
        SkipWithout(CompressionCodec.Snappy);
        // "aaaaaaaaaaaaaaaa": length 16, a literal of one byte, a copy of 15 from offset 1.
        byte[] raw = [16, 0, (byte)'a', (14 << 2) | 2, 1, 0];
        Assert.Equal(new string('a', 16), Encoding.ASCII.GetString(Decompress(CompressionCodec.Snappy, raw, Limit)));
    }

    [SkippableFact]
    public void A_snappy_length_that_lies_gets_no_memory()
    {
        SkipWithout(CompressionCodec.Snappy);
        byte[] lie = [0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0, (byte)'a'];
        Assert.Throws<CompressionException>(() => Decompress(CompressionCodec.Snappy, lie, Limit));
    }

    [SkippableTheory]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public void Frames_that_follow_each_other_are_read_as_one(CompressionCodec codec)
    {
        SkipWithout(codec);
        byte[] joined = [.. Compress(codec, "first "u8.ToArray()), .. Compress(codec, "second"u8.ToArray())];
        Assert.Equal("first second", Encoding.ASCII.GetString(Decompress(codec, joined, Limit)));
    }

    [Fact]
    public void A_missing_library_is_named_with_its_package()
    {
        var missing = Assert.Throws<CodecUnavailableException>(() => NativeCodec.Require("zstd", "libnothere.so.9", "libzstd1"));
        Assert.Contains("libnothere.so.9", missing.Message, StringComparison.Ordinal);
        Assert.Contains("apt-get install libzstd1", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_of_the_codecs_are_frozen()
    {
        Assert.Equal([0, 1, 2, 3, 4], Enum.GetValues<CompressionCodec>().Select(codec => (int)codec));
        Assert.Equal(["none", "gzip", "snappy", "lz4", "zstd"], Enum.GetValues<CompressionCodec>().Select(Codecs.Name));
    }

    [SkippableFact]
    public void Snappy_is_written_in_the_framing_of_java_clients()
    {
        SkipWithout(CompressionCodec.Snappy);
        byte[] framed = Compress(CompressionCodec.Snappy, new byte[40_000]);
        Assert.Equal([0x82, 0x53, 0x4E, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1], framed.AsSpan(0, 16).ToArray());
        int first = BinaryPrimitives.ReadInt32BigEndian(framed.AsSpan(16));
        int second = BinaryPrimitives.ReadInt32BigEndian(framed.AsSpan(20 + first));
        Assert.Equal(framed.Length, 24 + first + second);
    }

    private static void SkipWithout(CompressionCodec codec) =>
        Skip.IfNot(Codecs.IsAvailable(codec), $"the library of {Codecs.Name(codec)} is not on this system");

    private static byte[] RoundTrip(CompressionCodec codec, byte[] input) => Decompress(codec, Compress(codec, input), Limit);

    private static byte[] Compress(CompressionCodec codec, byte[] input, int? level = null)
    {
        using var output = new PooledBuffer();
        Codecs.Compress(codec, input, output, level);
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Decompress(CompressionCodec codec, byte[] input, DecompressionLimit limit)
    {
        using var output = new PooledBuffer();
        Codecs.Decompress(codec, input, output, limit);
        return output.WrittenSpan.ToArray();
    }

    private static byte[]? TryDecompress(CompressionCodec codec, byte[] input)
    {
        try
        {
            return Decompress(codec, input, Limit);
        }
        catch (CompressionException)
        {
            return null;
        }
    }
}
