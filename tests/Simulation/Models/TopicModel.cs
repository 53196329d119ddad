using Sluice.Protocol;

namespace Simulation.Models;

/// <summary>What the clients know of a topic.</summary>
internal sealed class TopicModel(string name, Uuid id, int partitionCount)
{
    private readonly List<PartitionModel> _partitions = [.. Enumerable.Range(0, partitionCount).Select(i => new PartitionModel($"{name}-{i}"))];

    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>Its id.</summary>
    public Uuid Id { get; } = id;

    /// <summary>Its partitions.</summary>
    public IReadOnlyList<PartitionModel> Partitions => _partitions;

    /// <summary>Whether records are flushed before they are acknowledged; null while a change of that is under way.</summary>
    public bool? FlushesFirst { get; set; }

    /// <summary>Whether every record has had the time that its producer gave it, ever since the topic was made.</summary>
    public bool HasProducerTimes { get; set; } = true;

    /// <summary>Whether records need keys.</summary>
    public bool IsCompacted { get; set; }

    /// <summary>Adds partitions.</summary>
    public void GrowTo(int count)
    {
        while (_partitions.Count < count) _partitions.Add(new PartitionModel($"{Name}-{_partitions.Count}") { MayTrim = _partitions[0].MayTrim });
    }
}
