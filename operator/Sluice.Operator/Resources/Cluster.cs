using k8s.Models;
using Sluice.Kubernetes.Models;
using Sluice.Operator.Schema;

namespace Sluice.Operator.Resources;

/// <summary>A cluster of Sluice brokers.</summary>
[KubernetesEntity(Group = "sluice.dev", ApiVersion = "v1alpha1", PluralName = "clusters", Kind = "Cluster")]
[Names("cluster", Short = ["slc"])]
[PrinterColumn("Ready", "string", """.status.conditions[?(@.type=="Ready")].status""", Order = 1, Description = "Whether clients can produce and consume.")]
[PrinterColumn("Bootstrap", "string", ".status.bootstrapAddress", Order = 2, Description = "The address to give to a Kafka client.")]
[PrinterColumn("Nodes", "integer", ".status.readyReplicas", Order = 3, Description = "Nodes that are ready.")]
[PrinterColumn("Reason", "string", """.status.conditions[?(@.type=="Ready")].reason""", Order = 4, Description = "Why the cluster is or is not ready.")]
[PrinterColumn("Message", "string", """.status.conditions[?(@.type=="Ready")].message""", Order = 5, Wide = true)]
[PrinterColumn("Image", "string", ".status.image", Order = 6, Wide = true)]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp", Order = 7)]
[Scalable(".spec.replicas", ".status.replicas", Selector = ".status.selector")]
[Rule("self.metadata.name.size() <= 35", "metadata.name must have 35 characters at most, because the names of pods and services begin with it")]
[Rule("self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')", "metadata.name must be a DNS label that begins with a letter, because services are named after it")]
public sealed class Cluster : CustomResource<ClusterSpec, ClusterStatus>;
