using Sluice.Protocol.Compression;
using ZstdSharp.Unsafe;

namespace Sluice.Protocol.Tests.Compression;

/// <summary>The managed zstd, judged by libzstd.</summary>
public class ZstdTests
{
    private const TestedCodec Managed = TestedCodec.ManagedZstd, Native = TestedCodec.SystemZstd;

    /// <summary>A frame of five plain bytes that names dictionary 7.</summary>
    private static byte[] WithDictionary => [0x28, 0xB5, 0x2F, 0xFD, 0x21, 7, 5, (5 << 3) | 1, 0, 0, (byte)'h', (byte)'e', (byte)'l', (byte)'l', (byte)'o'];

    [SkippableFact]
    public void Each_reads_what_the_other_writes()
    {
        Native.SkipWhereAbsent();
        foreach (int size in new[] { 0, 1, 100, 64 * 1024, 3_000_000 })
        {
            foreach (int level in new[] { -100, 1, 3, 9, 16 })
            {
                Assert.Equal(Samples.Text(size), Managed.Decompress(Native.Compress(Samples.Text(size), level)));
                Assert.Equal(Samples.Noise(size), Native.Decompress(Managed.Compress(Samples.Noise(size), level)));
                byte[] joined = [.. Managed.Compress(Samples.Text(size), level), .. Native.Compress(Samples.Noise(10))];
                Assert.Equal([.. Samples.Text(size), .. Samples.Noise(10)], Managed.Decompress(joined));
                Assert.Equal([.. Samples.Text(size), .. Samples.Noise(10)], Native.Decompress(joined));
            }
        }
    }

    [SkippableFact]
    public void What_passes_though_it_was_damaged_passes_with_libzstd()
    {
        Native.SkipWhereAbsent();
        var random = new Random(13);
        byte[][] contents = [Samples.Text(3000), Samples.Noise(50), new byte[500], []];
        int passed = 0;
        foreach (byte[] content in contents)
        {
            byte[] good = WithChecksum(content);
            for (int i = 0; i < 3000; i++)
            {
                byte[] damaged = Damage.Of(good, random);
                byte[]? ours = Managed.TryDecompress(damaged), theirs = Native.TryDecompress(damaged);
                // Each version of the library has found more damage than those before; what passes must pass there as well.
                if (ours is null) continue;
                Assert.True(theirs is not null && ours.AsSpan().SequenceEqual(theirs), $"{ours.Length} bytes here, {theirs?.Length} by libzstd: {Convert.ToHexString(damaged)}");
                passed++;
            }
        }
        Assert.True(passed > 50);
    }

    /// <summary>Without one, what comes out of damaged bytes is not the same in each version of the library.</summary>
    private static unsafe byte[] WithChecksum(byte[] content)
    {
        ZSTD_CCtx_s* context = Methods.ZSTD_createCCtx();
        byte[] output = new byte[(int)Methods.ZSTD_compressBound((nuint)content.Length)];
        fixed (byte* source = content, target = output)
        {
            Methods.ZSTD_CCtx_setParameter(context, ZSTD_cParameter.ZSTD_c_checksumFlag, 1);
            nuint size = Methods.ZSTD_compress2(context, target, (nuint)output.Length, source, (nuint)content.Length);
            Methods.ZSTD_freeCCtx(context);
            return output[..(int)size];
        }
    }

    [SkippableTheory]
    [InlineData(Managed)]
    [InlineData(Native)]
    public void A_dictionary_is_refused(TestedCodec codec)
    {
        codec.SkipWhereAbsent();
        Assert.Contains("ictionary", Assert.Throws<CompressionException>(() => codec.Decompress(WithDictionary)).Message, StringComparison.Ordinal);
        byte[] without = [.. WithDictionary.AsSpan(0, 4), 0x20, .. WithDictionary.AsSpan(6)];
        Assert.Equal("hello"u8.ToArray(), codec.Decompress(without));
    }
}
