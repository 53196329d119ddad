namespace Sluice.Protocol.Compression;

/// <summary>How a batch's body is compressed; the numbers are attribute bits 0-2 of the batch.</summary>
public enum CompressionCodec
{
    /// <summary>Not compressed.</summary>
    None = 0,

    /// <summary>RFC 1952.</summary>
    Gzip = 1,

    /// <summary>Snappy blocks, raw or in the xerial framing of Java clients.</summary>
    Snappy = 2,

    /// <summary>The LZ4 frame format.</summary>
    Lz4 = 3,

    /// <summary>A Zstandard frame (RFC 8878).</summary>
    Zstd = 4,
}
