using System.ComponentModel.DataAnnotations;
using k8s.Models;
using Sluice.Operator.Schema;

namespace Sluice.Operator.Resources;

/// <summary>What a cluster is.</summary>
public sealed class ClusterStatus
{
    /// <summary>The generation of the object that this status is about.</summary>
    public long? ObservedGeneration { get; set; }

    /// <summary><c>Ready</c>: a broker answers Kafka requests at the bootstrap address, every object of the cluster is its own, and no volume is being deleted.</summary>
    [ListMap("type")]
    [MaxLength(16)]
    public List<V1Condition> Conditions { get; set; } = [];

    /// <summary>The address to give to a Kafka client, as <c>host:port</c>.</summary>
    public string? BootstrapAddress { get; set; }

    /// <summary>The id that the brokers gave the cluster when it was first started.</summary>
    public string? ClusterId { get; set; }

    /// <summary>The brokers' container image.</summary>
    public string? Image { get; set; }

    /// <summary>Number of pods.</summary>
    public int? Replicas { get; set; }

    /// <summary>Number of pods that are ready.</summary>
    public int? ReadyReplicas { get; set; }

    /// <summary>Label selector of the cluster's pods, for autoscalers.</summary>
    public string? Selector { get; set; }

    /// <summary>The pools, each by its name.</summary>
    [ListMap("name")]
    [MaxLength(16)]
    public List<NodePoolStatus>? NodePools { get; set; }
}

/// <summary>What a pool is.</summary>
public sealed class NodePoolStatus
{
    /// <summary>Name of the pool.</summary>
    [Required]
    [StringLength(16)]
    public string Name { get; set; } = "";

    /// <summary>Number of its pods.</summary>
    public int Replicas { get; set; }

    /// <summary>Number of its pods that are ready.</summary>
    public int ReadyReplicas { get; set; }
}
