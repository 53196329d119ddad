using System.Buffers;

namespace Sluice.Protocol.Compression;

/// <summary>The codecs of record batches, both ways.</summary>
/// <remarks>gzip comes with .NET; snappy, lz4 and zstd from the system's libraries, loaded at first use.</remarks>
public static class Codecs
{
    /// <summary>Compresses <paramref name="input"/> as one block in the framing that Kafka clients expect.</summary>
    /// <param name="codec">The codec; <see cref="CompressionCodec.None"/> copies.</param>
    /// <param name="input">What to compress.</param>
    /// <param name="output">Where the compressed bytes go.</param>
    /// <param name="level">
    /// By Kafka's topic settings: <c>compression.gzip.level</c> 1 to 9 (or -1), <c>compression.lz4.level</c> 1 to 17 (9 is the fast
    /// compressor), <c>compression.zstd.level</c> -131072 to 22; null for the codec's default. Snappy has none.
    /// </param>
    /// <exception cref="CodecUnavailableException">The codec's library is not installed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The codec or its level does not exist.</exception>
    public static void Compress(CompressionCodec codec, ReadOnlySpan<byte> input, IBufferWriter<byte> output, int? level = null)
    {
        switch (codec)
        {
            case CompressionCodec.None:
                output.Write(input);
                break;
            case CompressionCodec.Gzip:
                GzipCodec.Compress(input, output, level ?? GzipCodec.DefaultLevel);
                break;
            case CompressionCodec.Snappy:
                SnappyCodec.Compress(input, output);
                break;
            case CompressionCodec.Lz4:
                Lz4Codec.Compress(input, output, level ?? Lz4Codec.DefaultLevel);
                break;
            case CompressionCodec.Zstd:
                ZstdCodec.Compress(input, output, level ?? ZstdCodec.DefaultLevel);
                break;
            default:
                throw Unknown(codec);
        }
    }

    /// <summary>Decompresses a batch's body.</summary>
    /// <param name="codec">The codec; <see cref="CompressionCodec.None"/> copies.</param>
    /// <param name="input">The whole compressed body.</param>
    /// <param name="output">Where the bytes go; on an exception it may hold a part of them.</param>
    /// <param name="limit">How large the output may become.</param>
    /// <exception cref="CodecUnavailableException">The codec's library is not installed.</exception>
    /// <exception cref="CompressionException">The bytes are damaged or the output would exceed the limit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The codec does not exist.</exception>
    public static void Decompress(CompressionCodec codec, ReadOnlySpan<byte> input, IBufferWriter<byte> output, DecompressionLimit limit)
    {
        var bounded = new BoundedOutput(output, codec, codec == CompressionCodec.None ? limit.BytesMax : limit.ForInput(input.Length));
        switch (codec)
        {
            case CompressionCodec.None:
                input.CopyTo(bounded.Exactly(input.Length));
                bounded.Advance(input.Length);
                break;
            case CompressionCodec.Gzip:
                GzipCodec.Decompress(input, ref bounded);
                break;
            case CompressionCodec.Snappy:
                SnappyCodec.Decompress(input, ref bounded);
                break;
            case CompressionCodec.Lz4:
                Lz4Codec.Decompress(input, ref bounded);
                break;
            case CompressionCodec.Zstd:
                ZstdCodec.Decompress(input, ref bounded);
                break;
            default:
                throw Unknown(codec);
        }
    }

    /// <summary>Whether the codec's library can be loaded here.</summary>
    public static bool IsAvailable(CompressionCodec codec) => codec switch
    {
        CompressionCodec.None or CompressionCodec.Gzip => true,
        CompressionCodec.Snappy => NativeCodec.CanLoad(SnappyCodec.Library),
        CompressionCodec.Lz4 => NativeCodec.CanLoad(Lz4Codec.Library),
        CompressionCodec.Zstd => NativeCodec.CanLoad(ZstdCodec.Library),
        _ => false,
    };

    /// <summary>The codec's name as in Kafka's setting <c>compression.type</c>.</summary>
    public static string Name(CompressionCodec codec) => codec switch
    {
        CompressionCodec.None => "none",
        CompressionCodec.Gzip => "gzip",
        CompressionCodec.Snappy => "snappy",
        CompressionCodec.Lz4 => "lz4",
        CompressionCodec.Zstd => "zstd",
        _ => throw Unknown(codec),
    };

    private static ArgumentOutOfRangeException Unknown(CompressionCodec codec) =>
        new(nameof(codec), codec, "Codecs are 0 (none), 1 (gzip), 2 (snappy), 3 (lz4) and 4 (zstd).");
}
