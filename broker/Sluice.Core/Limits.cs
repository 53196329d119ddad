namespace Sluice.Core;

/// <summary>Bounds that no configuration changes; the unit is the last word of each name.</summary>
internal static class Limits
{
    /// <summary>What a batch of a log that the broker itself writes may grow to when it is read again.</summary>
    public const int DecompressedBatchBytesMax = 128 * 1024 * 1024;

    /// <summary>A compressed batch that is larger inside is decoded off the shard.</summary>
    public const int DecodedAtOnceBytesMax = 1024 * 1024;

    /// <summary>A batch that is larger inside is compressed anew off the shard.</summary>
    public const int RecompressedAtOnceBytesMax = 64 * 1024;

    /// <summary>A buffer that a shard keeps for the next request; larger ones are given back.</summary>
    public const int KeptBufferBytesMax = 4 * 1024 * 1024;

    /// <summary>Topics or partitions of a request whose objects are kept for the next one; those of a larger one are given back.</summary>
    public const int KeptEntriesMax = 4096;

    /// <summary>A request above this holds so much that it is not left to wait for long.</summary>
    public const int LargeRequestBytes = 256 * 1024;

    /// <summary>How long a fetch waits at most whose request is larger than <see cref="LargeRequestBytes"/>.</summary>
    public const int LargeFetchWaitMsMax = 1000;

    /// <summary>
    /// How long a fetch waits at most, whatever the client asks for: a client that is gone must not hold its place for ever. Others are
    /// answered without records and ask again.
    /// </summary>
    public const int FetchWaitMsMax = 10 * 60 * 1000;

    /// <summary>What one member of a group may say for all its ways of assignment; more would not fit into the group's record.</summary>
    public const int GroupMemberMetadataBytesMax = 1024 * 1024;

    /// <summary>The longest name of a group or of one of its members, in characters: whatever they are, it can be written as a text of the protocol.</summary>
    public const int GroupNameCharsMax = 10_000;

    /// <summary>How many finished operations of one kind a shard keeps for reuse.</summary>
    public const int PooledOperationsMax = 256;
}
