namespace Sluice.Client.Consuming.Assignment;

/// <summary>Sticky shares where all members read the same topics: as Java's AbstractStickyAssignor does it in that case, without racks.</summary>
internal static class EqualShares
{
    public static Dictionary<string, List<TopicPartition>> Of(
        IReadOnlyDictionary<string, int> partitionCounts, IReadOnlyList<string> members, IReadOnlySet<string> topics, Dictionary<string, List<TopicPartition>> owned)
    {
        List<TopicPartition> all = [.. topics.Order(StringComparer.Ordinal).SelectMany(t => Enumerable.Range(0, partitionCounts.GetValueOrDefault(t)).Select(i => new TopicPartition(t, i)))];
        (int least, int larger) = Math.DivRem(all.Count, members.Count);
        var shares = members.ToDictionary(m => m, _ => new List<TopicPartition>());
        var below = new List<string>();
        var exactly = new List<string>();
        foreach (string member in members.Order(StringComparer.Ordinal))
        {
            List<TopicPartition> had = owned[member];
            bool keepsOneMore = had.Count > least && larger > 0;
            int kept = Math.Min(had.Count, keepsOneMore ? least + 1 : least);
            if (keepsOneMore) larger--;
            shares[member].AddRange(had.Take(kept));
            if (kept < least) below.Add(member);
            else if (kept == least) exactly.Add(member);
        }

        var taken = shares.Values.SelectMany(s => s).ToHashSet();
        HandOut(all.Where(p => !taken.Contains(p)), shares, below, new Queue<string>(exactly), least);
        return shares;
    }

    /// <summary>In turn to those below the least share; the rest one by one to those who have exactly that.</summary>
    private static void HandOut(
        IEnumerable<TopicPartition> free, Dictionary<string, List<TopicPartition>> shares, List<string> below, Queue<string> exactly, int least)
    {
        int turn = 0;
        foreach (TopicPartition partition in free)
        {
            if (below.Count == 0)
            {
                shares[exactly.Dequeue()].Add(partition);
                continue;
            }

            turn %= below.Count;
            string member = below[turn];
            shares[member].Add(partition);
            if (shares[member].Count < least)
            {
                turn++;
                continue;
            }

            below.RemoveAt(turn);
            exactly.Enqueue(member);
        }
    }
}
