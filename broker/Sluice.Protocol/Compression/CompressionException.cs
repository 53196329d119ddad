namespace Sluice.Protocol.Compression;

/// <summary>Compressed bytes are damaged, or would grow beyond what is allowed.</summary>
public sealed class CompressionException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether the bytes may be sound but their decompressed size exceeds the limit.</summary>
    public bool IsTooLarge { get; init; }
}
