using Sluice.Protocol.Compression;

namespace Sluice.Protocol.Tests.Compression;

/// <summary>The decoders that run in production: one a codec, and for zstd the one of machines that have libzstd and the one of those that do not.</summary>
public enum TestedCodec
{
    None,
    Gzip,
    Snappy,
    Lz4,
    ManagedZstd,
    SystemZstd,
}

/// <summary>Runs one of them, whichever the machine would choose by itself.</summary>
internal static class TestedCodecs
{
    public static readonly DecompressionLimit Limit = new(64 * 1024 * 1024);

    public static CompressionCodec Kind(this TestedCodec codec) => codec is TestedCodec.SystemZstd ? CompressionCodec.Zstd : (CompressionCodec)codec;

    public static void SkipWhereAbsent(this TestedCodec codec) => Skip.If(codec == TestedCodec.SystemZstd && !NativeZstd.IsPresent(), "libzstd.so.1 is not on this system");

    public static byte[] Compress(this TestedCodec codec, byte[] input, int? level = null)
    {
        using var output = new PooledBuffer();
        codec.Compress(input, output, level);
        return output.WrittenSpan.ToArray();
    }

    public static void Compress(this TestedCodec codec, byte[] input, PooledBuffer output, int? level = null)
    {
        if (codec == TestedCodec.ManagedZstd) ZstdCodec<ManagedZstd>.Compress(input, output, level ?? ZstdLevels.Default);
        else if (codec == TestedCodec.SystemZstd) ZstdCodec<NativeZstd>.Compress(input, output, level ?? ZstdLevels.Default);
        else Codecs.Compress(codec.Kind(), input, output, level);
    }

    public static byte[] Decompress(this TestedCodec codec, byte[] input, DecompressionLimit? limit = null)
    {
        using var output = new PooledBuffer();
        codec.Decompress(input, output, limit ?? Limit);
        return output.WrittenSpan.ToArray();
    }

    public static void Decompress(this TestedCodec codec, ReadOnlySpan<byte> input, PooledBuffer output, DecompressionLimit limit)
    {
        var bounded = new BoundedOutput(output, CompressionCodec.Zstd, limit.ForInput(input.Length));
        if (codec == TestedCodec.ManagedZstd) ZstdCodec<ManagedZstd>.Decompress(input, ref bounded);
        else if (codec == TestedCodec.SystemZstd) ZstdCodec<NativeZstd>.Decompress(input, ref bounded);
        else Codecs.Decompress(codec.Kind(), input, output, limit);
    }

    /// <summary>Null when the bytes are refused, and only then.</summary>
    public static byte[]? TryDecompress(this TestedCodec codec, byte[] input)
    {
        try
        {
            return codec.Decompress(input);
        }
        catch (CompressionException)
        {
            return null;
        }
    }
}
