using System.Collections.Immutable;
using Sluice.Core.Metadata.Images;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Metadata.Deltas;

/// <summary>What changed of topics and partitions.</summary>
public sealed class TopicsDelta
{
    private readonly TopicsImage _base;
    private readonly Dictionary<Uuid, TopicDelta> _changed = [];
    private readonly Dictionary<Uuid, TopicImage> _removed = [];
    private readonly Dictionary<string, Uuid> _createdNames = new(StringComparer.Ordinal);
    private readonly HashSet<Uuid> _removedIds = [];
    private TopicsImage? _applied;

    internal TopicsDelta(TopicsImage image) => _base = image;

    /// <summary>Topics that were created, or have partitions that were created or changed, in the order of their first change.</summary>
    public IReadOnlyCollection<TopicDelta> Changed => _changed.Values;

    /// <summary>Topics that are gone, as they were before.</summary>
    public IReadOnlyCollection<TopicImage> Removed => _removed.Values;

    /// <summary>The ids of all topics whose deletion was replayed, those among them that were created by the same changes.</summary>
    internal IReadOnlySet<Uuid> RemovedIds => _removedIds;

    internal void Replay(TopicRecord record)
    {
        bool nameTaken = _createdNames.ContainsKey(record.Name)
            || (_base.ByName(record.Name) is { } older && !_removed.ContainsKey(older.Id));
        if (nameTaken || _base.ById(record.TopicId) is not null || _changed.ContainsKey(record.TopicId))
            throw new MetadataCorruptException($"the topic {record.Name} with id {record.TopicId} is created, but its name or id is taken");
        _changed.Add(record.TopicId, new TopicDelta(new TopicImage(record.Name, record.TopicId, []), isNew: true));
        _createdNames.Add(record.Name, record.TopicId);
    }

    internal void Replay(PartitionRecord record) => Change(record.TopicId, nameof(PartitionRecord)).Replay(record);

    internal void Replay(PartitionChangeRecord record) => Change(record.TopicId, nameof(PartitionChangeRecord)).Replay(record);

    internal TopicImage Replay(RemoveTopicRecord record)
    {
        TopicDelta? changed = _changed.GetValueOrDefault(record.TopicId);
        TopicImage topic = (changed is { IsNew: true } ? changed.Before : LiveTopic(record.TopicId))
            ?? throw new MetadataCorruptException($"the topic with id {record.TopicId} is removed, but there is none");
        _removedIds.Add(record.TopicId);
        if (changed is not null) _changed.Remove(record.TopicId);
        if (changed is { IsNew: true }) _createdNames.Remove(topic.Name);
        else _removed.Add(record.TopicId, topic);
        return topic;
    }

    /// <summary>The topics after the changes; made once, at the first call.</summary>
    internal TopicsImage Apply()
    {
        if (_applied is not null) return _applied;
        if (_changed.Count == 0 && _removed.Count == 0) return _applied = _base;
        ImmutableSortedDictionary<string, TopicImage>.Builder byName = _base.Names.ToBuilder();
        ImmutableDictionary<Uuid, TopicImage>.Builder byId = _base.Ids.ToBuilder();
        ImmutableDictionary<string, string>.Builder merged = _base.MergedNames.ToBuilder();
        foreach (TopicImage removed in _removed.Values)
        {
            byName.Remove(removed.Name);
            byId.Remove(removed.Id);
            if (TopicNames.CanCollide(removed.Name)) merged.Remove(TopicNames.Merged(removed.Name));
        }
        foreach (TopicDelta changed in _changed.Values)
        {
            TopicImage topic = changed.Apply();
            byName[topic.Name] = topic;
            byId[topic.Id] = topic;
            if (changed.IsNew && TopicNames.CanCollide(topic.Name)) merged[TopicNames.Merged(topic.Name)] = topic.Name;
        }
        return _applied = new TopicsImage(byName.ToImmutable(), byId.ToImmutable(), merged.ToImmutable());
    }

    private TopicDelta Change(Uuid id, string record)
    {
        if (_changed.TryGetValue(id, out TopicDelta? changed)) return changed;
        TopicImage topic = LiveTopic(id) ?? throw new MetadataCorruptException($"a {record} names the topic id {id}, but there is no such topic");
        changed = new TopicDelta(topic, isNew: false);
        _changed.Add(id, changed);
        return changed;
    }

    private TopicImage? LiveTopic(Uuid id) => _removed.ContainsKey(id) ? null : _base.ById(id);
}
