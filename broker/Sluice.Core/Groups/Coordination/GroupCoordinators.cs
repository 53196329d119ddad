using Sluice.Core.Metadata.Deltas;
using Sluice.Core.Metadata.Images;
using Sluice.Core.Shards;
using Sluice.Protocol;

namespace Sluice.Core.Groups.Coordination;

/// <summary>The coordinators of one shard: one for each partition of <c>__consumer_offsets</c> that the shard owns.</summary>
public sealed class GroupCoordinators
{
    private readonly SortedDictionary<int, GroupCoordinator> _coordinators = [];
    private readonly Shard _shard;
    private List<GroupCoordinator> _turn = [];
    private List<GroupCoordinator> _nextTurn = [];
    private int _known;
    private bool _isClosed;

    internal GroupCoordinators(Shard shard)
    {
        _shard = shard;
        Settings = GroupSettings.From(shard.Node.Properties);
    }

    /// <summary>Ends all coordinators, as the node is about to stop: members whose requests wait are told to look for another.</summary>
    public void Close()
    {
        _isClosed = true;
        Clear();
    }

    /// <summary>What the shard's groups come to; on the shard's own thread.</summary>
    public GroupStatistics Statistics() => GroupStatistics.Of(_coordinators.Values);

    /// <summary>The settings of groups.</summary>
    internal GroupSettings Settings { get; }

    /// <summary>Whether the end of the turn has anything to do.</summary>
    internal bool HasTurnWork => _turn.Count > 0;

    /// <summary>The coordinator of a partition; null when the shard does not own it.</summary>
    internal GroupCoordinator? Find(int partition) => _coordinators.GetValueOrDefault(partition);

    /// <summary>Has a coordinator's <see cref="GroupCoordinator.EndTurn"/> called when the turn ends.</summary>
    internal void AtTurnEnd(GroupCoordinator coordinator)
    {
        if (coordinator.IsInTurn) return;
        coordinator.IsInTurn = true;
        _turn.Add(coordinator);
    }

    /// <summary>Ends a turn: what groups have to write goes to the partitions, which write it right after this.</summary>
    internal void EndTurn()
    {
        (_turn, _nextTurn) = (_nextTurn, _turn);
        foreach (GroupCoordinator coordinator in _nextTurn)
        {
            coordinator.IsInTurn = false;
            coordinator.EndTurn();
        }
        _nextTurn.Clear();
    }

    /// <summary>Begins with partitions that have come, ends with those that have gone, and forgets the offsets of deleted topics.</summary>
    internal void Apply(MetadataImage image, MetadataDelta delta)
    {
        foreach (TopicImage removed in delta.Topics.Removed)
        {
            if (removed.Name == OffsetsTopic.Name) Clear();
            else foreach (GroupCoordinator coordinator in _coordinators.Values) coordinator.TopicIsDeleted(removed.Name, removed.Id);
        }
        if (_isClosed || image.Topics.ByName(OffsetsTopic.Name) is not { } topic || topic.Partitions.Length == _known) return;
        for (int i = _known; i < topic.Partitions.Length; i++)
        {
            if (_shard.Partitions.Find(topic.Id, i) is { } partition) _coordinators.Add(i, new GroupCoordinator(_shard, partition, Settings));
        }
        _known = topic.Partitions.Length;
    }

    private void Clear()
    {
        foreach (GroupCoordinator coordinator in _coordinators.Values)
        {
            coordinator.Close(ErrorCode.NotCoordinator);
            coordinator.Dispose();
        }
        _coordinators.Clear();
        _known = 0;
    }
}
