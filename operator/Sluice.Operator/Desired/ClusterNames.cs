using k8s.Models;
using Sluice.Kubernetes.Models;
using Sluice.Operator.Resources;

namespace Sluice.Operator.Desired;

/// <summary>Names, labels and addresses of what belongs to a cluster.</summary>
internal sealed class ClusterNames(Cluster cluster, string clusterDomain)
{
    public const string ClusterLabel = "sluice.dev/cluster";
    public const string PoolLabel = "sluice.dev/pool";
    public const string ManagedByLabel = "app.kubernetes.io/managed-by";
    public const string Operator = "sluice-operator";

    /// <summary>Selects everything that the operator made, for its caches.</summary>
    public const string ManagedSelector = ManagedByLabel + "=" + Operator;

    public string Namespace => cluster.Metadata.NamespaceProperty!;

    public string ServiceAccount => cluster.Metadata.Name + "-broker";

    /// <summary>The headless service, through which each pod has a name.</summary>
    public string HeadlessService => cluster.Metadata.Name + "-brokers";

    public string BootstrapService => cluster.Metadata.Name + "-bootstrap";

    public string StatefulSet(string pool) => $"{cluster.Metadata.Name}-{pool}";

    public string ConfigMap(string pool) => $"{cluster.Metadata.Name}-{pool}-config";

    /// <summary>The claim that the StatefulSet controller makes for a pod.</summary>
    public string Claim(string pool, int ordinal) => $"{StatefulSetBuilder.DataVolume}-{StatefulSet(pool)}-{ordinal}";

    /// <summary>Whether names of the Kubernetes cluster resolve; else addresses take their place, and all pods share one network.</summary>
    public bool NamesResolve => clusterDomain.Length > 0;

    /// <summary>Name of a service for clients.</summary>
    public string ServiceHost(string service) => $"{service}.{Namespace}.svc.{clusterDomain}";

    public Dictionary<string, string> Labels() => new()
    {
        ["app.kubernetes.io/name"] = "sluice",
        ["app.kubernetes.io/instance"] = cluster.Metadata.Name!,
        ["app.kubernetes.io/component"] = "broker",
        [ManagedByLabel] = Operator,
        [ClusterLabel] = cluster.Metadata.Name!,
    };

    public Dictionary<string, string> Labels(string pool) => new(Labels()) { [PoolLabel] = pool };

    /// <summary>Whether an object of a StatefulSet, a pod or a claim, is of a pool of this cluster.</summary>
    public bool IsOfPool(string pool, V1ObjectMeta metadata) => Selector(pool).All(label => metadata.Labels.Find(label.Key) == label.Value);

    /// <summary>Name of the cluster that an object was made for; null: for none.</summary>
    public static string? ClusterOf(V1ObjectMeta metadata) => metadata.Labels.Find(ClusterLabel);

    /// <summary>What selects pods. It must never change: a StatefulSet's selector cannot.</summary>
    public Dictionary<string, string> Selector() => new() { [ClusterLabel] = cluster.Metadata.Name! };

    public Dictionary<string, string> Selector(string pool) => new(Selector()) { [PoolLabel] = pool };
}
