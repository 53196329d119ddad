using Sluice.Protocol;

namespace Simulation.Models;

/// <summary>What the clients know of a topic.</summary>
internal sealed class TopicModel
{
    private readonly List<PartitionModel> _partitions;

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
    public bool? FlushesFirst { get; set; }

    /// <summary>Whether every record has had the time that its producer gave it, ever since the topic was made.</summary>
    public bool HasProducerTimes { get; set; } = true;

    /// <summary>Whether the topic is or was compacted, so that a record may be gone for which there is a later one of its key.</summary>
    public bool MayCompact { get; private set; }

    /// <summary>The least <c>delete.retention.ms</c> that the topic ever had: no tombstone goes before.</summary>
    public long LeastDeleteRetentionMs { get; private set; } = long.MaxValue;

    /// <summary>The least <c>retention.ms</c> that the topic ever had: no record goes by its age before.</summary>
    public long LeastRetentionMs { get; private set; } = long.MaxValue;

    /// <summary>Notes settings that are about to hold, or may already.</summary>
    public void Expect(IReadOnlyDictionary<string, string> settings)
    {
        MayCompact |= settings.TryGetValue("cleanup.policy", out string? policy) && policy.Contains("compact", StringComparison.Ordinal);
        LeastDeleteRetentionMs = Math.Min(LeastDeleteRetentionMs, Number(settings, "delete.retention.ms"));
        LeastRetentionMs = Math.Min(LeastRetentionMs, Number(settings, "retention.ms"));
    }

    /// <summary>Adds partitions.</summary>
    public void GrowTo(int count)
    {
        while (_partitions.Count < count) _partitions.Add(new PartitionModel($"{Name}-{_partitions.Count}", this));
    }

    private static long Number(IReadOnlyDictionary<string, string> settings, string name) =>
        settings.TryGetValue(name, out string? text) && long.Parse(text, System.Globalization.CultureInfo.InvariantCulture) is >= 0 and var number ? number : long.MaxValue;
}
