using System.ComponentModel.DataAnnotations;
using k8s.Models;
using Sluice.Operator.Schema;

namespace Sluice.Operator.Resources;

/// <summary>A group of nodes that are alike.</summary>
public sealed class NodePool
{
    /// <summary>Name of the pool, part of the names of its pods. It never changes.</summary>
    [Required]
    [StringLength(16, MinimumLength = 1)]
    [RegularExpression("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    public string Name { get; set; } = "";

    /// <summary>Number of nodes; absent: <c>spec.replicas</c>. Only 1 for now.</summary>
    [Range(1, 1000)]
    [Rule("self == 1", "replicas must be 1: replication between brokers is not supported yet")]
    public int? Replicas { get; set; }

    /// <summary>What the nodes do: <c>broker</c> serves clients, <c>controller</c> keeps the metadata. Both for now.</summary>
    [SchemaDefault("""["broker","controller"]""")]
    [ListSet]
    [MinLength(1)]
    [MaxLength(2)]
    [AllowedValues("broker", "controller")]
    [Rule("self.size() == 2", "roles must be broker and controller: nodes with one role are not supported yet")]
    public List<string> Roles { get; set; } = ["broker", "controller"];

    /// <summary>The disk of each node.</summary>
    [Required]
    public StorageSpec Storage { get; set; } = new();

    /// <summary>Processor and memory of each node, as in a container.</summary>
    public ComputeResources? Resources { get; set; }
}

/// <summary>The disk of a node.</summary>
[Rule(
    "has(self.class) == has(oldSelf.class) && (!has(self.class) || self.class == oldSelf.class)",
    "class cannot be changed: a volume stays in the storage class that it was made in", FieldPath = ".class")]
public sealed class StorageSpec
{
    /// <summary>Size of the volume of each node, as in <c>100Gi</c>. It can grow where the storage class allows it, never shrink.</summary>
    [Required]
    [Rule("!quantity(self).isLessThan(quantity('16Mi'))", "size must be 16Mi at least")]
    [Rule("!quantity(self).isLessThan(quantity(oldSelf))", "size cannot shrink: a volume only grows")]
    public ResourceQuantity Size { get; set; } = new("0");

    /// <summary>Name of the StorageClass; absent: the default one of the Kubernetes cluster. It never changes.</summary>
    [StringLength(253, MinimumLength = 1)]
    public string? Class { get; set; }

    /// <summary>Whether the volumes are deleted with the cluster. By default they stay, and a cluster made again by the same name finds its data.</summary>
    [SchemaDefault("false")]
    public bool DeleteClaim { get; set; }
}

/// <summary>Processor and memory.</summary>
public sealed class ComputeResources
{
    /// <summary>What is set aside for each node, by resource name.</summary>
    [MaxLength(16)]
    public Dictionary<string, ResourceQuantity>? Requests { get; set; }

    /// <summary>What a node gets at most, by resource name.</summary>
    [MaxLength(16)]
    public Dictionary<string, ResourceQuantity>? Limits { get; set; }
}
