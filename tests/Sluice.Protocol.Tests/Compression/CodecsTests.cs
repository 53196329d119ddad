using System.Text;
using Sluice.Protocol.Compression;

namespace Sluice.Protocol.Tests.Compression;

public class CodecsTests
{
    public static TheoryData<TestedCodec> All => [.. Enum.GetValues<TestedCodec>()];

    public static TheoryData<TestedCodec> Compressing => [.. Enum.GetValues<TestedCodec>().Where(codec => codec != TestedCodec.None)];

    [SkippableTheory]
    [MemberData(nameof(All))]
    public void What_was_compressed_comes_back(TestedCodec codec)
    {
        codec.SkipWhereAbsent();
        foreach (int size in new[] { 0, 1, 7, 12, 13, 100, 32 * 1024, 32 * 1024 + 1, 64 * 1024, 64 * 1024 + 1, 65 * 1024, 3_000_000 })
        {
            Assert.Equal(Samples.Noise(size), codec.Decompress(codec.Compress(Samples.Noise(size))));
            Assert.Equal(Samples.Text(size), codec.Decompress(codec.Compress(Samples.Text(size))));
        }
    }

    [SkippableTheory]
    [InlineData(TestedCodec.Gzip, 1, 9)]
    [InlineData(TestedCodec.Lz4, 9, 17)]
    [InlineData(TestedCodec.ManagedZstd, -5, 19)]
    [InlineData(TestedCodec.SystemZstd, -5, 19)]
    public void Levels_trade_size_for_time_and_others_are_refused(TestedCodec codec, int fast, int strong)
    {
        codec.SkipWhereAbsent();
        byte[] text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 20_000).Select(i => $"line {i * 7919 % 1000} of the log\n")));
        byte[] quick = codec.Compress(text, fast), small = codec.Compress(text, strong);
        Assert.True(small.Length < quick.Length);
        Assert.Equal(text, codec.Decompress(quick));
        Assert.Equal(text, codec.Decompress(small));
        Assert.Throws<ArgumentOutOfRangeException>(() => codec.Compress(text, 23));
    }

    [Fact]
    public void Every_level_of_lz4_that_Kafka_has_can_be_read()
    {
        byte[] text = Samples.Text(200_000);
        for (int level = 1; level <= 17; level++) Assert.Equal(text, TestedCodec.Lz4.Decompress(TestedCodec.Lz4.Compress(text, level)));
        Assert.Throws<ArgumentOutOfRangeException>(() => TestedCodec.Lz4.Compress(text, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => TestedCodec.Lz4.Compress(text, 18));
    }

    [SkippableTheory]
    [MemberData(nameof(Compressing))]
    public void A_bomb_stops_at_the_limit(TestedCodec codec)
    {
        codec.SkipWhereAbsent();
        byte[] zeros = new byte[20_000_000];
        byte[] bomb = codec.Compress(zeros);
        Assert.Equal(zeros.Length, codec.Decompress(bomb, new DecompressionLimit(zeros.Length, RatioMax: 1_000_000)).Length);
        var tooLarge = Assert.Throws<CompressionException>(() => codec.Decompress(bomb, new DecompressionLimit(zeros.Length - 1, RatioMax: 1_000_000)));
        Assert.True(tooLarge.IsTooLarge);
        Assert.Contains(Codecs.Name(codec.Kind()), tooLarge.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(TestedCodec.ManagedZstd)]
    [InlineData(TestedCodec.SystemZstd)]
    public void A_ratio_beyond_the_limit_is_refused_though_the_size_is_not(TestedCodec codec)
    {
        codec.SkipWhereAbsent();
        byte[] bomb = codec.Compress(new byte[20_000_000]);
        Assert.True(Assert.Throws<CompressionException>(() => codec.Decompress(bomb)).IsTooLarge);
    }

    [SkippableTheory]
    [MemberData(nameof(Compressing))]
    public void Cut_or_damaged_bytes_never_crash_nor_pass_silently_when_cut(TestedCodec codec)
    {
        codec.SkipWhereAbsent();
        byte[] text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 2000).Select(i => $"record {i};")));
        byte[] good = codec.Compress(text);
        for (int length = 0; length < good.Length; length += 1 + length / 50)
        {
            byte[]? cut = codec.TryDecompress(good[..length]);
            Assert.True(cut is null || (codec == TestedCodec.Snappy && cut.Length < text.Length), $"{length} of {good.Length} bytes pass");
        }
        var random = new Random(5);
        for (int i = 0; i < 3000; i++)
        {
            byte[] damaged = (byte[])good.Clone();
            damaged[random.Next(damaged.Length)] ^= (byte)random.Next(1, 256);
            _ = codec.TryDecompress(damaged);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Compressing))]
    public void Frames_that_follow_each_other_are_read_as_one(TestedCodec codec)
    {
        codec.SkipWhereAbsent();
        byte[] joined = [.. codec.Compress("first "u8.ToArray()), .. codec.Compress("second"u8.ToArray())];
        Assert.Equal("first second", Encoding.ASCII.GetString(codec.Decompress(joined)));
    }

    [SkippableTheory]
    [InlineData(TestedCodec.Snappy, 0, 160)]
    [InlineData(TestedCodec.Lz4, 0, 0)]
    [InlineData(TestedCodec.ManagedZstd, 0, 0)]
    [InlineData(TestedCodec.SystemZstd, 0, 0)]
    public void A_batch_makes_no_objects_but_two_small_ones_when_snappy_is_written(TestedCodec codec, int bytesToDecompress, int bytesToCompress)
    {
        // Snappier makes an object of 48 bytes for a block that it writes; this batch has two blocks.
        codec.SkipWhereAbsent();
        byte[] text = Samples.Text(64 * 1024);
        byte[] compressed = codec.Compress(text);
        using var output = new PooledBuffer();
        Assert.InRange(Allocated(() => codec.Decompress(compressed, output, TestedCodecs.Limit), output), 0, bytesToDecompress);
        Assert.InRange(Allocated(() => codec.Compress(text, output), output), 0, bytesToCompress);
    }

    [Fact]
    public void Numbers_of_the_codecs_are_frozen()
    {
        Assert.Equal([0, 1, 2, 3, 4], Enum.GetValues<CompressionCodec>().Select(codec => (int)codec));
        Assert.Equal(["none", "gzip", "snappy", "lz4", "zstd"], Enum.GetValues<CompressionCodec>().Select(Codecs.Name));
    }

    [Fact]
    public void Zstd_is_the_systems_where_it_is_there()
    {
        Assert.EndsWith(NativeZstd.IsPresent() ? $"zstd by libzstd {NativeZstd.Version}" : "zstd by ZstdSharp", Codecs.Implementations, StringComparison.Ordinal);
        Assert.Equal(["gzip", "snappy", "lz4", "zstd"], Codecs.Implementations.Split(", ").Select(codec => codec.Split(' ')[0]));
    }

    /// <summary>
    /// Bytes of objects a call, the least of some rounds: a collection that other tests bring about counts what is left of this thread's
    /// allocation buffer, some kilobytes, as if it had been used.
    /// </summary>
    private static double Allocated(Action action, PooledBuffer output)
    {
        const int Rounds = 10, Times = 50;
        double least = double.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Times; i++)
            {
                output.Clear();
                action();
            }
            least = Math.Min(least, (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Times);
        }
        return least;
    }
}
