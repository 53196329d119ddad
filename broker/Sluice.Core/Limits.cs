namespace Sluice.Core;

/// <summary>Bounds that no configuration changes; the unit is the last word of each name.</summary>
internal static class Limits
{
    /// <summary>What a client's compressed batch may grow to when it has to be decoded.</summary>
    public const int DecompressedBatchBytesMax = 128 * 1024 * 1024;

    /// <summary>A buffer that a shard keeps for the next request; larger ones are given back.</summary>
    public const int KeptBufferBytesMax = 4 * 1024 * 1024;

    /// <summary>How many finished operations of one kind a shard keeps for reuse.</summary>
    public const int PooledOperationsMax = 256;
}
