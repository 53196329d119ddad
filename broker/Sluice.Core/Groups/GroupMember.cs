using Sluice.Protocol.Messages;

namespace Sluice.Core.Groups;

/// <summary>One of the ways of assignment that a member knows, with what it has to say for it.</summary>
/// <param name="Name">The name, such as range or cooperative-sticky.</param>
/// <param name="Metadata">For the leader; the broker looks into that of consumers only for the topics.</param>
internal sealed record MemberProtocol(string Name, byte[] Metadata);

/// <summary>A member of a group.</summary>
internal sealed class GroupMember(string id, string? instanceId, string clientId, string clientHost)
{
    private static readonly byte[] Nothing = [];

    /// <summary>The id that the coordinator gave it.</summary>
    public string Id { get; } = id;

    /// <summary>Its own name that outlives restarts (KIP-345); null for a dynamic member.</summary>
    public string? InstanceId { get; } = instanceId;

    /// <summary>The client's name for itself.</summary>
    public string ClientId { get; } = clientId;

    /// <summary>The client's address as Kafka writes it: "/127.0.0.1".</summary>
    public string ClientHost { get; } = clientHost;

    /// <summary>How long a rebalance waits for it.</summary>
    public int RebalanceTimeoutMs { get; set; }

    /// <summary>How long it may be silent.</summary>
    public int SessionTimeoutMs { get; set; }

    /// <summary>The ways of assignment that it knows, the one that it likes best first.</summary>
    public IReadOnlyList<MemberProtocol> Protocols { get; set; } = [];

    /// <summary>What the leader assigned to it.</summary>
    public byte[] Assignment { get; set; } = Nothing;

    /// <summary>Whether it has not been told of any generation: it does not know its id and cannot send heartbeats.</summary>
    public bool IsNew { get; set; }

    /// <summary>Its JoinGroup that waits for the others; null when none does.</summary>
    public IAnswer<JoinGroupResponse>? Joining { get; set; }

    /// <summary>Its SyncGroup that waits for the leader; null when none does.</summary>
    public IAnswer<SyncGroupResponse>? Syncing { get; set; }

    /// <summary>Ends its session.</summary>
    public GroupTimer? Session { get; set; }

    /// <summary>Whether the coordinator owes it an answer, so that its silence means nothing. A new member may be gone for good all the same.</summary>
    public bool IsExcused => !IsNew && (Joining is not null || Syncing is not null);

    /// <summary>What it says for one way of assignment.</summary>
    public byte[] MetadataOf(string? protocol)
    {
        foreach (MemberProtocol known in Protocols)
        {
            if (known.Name == protocol) return known.Metadata;
        }
        return Nothing;
    }

    /// <summary>Whether it already says exactly this.</summary>
    public bool Says(IReadOnlyList<MemberProtocol> protocols)
    {
        if (protocols.Count != Protocols.Count) return false;
        for (int i = 0; i < protocols.Count; i++)
        {
            if (protocols[i].Name != Protocols[i].Name || !protocols[i].Metadata.AsSpan().SequenceEqual(Protocols[i].Metadata)) return false;
        }
        return true;
    }
}
