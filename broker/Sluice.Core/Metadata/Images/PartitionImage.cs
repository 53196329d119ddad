using System.Collections.Immutable;
using Sluice.Protocol;

namespace Sluice.Core.Metadata.Images;

/// <summary>A partition's place in the cluster. The arrays are shared between images and partitions wherever they are equal.</summary>
public sealed record PartitionImage
{
    /// <summary>The partition's number within its topic.</summary>
    public required int Id { get; init; }

    /// <summary>The brokers that keep a copy, the preferred leader first.</summary>
    public required ImmutableArray<int> Replicas { get; init; }

    /// <summary>The id of the log directory on each replica, in the order of <see cref="Replicas"/>; empty when not known.</summary>
    public ImmutableArray<Uuid> Directories { get; init; } = [];

    /// <summary>The replicas that are in sync.</summary>
    public required ImmutableArray<int> Isr { get; init; }

    /// <summary>Replicas that a running reassignment will take away.</summary>
    public ImmutableArray<int> RemovingReplicas { get; init; } = [];

    /// <summary>Replicas that a running reassignment brings.</summary>
    public ImmutableArray<int> AddingReplicas { get; init; } = [];

    /// <summary>The broker that leads; -1 for none.</summary>
    public required int Leader { get; init; }

    /// <summary>Grows with each change of the leader; never goes back.</summary>
    public required int LeaderEpoch { get; init; }

    /// <summary>Grows with each change of the partition; never goes back.</summary>
    public required int PartitionEpoch { get; init; }

    /// <summary>1 while a leader that was elected uncleanly has not yet recovered, 0 otherwise.</summary>
    public sbyte LeaderRecoveryState { get; init; }
}
