using System.Collections.Immutable;
using Sluice.Core.Metadata.Images;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Metadata.Deltas;

/// <summary>What changed of one topic.</summary>
public sealed class TopicDelta
{
    // A topic with ten thousand partitions of which one changes costs one copy of an array of references.
    private readonly ImmutableArray<PartitionImage>.Builder _partitions;
    private readonly SortedSet<int> _changed = [];
    private TopicImage? _after;

    internal TopicDelta(TopicImage before, bool isNew)
    {
        Before = before;
        IsNew = isNew;
        _partitions = before.Partitions.ToBuilder();
    }

    /// <summary>Whether the topic was created.</summary>
    public bool IsNew { get; }

    /// <summary>The topic before the changes; without partitions when it is new.</summary>
    public TopicImage Before { get; }

    /// <summary>The topic after the changes.</summary>
    public TopicImage After => _after ?? throw new InvalidOperationException("the delta was not applied");

    /// <summary>The numbers of the partitions that were created or changed, ascending.</summary>
    public IReadOnlyCollection<int> ChangedPartitions => _changed;

    internal void Replay(PartitionRecord record)
    {
        if (record.PartitionId != _partitions.Count)
            throw new MetadataCorruptException($"partition {record.PartitionId} of {Before.Name} is created, but the next one would be {_partitions.Count}");
        RefuseEligibleReplicas(record.EligibleLeaderReplicas, record.LastKnownElr);
        ImmutableArray<int> replicas = Share(record.Replicas, _partitions.Count > 0 ? _partitions[^1].Replicas : []);
        _partitions.Add(new PartitionImage
        {
            Id = record.PartitionId,
            Replicas = replicas,
            Directories = Share(record.Directories, _partitions.Count > 0 ? _partitions[^1].Directories : []),
            Isr = Share(record.Isr, replicas),
            RemovingReplicas = Share(record.RemovingReplicas, replicas),
            AddingReplicas = Share(record.AddingReplicas, replicas),
            Leader = record.Leader,
            LeaderEpoch = record.LeaderEpoch,
            PartitionEpoch = record.PartitionEpoch,
            LeaderRecoveryState = record.LeaderRecoveryState,
        });
        _changed.Add(record.PartitionId);
    }

    internal void Replay(PartitionChangeRecord record)
    {
        const int NoLeaderChange = -2;
        if ((uint)record.PartitionId >= (uint)_partitions.Count)
            throw new MetadataCorruptException($"partition {record.PartitionId} of {Before.Name} changes, but there are {_partitions.Count}");
        RefuseEligibleReplicas(record.EligibleLeaderReplicas, record.LastKnownElr);
        PartitionImage old = _partitions[record.PartitionId];
        ImmutableArray<int> replicas = Change(record.Replicas, old.Replicas);
        bool leads = record.Leader != NoLeaderChange;
        _partitions[record.PartitionId] = old with
        {
            Replicas = replicas,
            Directories = record.Directories is { } directories ? Share(directories, old.Directories) : old.Directories,
            Isr = record.Isr is { } isr ? Share(isr, replicas) : old.Isr,
            RemovingReplicas = Change(record.RemovingReplicas, old.RemovingReplicas),
            AddingReplicas = Change(record.AddingReplicas, old.AddingReplicas),
            Leader = leads ? record.Leader : old.Leader,
            // Naming the leader begins a new epoch, even when it is the one of before: so does Kafka.
            LeaderEpoch = leads ? old.LeaderEpoch + 1 : old.LeaderEpoch,
            PartitionEpoch = old.PartitionEpoch + 1,
            LeaderRecoveryState = record.LeaderRecoveryState >= 0 ? record.LeaderRecoveryState : old.LeaderRecoveryState,
        };
        _changed.Add(record.PartitionId);
    }

    internal TopicImage Apply() => _after ??= Before with { Partitions = _partitions.DrainToImmutable() };

    /// <summary>Eligible leader replicas (KIP-966) are a feature that is not finalized, so records that carry some are not ours.</summary>
    private void RefuseEligibleReplicas(List<int>? eligible, List<int>? lastKnown)
    {
        if (eligible is { Count: > 0 } || lastKnown is { Count: > 0 })
            throw new MetadataCorruptException($"a partition of {Before.Name} has eligible leader replicas, which this version of Sluice does not keep");
    }

    private static ImmutableArray<int> Change(List<int>? values, ImmutableArray<int> old) => values is null ? old : Share(values, old);

    /// <summary>The values as an array: the given one when it has the same values, so that most partitions share theirs.</summary>
    private static ImmutableArray<T> Share<T>(List<T> values, ImmutableArray<T> like)
        where T : IEquatable<T>
    {
        if (values.Count == 0) return [];
        if (!like.IsDefault && like.AsSpan().SequenceEqual(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(values))) return like;
        return [.. values];
    }
}
