namespace Sluice.Client.Consuming.Assignment;

/// <summary>
/// Sticky shares where members read different topics. Owned partitions stay, free ones go to the member with least, then single
/// partitions move from a larger share to one smaller by two or more until none can: no move could make the shares more even.
/// </summary>
internal static class UnequalShares
{
    public static Dictionary<string, List<TopicPartition>> Of(
        IReadOnlyDictionary<string, int> partitionCounts, IReadOnlyList<MemberSubscription> members, Dictionary<string, List<TopicPartition>> owned)
    {
        Dictionary<string, List<string>> readers = members.SelectMany(m => m.Topics.Distinct().Select(t => (Topic: t, m.MemberId)))
            .GroupBy(r => r.Topic).ToDictionary(g => g.Key, g => g.Select(r => r.MemberId).Order(StringComparer.Ordinal).ToList());
        Dictionary<string, List<TopicPartition>> shares = members.ToDictionary(m => m.MemberId, m => new List<TopicPartition>(owned[m.MemberId]));
        var taken = shares.Values.SelectMany(s => s).ToHashSet();
        // Topics that few may read come first: what is left can still go to many.
        IEnumerable<TopicPartition> free = readers.OrderBy(r => r.Value.Count).ThenBy(r => r.Key, StringComparer.Ordinal)
            .SelectMany(r => Enumerable.Range(0, partitionCounts.GetValueOrDefault(r.Key)).Select(i => new TopicPartition(r.Key, i)))
            .Where(p => !taken.Contains(p));
        foreach (TopicPartition partition in free.ToList()) Least(shares, readers[partition.Topic]).Add(partition);
        while (MoveOne(shares, readers))
        {
            // Each move makes the sum of the squares of the shares smaller, so this ends.
        }

        return shares;
    }

    private static List<TopicPartition> Least(Dictionary<string, List<TopicPartition>> shares, List<string> readers) => shares[readers.MinBy(r => shares[r].Count)!];

    private static bool MoveOne(Dictionary<string, List<TopicPartition>> shares, Dictionary<string, List<string>> readers)
    {
        foreach ((_, List<TopicPartition> from) in shares.OrderByDescending(s => s.Value.Count).ThenBy(s => s.Key, StringComparer.Ordinal))
        {
            for (int i = from.Count - 1; i >= 0; i--)
            {
                List<TopicPartition> to = Least(shares, readers[from[i].Topic]);
                if (to.Count + 1 >= from.Count) continue;
                to.Add(from[i]);
                from.RemoveAt(i);
                return true;
            }
        }

        return false;
    }
}
