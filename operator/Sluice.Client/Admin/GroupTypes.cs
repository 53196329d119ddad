namespace Sluice.Client.Admin;

/// <summary>A group in a listing.</summary>
/// <param name="GroupId">The group's id.</param>
/// <param name="ProtocolType"><c>consumer</c> for consumer groups; empty for groups that only hold offsets.</param>
/// <param name="State">Kafka's name of the state, such as <c>Stable</c> or <c>Empty</c>.</param>
/// <param name="Type"><c>Classic</c>, <c>Consumer</c> (KIP-848), …; empty where the broker does not say.</param>
public sealed record GroupListing(string GroupId, string ProtocolType, string State, string Type);

/// <summary>A group as its coordinator describes it.</summary>
/// <param name="GroupId">The group's id.</param>
/// <param name="State">Kafka's name of the state.</param>
/// <param name="ProtocolType"><c>consumer</c> for consumer groups.</param>
/// <param name="Assignor">The assignor that the members agreed on; empty while there are none.</param>
/// <param name="Coordinator">Node id of the coordinator.</param>
/// <param name="Members">Its members.</param>
public sealed record GroupDescription(string GroupId, string State, string ProtocolType, string Assignor, int Coordinator, IReadOnlyList<GroupMemberDescription> Members);

/// <summary>A member of a group.</summary>
/// <param name="MemberId">The id that the coordinator gave.</param>
/// <param name="InstanceId">The lasting name of a static member, or null.</param>
/// <param name="ClientId">The name that the client gave itself.</param>
/// <param name="Host">Where it connects from.</param>
/// <param name="Partitions">What it reads; empty for groups that are not of consumers.</param>
public sealed record GroupMemberDescription(string MemberId, string? InstanceId, string ClientId, string Host, IReadOnlyList<TopicPartition> Partitions);

/// <summary>A committed offset.</summary>
/// <param name="Offset">Of the next record to be read.</param>
/// <param name="LeaderEpoch">-1 where unknown.</param>
public sealed record CommittedOffset(long Offset, int LeaderEpoch);
