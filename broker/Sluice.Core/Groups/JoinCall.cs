using Sluice.Protocol.Messages;

namespace Sluice.Core.Groups;

/// <summary>A client that wants to join a group.</summary>
internal sealed record JoinCall
{
    /// <summary>The version of the request.</summary>
    public required short Version { get; init; }

    /// <summary>The group.</summary>
    public required string GroupId { get; init; }

    /// <summary>The id that the client was given; empty when it has none.</summary>
    public required string MemberId { get; init; }

    /// <summary>Its own name; null for a dynamic member.</summary>
    public string? InstanceId { get; init; }

    /// <summary>The client's name for itself.</summary>
    public string ClientId { get; init; } = "";

    /// <summary>The client's address, as Kafka writes it.</summary>
    public string ClientHost { get; init; } = "";

    /// <summary>The kind of member.</summary>
    public required string ProtocolType { get; init; }

    /// <summary>The ways of assignment that it knows.</summary>
    public required IReadOnlyList<MemberProtocol> Protocols { get; init; }

    /// <summary>How long it may be silent.</summary>
    public required int SessionTimeoutMs { get; init; }

    /// <summary>How long a rebalance waits for it.</summary>
    public required int RebalanceTimeoutMs { get; init; }

    /// <summary>Why it joins, in the client's words (KIP-800).</summary>
    public string? Reason { get; init; }

    /// <summary>Where the answer goes.</summary>
    public required IAnswer<JoinGroupResponse> Answer { get; init; }

    /// <summary>Whether a dynamic member must come back with the id that it is given, so that no member is made that does not know it (KIP-394).</summary>
    public bool NeedsKnownId => Version >= 4;

    /// <summary>Whether the client knows that a leader may keep the assignment as it is (KIP-814).</summary>
    public bool CanSkipAssignment => Version >= 9;
}
