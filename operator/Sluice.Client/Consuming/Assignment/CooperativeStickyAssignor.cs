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
        Dictionary<string, List<TopicPartition>> owned = Owned(partitionCounts, members);
        HashSet<string> first = [.. members[0].Topics];
        bool allAlike = members.All(m => first.SetEquals(m.Topics));
        Dictionary<string, List<TopicPartition>> shares = allAlike
            ? EqualShares.Of(partitionCounts, [.. members.Select(m => m.MemberId)], first, owned)
            : UnequalShares.Of(partitionCounts, members, owned);
        var owners = members.SelectMany(m => m.Owned.Select(p => (Partition: p, m.MemberId))).ToLookup(o => o.Partition, o => o.MemberId);
        foreach ((string member, List<TopicPartition> share) in shares)
        {
            share.RemoveAll(p => owners[p].Any() && !owners[p].Contains(member));
        }

        return shares.ToDictionary(s => s.Key, s => (IReadOnlyList<TopicPartition>)s.Value);
    }

    /// <summary>What members own rightly: what exists, is subscribed to, stems from the latest generation and is claimed by one alone.</summary>
    private static Dictionary<string, List<TopicPartition>> Owned(IReadOnlyDictionary<string, int> partitionCounts, IReadOnlyList<MemberSubscription> members)
    {
        int latest = members.Max(m => m.Generation);
        var owned = members.ToDictionary(m => m.MemberId, _ => new List<TopicPartition>());
        var claims = new Dictionary<TopicPartition, string?>();
        foreach (MemberSubscription member in members.Where(m => m.Generation == latest))
        {
            foreach (TopicPartition partition in member.Owned)
            {
                if (partition.Partition >= partitionCounts.GetValueOrDefault(partition.Topic) || !member.Topics.Contains(partition.Topic)) continue;
                claims[partition] = claims.ContainsKey(partition) ? null : member.MemberId;
            }
        }

        foreach ((TopicPartition partition, string? owner) in claims.OrderBy(c => c.Key))
        {
            if (owner is not null) owned[owner].Add(partition);
        }

        return owned;
    }
}
