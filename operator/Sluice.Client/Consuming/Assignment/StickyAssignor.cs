using System.Buffers.Binary;
using System.Text;

namespace Sluice.Client.Consuming.Assignment;

/// <summary>
/// As org.apache.kafka.clients.consumer.StickyAssignor: balanced shares that keep what members had, for members that give everything up
/// when a rebalance begins. What they had is therefore not in their subscription, but in user data beside it.
/// </summary>
internal sealed class StickyAssignor : PartitionAssignor
{
    public override string Name => "sticky";

    public override IReadOnlyDictionary<string, IReadOnlyList<TopicPartition>> Assign(
        IReadOnlyDictionary<string, int> partitionCounts, IReadOnlyList<MemberSubscription> members) =>
        StickyShares.Of(partitionCounts, members).ToDictionary(s => s.Key, s => (IReadOnlyList<TopicPartition>)s.Value);

    internal override byte[]? UserData(IReadOnlyCollection<TopicPartition> lastShare, int generation)
    {
        if (generation < 0) return null;
        var bytes = new List<byte>();
        List<IGrouping<string, TopicPartition>> topics = [.. lastShare.GroupBy(p => p.Topic)];
        Append(bytes, topics.Count);
        foreach (IGrouping<string, TopicPartition> topic in topics)
        {
            byte[] name = Encoding.UTF8.GetBytes(topic.Key);
            bytes.Add((byte)(name.Length >> 8));
            bytes.Add((byte)name.Length);
            bytes.AddRange(name);
            Append(bytes, topic.Count());
            foreach (TopicPartition partition in topic.Order()) Append(bytes, partition.Partition);
        }

        Append(bytes, generation);
        return [.. bytes];
    }

    internal override MemberSubscription Recall(MemberSubscription member, ReadOnlyMemory<byte> userData)
    {
        int at = 0;
        var owned = new List<TopicPartition>();
        ReadOnlySpan<byte> bytes = userData.Span;
        if (!TryReadShare(bytes, ref at, owned)) return member with { Owned = [], Generation = -1 };
        // Version 0 of the data ends here; its generation is unknown. What does not parse at all is passed over, as in Java.
        return member with { Owned = owned, Generation = TryReadInt(bytes, ref at, out int generation) ? generation : -1 };
    }

    private static bool TryReadShare(ReadOnlySpan<byte> bytes, ref int at, List<TopicPartition> owned)
    {
        if (!TryReadInt(bytes, ref at, out int topics)) return false;
        for (; topics > 0; topics--)
        {
            if (bytes.Length - at < sizeof(short)) return false;
            int length = BinaryPrimitives.ReadInt16BigEndian(bytes[at..]);
            at += sizeof(short);
            if (length < 0 || length > bytes.Length - at) return false;
            string name = Encoding.UTF8.GetString(bytes.Slice(at, length));
            at += length;
            if (!TryReadInt(bytes, ref at, out int partitions)) return false;
            for (; partitions > 0; partitions--)
            {
                if (!TryReadInt(bytes, ref at, out int partition)) return false;
                owned.Add(new TopicPartition(name, partition));
            }
        }

        return true;
    }

    private static bool TryReadInt(ReadOnlySpan<byte> bytes, ref int at, out int value)
    {
        bool read = BinaryPrimitives.TryReadInt32BigEndian(bytes[at..], out value);
        if (read) at += sizeof(int);
        return read;
    }

    private static void Append(List<byte> bytes, int value)
    {
        Span<byte> four = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(four, value);
        bytes.AddRange(four);
    }
}
