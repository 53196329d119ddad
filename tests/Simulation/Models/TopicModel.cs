using Sluice.Protocol;

namespace Simulation.Models;

/// <summary>What the clients know of a topic.</summary>
internal sealed class TopicModel
{
    private readonly List<PartitionModel> _partitions;
    private bool? _flushesFirst;

    public TopicModel(string name, Uuid id, int partitionCount)
    {
        Name = name;
        Id = id;
        _partitions = [.. Enumerable.Range(0, partitionCount).Select(i => new PartitionModel($"{name}-{i}", this))];
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Its id.</summary>
    public Uuid Id { get; }

    /// <summary>Its partitions.</summary>
    public IReadOnlyList<PartitionModel> Partitions => _partitions;

    /// <summary>Whether records are flushed before they are acknowledged; null while a change of that is under way.</summary>
    public bool? FlushesFirst
    {
        get => _flushesFirst;
        set
        {
            _flushesFirst = value;
            if (value == true) return;
            foreach (PartitionModel partition in _partitions) partition.FlushedSince = long.MaxValue;
        }
    }

    /// <summary>Whether every record has had the time that its producer gave it, ever since the topic was made.</summary>
    public bool HasProducerTimes { get; set; } = true;

    /// <summary>The topic's settings, as they are and were.</summary>
    public SettingsHistory Settings { get; } = new();

    /// <summary>Whether the topic may have been compacted since some time, in milliseconds since 1970.</summary>
    public bool MayCompactSince(long sinceMs) => Settings.Of("cleanup.policy", sinceMs).Any(IsCompaction);

    /// <summary>Whether the topic is or was compacted, so that a record may be gone for which there is a later one of its key.</summary>
    public bool MayCompact => MayCompactSince(0);

    /// <summary>Adds partitions.</summary>
    public void GrowTo(int count)
    {
        while (_partitions.Count < count) _partitions.Add(new PartitionModel($"{Name}-{_partitions.Count}", this));
    }

    private static bool IsCompaction(string policy) => policy.Contains("compact", StringComparison.Ordinal);
}
