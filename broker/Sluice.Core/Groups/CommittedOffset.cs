using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Groups;

/// <summary>How far a group has come in a partition.</summary>
/// <param name="Offset">The offset that the group reads next.</param>
/// <param name="LeaderEpoch">The leader epoch of the last record that it read; -1 when it did not say.</param>
/// <param name="Metadata">The client's own text.</param>
/// <param name="CommittedMs">When it was committed, in milliseconds since 1970.</param>
/// <param name="ExpiresMs">When it expires, where the client asked for a time of its own; otherwise -1.</param>
/// <param name="TopicId">The topic's id; zero in records of old software.</param>
internal sealed record CommittedOffset(long Offset, int LeaderEpoch, string Metadata, long CommittedMs, long ExpiresMs, Uuid TopicId)
{
    /// <summary>The offset that a record holds.</summary>
    public static CommittedOffset From(OffsetCommitValue value) =>
        new(value.Offset, value.LeaderEpoch, value.Metadata, value.CommitTimestamp, value.ExpireTimestamp, value.TopicId);
}
