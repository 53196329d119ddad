using System.Buffers.Binary;
using Sluice.Client.Consuming.Assignment;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Wire;

namespace Sluice.Client.Consuming.Groups;

/// <summary>What members of a consumer group tell each other through the coordinator, which does not look into it: two bytes of version, then the message.</summary>
internal static class ConsumerProtocol
{
    /// <summary>The protocol type of consumer groups.</summary>
    public const string Type = "consumer";

    /// <summary>The topics and owned partitions of a member.</summary>
    public static byte[] WriteSubscription(IEnumerable<string> topics, IEnumerable<TopicPartition> owned, int generation, byte[]? userData = null)
    {
        var message = new ConsumerProtocolSubscription { Topics = [.. topics.Order(StringComparer.Ordinal)], GenerationId = generation, UserData = userData };
        foreach (var topic in owned.GroupBy(p => p.Topic))
        {
            message.OwnedPartitions.Add(new ConsumerProtocolSubscription.TopicPartition { Topic = topic.Key, Partitions = [.. topic.Select(p => p.Partition).Order()] });
        }

        return Write(message);
    }

    /// <exception cref="ProtocolException">The bytes are no subscription.</exception>
    public static MemberSubscription ReadSubscription(string memberId, string? instanceId, ReadOnlyMemory<byte> bytes, PartitionAssignor assignor)
    {
        var message = new ConsumerProtocolSubscription();
        Read(message, bytes);
        List<TopicPartition> owned = [.. message.OwnedPartitions.SelectMany(t => t.Partitions.Select(p => new TopicPartition(t.Topic, p)))];
        return assignor.Recall(new MemberSubscription(memberId, instanceId, message.Topics, owned, message.GenerationId), message.UserData ?? default);
    }

    /// <summary>The partitions of a member.</summary>
    public static byte[] WriteAssignment(IEnumerable<TopicPartition> partitions)
    {
        var message = new ConsumerProtocolAssignment();
        foreach (var topic in partitions.GroupBy(p => p.Topic))
        {
            message.AssignedPartitions.Add(new ConsumerProtocolAssignment.TopicPartition { Topic = topic.Key, Partitions = [.. topic.Select(p => p.Partition).Order()] });
        }

        return Write(message);
    }

    /// <summary>The partitions of a member; none when the bytes are empty, as a leader may send to members whose topics are unknown.</summary>
    /// <exception cref="ProtocolException">The bytes are no assignment.</exception>
    public static List<TopicPartition> ReadAssignment(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length == 0) return [];
        var message = new ConsumerProtocolAssignment();
        Read(message, bytes);
        return [.. message.AssignedPartitions.SelectMany(t => t.Partitions.Select(p => new TopicPartition(t.Topic, p)))];
    }

    private static byte[] Write(IMessage message)
    {
        short version = message.LastVersion;
        byte[] body = message.ToBytes(version);
        byte[] bytes = new byte[sizeof(short) + body.Length];
        BinaryPrimitives.WriteInt16BigEndian(bytes, version);
        body.CopyTo(bytes.AsSpan(sizeof(short)));
        return bytes;
    }

    private static void Read(IMessage message, ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length < sizeof(short)) throw new ProtocolException("a member's bytes have no version");
        // Later versions only add fields at the end: those that are known can be read all the same.
        short version = Math.Min(BinaryPrimitives.ReadInt16BigEndian(bytes.Span), message.LastVersion);
        var reader = new WireReader(bytes[sizeof(short)..]);
        message.Read(ref reader, version);
    }
}
