namespace Sluice.Core.Groups.Coordination;

/// <summary>What the groups of a shard come to, for metrics.</summary>
/// <param name="ByState">How many groups are in each state; the index is the state's number.</param>
/// <param name="Members">Members of all groups.</param>
/// <param name="Offsets">Committed offsets of all groups.</param>
/// <param name="Rebalances">Rebalances that were completed since the start.</param>
/// <param name="OffsetCommits">Offsets that were committed since the start.</param>
/// <param name="OffsetExpirations">Offsets that expired since the start.</param>
/// <param name="Loading">Partitions of <c>__consumer_offsets</c> whose groups are being read.</param>
/// <param name="Offline">Partitions of <c>__consumer_offsets</c> whose groups are out of reach.</param>
public sealed record GroupStatistics(
    IReadOnlyList<long> ByState, long Members, long Offsets, long Rebalances, long OffsetCommits, long OffsetExpirations, long Loading, long Offline)
{
    /// <summary>No groups at all.</summary>
    public static GroupStatistics None { get; } = new(new long[Enum.GetValues<GroupState>().Length], 0, 0, 0, 0, 0, 0, 0);

    internal static GroupStatistics Of(IEnumerable<GroupCoordinator> coordinators)
    {
        long[] byState = new long[Enum.GetValues<GroupState>().Length];
        long members = 0, offsets = 0, rebalances = 0, commits = 0, expirations = 0, loading = 0, offline = 0;
        foreach (GroupCoordinator coordinator in coordinators)
        {
            foreach (ClassicGroup group in coordinator.Groups.All)
            {
                byState[(int)group.State]++;
                members += group.Members.Count;
                offsets += group.Offsets.Count;
            }
            rebalances += coordinator.Groups.Rebalance.CompletedCount;
            commits += coordinator.Groups.Commits.CommittedCount;
            expirations += coordinator.ExpiredCount;
            loading += coordinator.Availability == Sluice.Protocol.ErrorCode.CoordinatorLoadInProgress ? 1 : 0;
            offline += coordinator.Availability == Sluice.Protocol.ErrorCode.NotCoordinator ? 1 : 0;
        }
        return new GroupStatistics(byState, members, offsets, rebalances, commits, expirations, loading, offline);
    }
}
