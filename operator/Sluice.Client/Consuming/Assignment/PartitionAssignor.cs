namespace Sluice.Client.Consuming.Assignment;

/// <summary>What a member of a group asks for when a group's partitions are shared out.</summary>
/// <param name="MemberId">The id that the coordinator gave.</param>
/// <param name="InstanceId">The lasting name of a static member (KIP-345), or null.</param>
/// <param name="Topics">What it subscribes to.</param>
/// <param name="Owned">What it reads now, for assignors that keep it (KIP-429).</param>
/// <param name="Generation">The generation in which it got what it owns; -1 for none.</param>
public sealed record MemberSubscription(string MemberId, string? InstanceId, IReadOnlyList<string> Topics, IReadOnlyList<TopicPartition> Owned, int Generation)
{
    /// <summary>Static members first, by their names, then the others by id: the order in which Java's assignors go through members.</summary>
    internal static IComparer<MemberSubscription> Order { get; } = Comparer<MemberSubscription>.Create(static (one, other) =>
    {
        if (one.InstanceId is not null && other.InstanceId is not null) return string.CompareOrdinal(one.InstanceId, other.InstanceId);
        if (one.InstanceId is not null) return -1;
        return other.InstanceId is not null ? 1 : string.CompareOrdinal(one.MemberId, other.MemberId);
    });
}

/// <summary>Shares the partitions of topics among the members of a group. The group's leader runs it, so all members must know it by name.</summary>
public abstract class PartitionAssignor
{
    /// <summary>For each topic, consecutive partitions to consecutive members; partitions of one number of several topics meet at one member.</summary>
    public static PartitionAssignor Range { get; } = new RangeAssignor();

    /// <summary>All partitions, one after the other, to all members in turn.</summary>
    public static PartitionAssignor RoundRobin { get; } = new RoundRobinAssignor();

    /// <summary>Balanced, with as few moves as possible; members keep reading what they keep while the group rebalances (KIP-429).</summary>
    public static PartitionAssignor CooperativeSticky { get; } = new CooperativeStickyAssignor();

    /// <summary>
    /// Balanced, with as few moves as possible, for groups with members that know only Java's older <c>StickyAssignor</c>; all stop
    /// reading while the group rebalances. <see cref="CooperativeSticky"/> is better where all members know it.
    /// </summary>
    public static PartitionAssignor Sticky { get; } = new StickyAssignor();

    /// <summary>The name by which members agree on it.</summary>
    public abstract string Name { get; }

    /// <summary>Whether members give up only what moves, instead of all that they have, when a rebalance begins.</summary>
    public virtual bool IsCooperative => false;

    /// <summary>Shares out.</summary>
    /// <param name="partitionCounts">Of each topic that exists.</param>
    /// <param name="members">At least one.</param>
    /// <returns>For each member its partitions; none of them twice.</returns>
    public abstract IReadOnlyDictionary<string, IReadOnlyList<TopicPartition>> Assign(
        IReadOnlyDictionary<string, int> partitionCounts, IReadOnlyList<MemberSubscription> members);

    /// <summary>What a member tells the leader beside its topics; null for nothing.</summary>
    /// <param name="lastShare">What it was given last.</param>
    /// <param name="generation">In this generation; -1 before the first.</param>
    internal virtual byte[]? UserData(IReadOnlyCollection<TopicPartition> lastShare, int generation) => null;

    /// <summary>A member as its user data tells of it.</summary>
    internal virtual MemberSubscription Recall(MemberSubscription member, ReadOnlyMemory<byte> userData) => member;
}
