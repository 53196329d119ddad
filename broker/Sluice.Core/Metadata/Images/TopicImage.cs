using System.Collections.Immutable;
using Sluice.Protocol;

namespace Sluice.Core.Metadata.Images;

/// <summary>A topic.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its id, which no other topic ever has, not even a later one of the same name.</param>
/// <param name="Partitions">Its partitions; the index is the partition's number.</param>
public sealed record TopicImage(string Name, Uuid Id, ImmutableArray<PartitionImage> Partitions)
{
    /// <summary>Whether brokers keep state of their own in the topic, so that clients should leave it alone.</summary>
    public bool IsInternal => InternalTopics.Contains(Name);
}
