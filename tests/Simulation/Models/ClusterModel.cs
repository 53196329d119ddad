using Simulation.Runs;
using Sluice.Protocol;

namespace Simulation.Models;

/// <summary>What the clients know of the cluster.</summary>
internal sealed class ClusterModel
{
    private long _lastRecord;

    /// <summary>The topics that exist for certain, by name.</summary>
    public SortedDictionary<string, TopicModel> Topics { get; } = new(StringComparer.Ordinal);

    /// <summary>The change that was asked for and not answered; after a restart it may have happened or not.</summary>
    public PendingChange? Pending { get; set; }

    /// <summary>Names that were ever used.</summary>
    public int NamesUsed { get; set; }

    /// <summary>A number that no record has yet.</summary>
    public long NewRecord() => ++_lastRecord;

    /// <summary>A topic by chance; null when there is none.</summary>
    public TopicModel? Pick(Random random) => Topics.Count == 0 ? null : Topics.Values.ElementAt(random.Next(Topics.Count));

    /// <summary>A partition as the broker knows it; null where the model has none, or another one of the name.</summary>
    public PartitionModel? Find(string topic, Uuid id, int partition) =>
        Topics.TryGetValue(topic, out TopicModel? known) && known.Id == id && partition < known.Partitions.Count ? known.Partitions[partition] : null;

    /// <summary>A partition itself, while its topic is there for certain; null when it is deleted, or may be.</summary>
    public PartitionModel? Find(PartitionModel partition) =>
        Topics.ContainsValue(partition.Topic) && Pending is not { Kind: PendingKind.Delete } ? partition : null;

    /// <summary>The topic of a name.</summary>
    public TopicModel Require(string name) => Topics.TryGetValue(name, out TopicModel? topic) ? topic : throw new Violation($"the topic {name} is not known");
}

/// <summary>A change of the metadata that is under way.</summary>
internal sealed record PendingChange(PendingKind Kind, string Topic)
{
    /// <summary>The partitions that the topic will have.</summary>
    public int Partitions { get; init; }

    /// <summary>The settings that the topic will have.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}

/// <summary>What a change does.</summary>
internal enum PendingKind
{
    Create,
    Delete,
    Grow,
    Configure,
}
