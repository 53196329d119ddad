using Sluice.Core.Configuration;
using Sluice.Core.Partitions;
using Sluice.Protocol;
using Sluice.Storage.Disk;
using Sluice.Storage.Logs;

namespace Sluice.Core.Nodes;

/// <summary>What is common to the shards of a node. None of it is exchanged while the node runs, so every shard reads it without a lock.</summary>
public sealed class NodeContext
{
    /// <summary>This node's number.</summary>
    public int NodeId => Properties.NodeId;

    /// <summary>The cluster's id.</summary>
    public required string ClusterId { get; init; }

    /// <summary>The disk that holds the data directory.</summary>
    public required IDisk Disk { get; init; }

    /// <summary>The path of the data directory.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The id that the data directory was given when it was first used (directory.id of meta.properties).</summary>
    public Uuid DirectoryId { get; init; }

    /// <summary>The properties that the node was started with.</summary>
    public required BrokerProperties Properties { get; init; }

    /// <summary>The data directory: its partitions, found at the start, and its checkpoints, which any shard and its background work may write.</summary>
    public required LogDirectory Logs { get; init; }

    /// <summary>The partitions whose logs are out of reach.</summary>
    public OfflinePartitions Offline { get; } = new();

    /// <summary>What was found wrong in the data directory.</summary>
    public DirectoryFindings Findings { get; } = new();

    /// <summary>The bounds on what requests may ask for, from the properties.</summary>
    public NodeLimits Limits { get; init; } = new();
}
