namespace Sluice.Client.Consuming.Assignment;

/// <summary>As org.apache.kafka.clients.consumer.RangeAssignor without racks.</summary>
internal sealed class RangeAssignor : PartitionAssignor
{
    public override string Name => "range";

    public override IReadOnlyDictionary<string, IReadOnlyList<TopicPartition>> Assign(
        IReadOnlyDictionary<string, int> partitionCounts, IReadOnlyList<MemberSubscription> members)
    {
        var shares = members.ToDictionary(m => m.MemberId, _ => new List<TopicPartition>());
        foreach (string topic in members.SelectMany(m => m.Topics).Distinct().Order(StringComparer.Ordinal))
        {
            List<MemberSubscription> readers = [.. members.Where(m => m.Topics.Contains(topic)).Order(MemberSubscription.Order)];
            int count = partitionCounts.GetValueOrDefault(topic);
            (int each, int more) = Math.DivRem(count, readers.Count);
            for (int i = 0, next = 0; i < readers.Count; i++)
            {
                // The first members take one more each until the remainder is used up.
                int end = next + each + (i < more ? 1 : 0);
                for (; next < end; next++) shares[readers[i].MemberId].Add(new TopicPartition(topic, next));
            }
        }

        return shares.ToDictionary(s => s.Key, s => (IReadOnlyList<TopicPartition>)s.Value);
    }
}
