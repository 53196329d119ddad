namespace Sluice.Client.Consuming.Assignment;

/// <summary>Balanced shares that keep as much as they can of what members own, whoever may read what.</summary>
internal static class StickyShares
{
    public static Dictionary<string, List<TopicPartition>> Of(IReadOnlyDictionary<string, int> partitionCounts, IReadOnlyList<MemberSubscription> members)
    {
        Dictionary<string, List<TopicPartition>> owned = Owned(partitionCounts, members);
        HashSet<string> first = [.. members[0].Topics];
        return members.All(m => first.SetEquals(m.Topics))
            ? EqualShares.Of(partitionCounts, [.. members.Select(m => m.MemberId)], first, owned)
            : UnequalShares.Of(partitionCounts, members, owned);
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
