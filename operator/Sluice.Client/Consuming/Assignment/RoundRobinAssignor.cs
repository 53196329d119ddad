namespace Sluice.Client.Consuming.Assignment;

/// <summary>As org.apache.kafka.clients.consumer.RoundRobinAssignor.</summary>
internal sealed class RoundRobinAssignor : PartitionAssignor
{
    public override string Name => "roundrobin";

    public override IReadOnlyDictionary<string, IReadOnlyList<TopicPartition>> Assign(
        IReadOnlyDictionary<string, int> partitionCounts, IReadOnlyList<MemberSubscription> members)
    {
        var shares = members.ToDictionary(m => m.MemberId, _ => new List<TopicPartition>());
        List<MemberSubscription> ring = [.. members.Order(MemberSubscription.Order)];
        int turn = 0;
        foreach (string topic in members.SelectMany(m => m.Topics).Distinct().Order(StringComparer.Ordinal))
        {
            for (int i = 0; i < partitionCounts.GetValueOrDefault(topic); i++)
            {
                while (!ring[turn].Topics.Contains(topic)) turn = (turn + 1) % ring.Count;
                shares[ring[turn].MemberId].Add(new TopicPartition(topic, i));
                turn = (turn + 1) % ring.Count;
            }
        }

        return shares.ToDictionary(s => s.Key, s => (IReadOnlyList<TopicPartition>)s.Value);
    }
}
