namespace Sluice.Core.Groups;

/// <summary>The committed offsets of one group, by topic and partition, in an order that does not depend on the run.</summary>
internal sealed class GroupOffsets
{
    private readonly SortedDictionary<string, SortedDictionary<int, CommittedOffset>> _topics = new(StringComparer.Ordinal);

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _topics.Count == 0;

    /// <summary>How many there are.</summary>
    public int Count => _topics.Values.Sum(partitions => partitions.Count);

    /// <summary>The offsets, topic by topic.</summary>
    public IEnumerable<KeyValuePair<string, SortedDictionary<int, CommittedOffset>>> Topics => _topics;

    /// <summary>All offsets as a list that stays as it is while they change.</summary>
    public List<(string Topic, int Partition, CommittedOffset Offset)> All() =>
        [.. _topics.SelectMany(topic => topic.Value.Select(partition => (topic.Key, partition.Key, partition.Value)))];

    /// <summary>The offset of a partition; null when none is committed.</summary>
    public CommittedOffset? Find(string topic, int partition) => _topics.GetValueOrDefault(topic)?.GetValueOrDefault(partition);

    /// <summary>The offsets of a topic; null when there are none.</summary>
    public IReadOnlyDictionary<int, CommittedOffset>? Of(string topic) => _topics.GetValueOrDefault(topic);

    /// <summary>Commits an offset.</summary>
    public void Set(string topic, int partition, CommittedOffset offset)
    {
        if (!_topics.TryGetValue(topic, out SortedDictionary<int, CommittedOffset>? partitions)) _topics.Add(topic, partitions = []);
        partitions[partition] = offset;
    }

    /// <summary>Takes an offset out.</summary>
    public void Remove(string topic, int partition)
    {
        if (_topics.GetValueOrDefault(topic) is not { } partitions) return;
        partitions.Remove(partition);
        if (partitions.Count == 0) _topics.Remove(topic);
    }

    /// <summary>Takes over what another group object of the same id had.</summary>
    public void TakeOver(GroupOffsets other)
    {
        foreach ((string topic, int partition, CommittedOffset offset) in other.All()) Set(topic, partition, offset);
    }
}
