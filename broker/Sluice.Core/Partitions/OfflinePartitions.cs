using System.Collections.Immutable;
using Sluice.Protocol;

namespace Sluice.Core.Partitions;

/// <summary>The node's partitions whose logs are out of reach, for answers that tell who leads what. Safe from any thread.</summary>
public sealed class OfflinePartitions
{
    private ImmutableHashSet<(Uuid Topic, int Partition)> _partitions = [];

    /// <summary>Whether there is none, as nearly always.</summary>
    public bool IsEmpty => Volatile.Read(ref _partitions).IsEmpty;

    /// <summary>Whether a partition's log is out of reach.</summary>
    public bool Contains(Uuid topic, int partition) => !IsEmpty && Volatile.Read(ref _partitions).Contains((topic, partition));

    internal void Add(Uuid topic, int partition) => ImmutableInterlocked.Update(ref _partitions, static (set, one) => set.Add(one), (topic, partition));

    internal void Remove(Uuid topic, int partition)
    {
        if (!IsEmpty) ImmutableInterlocked.Update(ref _partitions, static (set, one) => set.Remove(one), (topic, partition));
    }
}
