namespace Sluice.Client.Consuming.Assignment;

/// <summary>
/// Balanced shares that keep what members own. What must move is given to nobody in this round: its owner gives it up first and a
/// second rebalance, which that owner starts, hands it out (KIP-429).
/// </summary>
internal sealed class CooperativeStickyAssignor : PartitionAssignor
{
    public override string Name => "cooperative-sticky";

    public override bool IsCooperative => true;

    public override IReadOnlyDictionary<string, IReadOnlyList<TopicPartition>> Assign(
        IReadOnlyDictionary<string, int> partitionCounts, IReadOnlyList<MemberSubscription> members)
    {
        Dictionary<string, List<TopicPartition>> shares = StickyShares.Of(partitionCounts, members);
        var owners = members.SelectMany(m => m.Owned.Select(p => (Partition: p, m.MemberId))).ToLookup(o => o.Partition, o => o.MemberId);
        foreach ((string member, List<TopicPartition> share) in shares)
        {
            share.RemoveAll(p => owners[p].Any() && !owners[p].Contains(member));
        }

        return shares.ToDictionary(s => s.Key, s => (IReadOnlyList<TopicPartition>)s.Value);
    }
}
