namespace Sluice.Core;

/// <summary>Bounds that no configuration changes; the unit is the last word of each name.</summary>
internal static class Limits
{
    /// <summary>What a client's compressed batch may grow to when it has to be decoded.</summary>
    public const int DecompressedBatchBytesMax = 128 * 1024 * 1024;

    /// <summary>A buffer that a shard keeps for the next request; larger ones are given back.</summary>
    public const int KeptBufferBytesMax = 4 * 1024 * 1024;

    /// <summary>
    /// How long a fetch waits at most, whatever the client asks for: a client that is gone must not hold its place for ever. Others are
    /// answered without records and ask again.
    /// </summary>
    public const int FetchWaitMsMax = 10 * 60 * 1000;

    /// <summary>What one member of a group may say for all its ways of assignment; more would not fit into the group's record.</summary>
    public const int GroupMemberMetadataBytesMax = 1024 * 1024;

    /// <summary>How many finished operations of one kind a shard keeps for reuse.</summary>
    public const int PooledOperationsMax = 256;
}
