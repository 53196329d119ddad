using Sluice.Protocol.Messages;

namespace Sluice.Core.Groups.Records;

/// <summary>A record of <c>__consumer_offsets</c>, in Kafka's format.</summary>
/// <param name="Key">What the record is about; compaction keeps the last record of each key.</param>
/// <param name="Value">What is so now; null when it is gone.</param>
/// <param name="ValueVersion">The version that the value is written in.</param>
internal sealed record GroupRecord(IKeyedMessage Key, IKeyedMessage? Value, short ValueVersion = 0)
{
    // What Apache Kafka 4.3 writes: the value of a commit with a time to live of its own knows no leader epoch.
    private const short OffsetVersion = 4;
    private const short ExpiringOffsetVersion = 1;
    private const short GroupVersion = 3;

    /// <summary>A committed offset.</summary>
    public static GroupRecord Offset(string group, string topic, int partition, CommittedOffset offset) => new(
        new OffsetCommitKey { Group = group, Topic = topic, Partition = partition },
        new OffsetCommitValue
        {
            Offset = offset.Offset,
            LeaderEpoch = offset.LeaderEpoch,
            Metadata = offset.Metadata,
            CommitTimestamp = offset.CommittedMs,
            ExpireTimestamp = offset.ExpiresMs,
            TopicId = offset.TopicId,
        },
        offset.ExpiresMs >= 0 ? ExpiringOffsetVersion : OffsetVersion);

    /// <summary>A committed offset is gone.</summary>
    public static GroupRecord NoOffset(string group, string topic, int partition) =>
        new(new OffsetCommitKey { Group = group, Topic = topic, Partition = partition }, null);

    /// <summary>A group with its members and their assignments.</summary>
    public static GroupRecord Group(ClassicGroup group, IReadOnlyDictionary<string, byte[]> assignments)
    {
        var value = new GroupMetadataValue
        {
            ProtocolType = group.ProtocolType ?? "",
            Generation = group.Generation,
            Protocol = group.Protocol,
            Leader = group.LeaderId,
            CurrentStateTimestamp = group.StateSinceMs,
        };
        foreach (GroupMember member in group.Members)
        {
            value.Members.Add(new GroupMetadataValue.MemberMetadata
            {
                MemberId = member.Id,
                GroupInstanceId = member.InstanceId,
                ClientId = member.ClientId,
                ClientHost = member.ClientHost,
                RebalanceTimeout = member.RebalanceTimeoutMs,
                SessionTimeout = member.SessionTimeoutMs,
                Subscription = member.MetadataOf(group.Protocol),
                Assignment = assignments.GetValueOrDefault(member.Id, []),
            });
        }
        return new GroupRecord(new GroupMetadataKey { Group = group.Id }, value, GroupVersion);
    }

    /// <summary>A group is gone.</summary>
    public static GroupRecord NoGroup(string group) => new(new GroupMetadataKey { Group = group }, null);
}
