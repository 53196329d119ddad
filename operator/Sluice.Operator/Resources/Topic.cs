using System.ComponentModel.DataAnnotations;
using k8s.Models;
using Sluice.Kubernetes.Models;
using Sluice.Operator.Schema;

namespace Sluice.Operator.Resources;

/// <summary>A topic of a cluster in the same namespace.</summary>
[KubernetesEntity(Group = "sluice.dev", ApiVersion = "v1alpha1", PluralName = "topics", Kind = "Topic")]
[Names("topic", Short = ["slt"])]
[PrinterColumn("Cluster", "string", ".spec.clusterRef.name", Order = 1, Description = "The cluster that the topic is in.")]
[PrinterColumn("Partitions", "integer", ".status.partitions", Order = 2, Description = "Partitions that the topic has.")]
[PrinterColumn("Ready", "string", """.status.conditions[?(@.type=="Ready")].status""", Order = 3, Description = "Whether the topic is as the manifest says.")]
[PrinterColumn("Reason", "string", """.status.conditions[?(@.type=="Ready")].reason""", Order = 4, Description = "Why the topic is or is not ready.")]
[PrinterColumn("Topic", "string", ".status.topicName", Order = 5, Wide = true, Description = "Name of the topic in Kafka.")]
[PrinterColumn("Message", "string", """.status.conditions[?(@.type=="Ready")].message""", Order = 6, Wide = true)]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp", Order = 7)]
// So that `kubectl scale topic`, by which people mean partitions, gets an answer that helps; it will set the copies once there are more.
[Scalable(".spec.replicas", ".status.replicas")]
[Rule("has(self.spec.topicName) || self.metadata.name.size() <= 249", "metadata.name is the topic's name, which must have 249 characters at most: shorten it, or give spec.topicName")]
public sealed class Topic : CustomResource<TopicSpec, TopicStatus>
{
    /// <summary>The topic's name in Kafka.</summary>
    internal string KafkaName => Spec.TopicName ?? Metadata.Name!;

    /// <summary>The cluster that it is in.</summary>
    internal ObjectKey ClusterKey => new(Metadata.NamespaceProperty ?? "", Spec.ClusterRef.Name);
}

/// <summary>What a topic should be.</summary>
[Rule(
    "has(self.topicName) == has(oldSelf.topicName) && (!has(self.topicName) || self.topicName == oldSelf.topicName)",
    "topicName cannot be changed: a Kafka topic cannot be renamed; make a new Topic", FieldPath = ".topicName")]
public sealed class TopicSpec
{
    /// <summary>The cluster that the topic is in.</summary>
    [Required]
    public ClusterRef ClusterRef { get; set; } = new();

    /// <summary>Name of the topic in Kafka, for names that no Kubernetes object can have; absent: <c>metadata.name</c>. It never changes.</summary>
    [StringLength(249, MinimumLength = 1)]
    [RegularExpression("^[a-zA-Z0-9._-]+$")]
    [Rule("self != '.' && self != '..'", "topicName cannot be . or ..")]
    [Rule("!self.startsWith('__')", "topicName cannot begin with __: such topics belong to the brokers")]
    public string? TopicName { get; set; }

    /// <summary>Number of partitions. It can grow, never shrink.</summary>
    [SchemaDefault("1")]
    [Range(1, 10_000)]
    [Rule("self >= oldSelf", "partitions cannot shrink: Kafka cannot remove partitions from a topic")]
    public int Partitions { get; set; } = 1;

    /// <summary>Number of copies of each partition. Only 1 for now: replication between brokers is not supported yet.</summary>
    [SchemaDefault("1")]
    [Range(1, 100)]
    [Rule(
        "self == 1",
        "replicas must be 1: replication between brokers is not supported yet. Replicas are the copies of each partition; for more partitions change spec.partitions, as in " +
        "kubectl patch topic NAME --type=merge -p '{\"spec\":{\"partitions\":6}}'")]
    public int Replicas { get; set; } = 1;

    /// <summary>Settings of the topic by their Kafka names, as in <c>retention.ms</c>. What is not named here has the brokers' default.</summary>
    [MaxLength(100)]
    [StringLength(4096)]
    public Dictionary<string, string>? Config { get; set; }

    /// <summary>
    /// What becomes of the Kafka topic when this object is deleted: <c>Retain</c> keeps it with its records, <c>Delete</c> deletes both.
    /// A topic that another Topic names as well is kept for that one.
    /// </summary>
    [SchemaDefault("\"Retain\"")]
    [AllowedValues(ReclaimPolicies.Retain, ReclaimPolicies.Delete)]
    public string ReclaimPolicy { get; set; } = ReclaimPolicies.Retain;
}

/// <summary>A cluster of the same namespace.</summary>
[Rule("self.name == oldSelf.name", "name cannot be changed: a topic cannot move to another cluster; make a new Topic", FieldPath = ".name")]
public sealed class ClusterRef
{
    /// <summary>Name of the Cluster. It never changes.</summary>
    [Required]
    [StringLength(63, MinimumLength = 1)]
    public string Name { get; set; } = "";
}

/// <summary>What becomes of a Kafka topic when its Topic is deleted.</summary>
public static class ReclaimPolicies
{
    /// <summary>It stays, with its records.</summary>
    public const string Retain = "Retain";

    /// <summary>It is deleted, with its records.</summary>
    public const string Delete = "Delete";
}

/// <summary>What a topic is.</summary>
public sealed class TopicStatus
{
    /// <summary>The generation of the object that this status is about.</summary>
    public long? ObservedGeneration { get; set; }

    /// <summary><c>Ready</c>: the topic is in the cluster and is as the spec says.</summary>
    [ListMap("type")]
    [MaxLength(16)]
    public List<V1Condition> Conditions { get; set; } = [];

    /// <summary>Name of the topic in Kafka.</summary>
    public string? TopicName { get; set; }

    /// <summary>Id of the topic in Kafka; another one by the same name would have another id.</summary>
    public string? TopicId { get; set; }

    /// <summary>Partitions that the topic has.</summary>
    public int? Partitions { get; set; }

    /// <summary>Copies that each partition has.</summary>
    public int? Replicas { get; set; }
}
