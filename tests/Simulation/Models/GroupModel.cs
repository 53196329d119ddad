using Simulation.Runs;

namespace Simulation.Models;

/// <summary>What the members of a group know of it.</summary>
/// <param name="id">The group's id.</param>
/// <param name="hasStaticMembers">Whether members keep their place over restarts, under another id.</param>
internal sealed class GroupModel(string id, bool hasStaticMembers)
{
    /// <summary>How many partitions the group reads.</summary>
    public const int Partitions = 4;

    /// <summary>The topic that groups read. It is made by the members, and nobody deletes it.</summary>
    public const string Topic = "grouped";

    private readonly Dictionary<(int Generation, int Partition), string> _owners = [];
    private readonly Dictionary<int, string> _leaders = [];

    /// <summary>The group's id.</summary>
    public string Id { get; } = id;

    /// <summary>How many times generations may have been lost: those from before mean nothing any more.</summary>
    public int Losses { get; private set; }

    /// <summary>The committed offsets.</summary>
    public OffsetModel[] Offsets { get; } = [.. Enumerable.Range(0, Partitions).Select(i => new OffsetModel($"{id} in {Topic}-{i}"))];

    /// <summary>A member learned who leads a generation.</summary>
    public void Led(int generation, string leader)
    {
        if (hasStaticMembers) return;
        if (_leaders.TryAdd(generation, leader) || _leaders[generation] == leader) return;
        throw new Violation($"{Id}: generation {generation} is led by {_leaders[generation]} and by {leader}");
    }

    /// <summary>A member was assigned a partition.</summary>
    public void Owned(int generation, int partition, string member)
    {
        if (_owners.TryAdd((generation, partition), member) || _owners[(generation, partition)] == member) return;
        throw new Violation($"{Id}: partition {partition} belongs to {_owners[(generation, partition)]} and to {member} in generation {generation}");
    }

    /// <summary>The broker has started again.</summary>
    /// <param name="mayHaveLost">Whether generations that were told may be gone, and their numbers come again.</param>
    public void Restarted(bool mayHaveLost)
    {
        // A generation without an assignment was never written, so that its number comes again.
        _leaders.Clear();
        if (!mayHaveLost) return;
        _owners.Clear();
        Losses++;
    }
}
