using System.Buffers;

namespace Sluice.Protocol.Compression;

/// <summary>The codecs of record batches, both ways. All of them are there on every machine.</summary>
/// <remarks>gzip comes with .NET, snappy and lz4 are managed code; zstd is libzstd's where the system has it, which is faster, and managed code elsewhere.</remarks>
public static class Codecs
{
    // Read-only, so that the compiler of hot code knows which of the two it calls.
    private static readonly bool HasLibzstd = NativeZstd.IsPresent();

    /// <summary>Whose code each codec is on this machine, for a log.</summary>
    public static string Implementations =>
        $"gzip by .NET, snappy by Snappier, lz4 by K4os.Compression.LZ4, zstd by {(HasLibzstd ? $"libzstd {NativeZstd.Version}" : "ZstdSharp")}";

    /// <summary>Compresses <paramref name="input"/> as one block in the framing that Kafka clients expect.</summary>
    /// <param name="codec">The codec; <see cref="CompressionCodec.None"/> copies.</param>
    /// <param name="input">What to compress.</param>
    /// <param name="output">Where the compressed bytes go.</param>
    /// <param name="level">
    /// By Kafka's topic settings: <c>compression.gzip.level</c> 1 to 9 (or -1), <c>compression.lz4.level</c> 1 to 17 (9 is the fast
    /// compressor), <c>compression.zstd.level</c> -131072 to 22; null for the codec's default. Snappy has none.
    /// </param>
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
            case CompressionCodec.Zstd when HasLibzstd:
                ZstdCodec<NativeZstd>.Compress(input, output, level ?? ZstdLevels.Default);
                break;
            case CompressionCodec.Zstd:
                ZstdCodec<ManagedZstd>.Compress(input, output, level ?? ZstdLevels.Default);
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
    /// <exception cref="CompressionException">The bytes are damaged or the output would exceed the limit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The codec does not exist.</exception>
    public static void Decompress(CompressionCodec codec, ReadOnlySpan<byte> input, PooledBuffer output, DecompressionLimit limit)
    {
        var bounded = new BoundedOutput(output, codec, codec == CompressionCodec.None ? limit.BytesMax : limit.ForInput(input.Length));
        switch (codec)
        {
            case CompressionCodec.None:
                input.CopyTo(bounded.Room(bounded.Exactly(input.Length)));
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
            case CompressionCodec.Zstd when HasLibzstd:
                ZstdCodec<NativeZstd>.Decompress(input, ref bounded);
                break;
            case CompressionCodec.Zstd:
                ZstdCodec<ManagedZstd>.Decompress(input, ref bounded);
                break;
            default:
                throw Unknown(codec);
        }
    }

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
