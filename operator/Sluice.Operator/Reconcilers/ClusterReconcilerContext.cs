using k8s;
using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Controllers;
using Sluice.Kubernetes.Informers;
using Sluice.Kubernetes.Models;
using Sluice.Operator.Brokers;
using Sluice.Operator.Resources;

namespace Sluice.Operator.Reconcilers;

/// <summary>What reconciling clusters needs.</summary>
internal sealed record ClusterReconcilerContext
{
    public required KubernetesClient Client { get; init; }

    public required ObjectCache<Cluster> Clusters { get; init; }

    public required ClusterChildren Children { get; init; }

    public required BrokerConnections Brokers { get; init; }

    public required IEventSink Events { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Domain of the Kubernetes cluster's names; empty: they do not resolve.</summary>
    public required string ClusterDomain { get; init; }

    /// <summary>Image of brokers whose manifest names none.</summary>
    public required string BrokerImage { get; init; }

    /// <summary>How often a cluster that is ready is looked at again.</summary>
    public TimeSpan CheckInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a cluster that is not ready is looked at, besides whenever its objects change.</summary>
    public TimeSpan StartInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a broker may take to answer when it is asked whether it serves.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(5);

    public StatusWriter Statuses => field ??= new StatusWriter(Client);

    public ChildApplier Applier => field ??= new ChildApplier(Client, Children);

    public PodVolumes Volumes => field ??= new PodVolumes(Client, Children, Events);
}

/// <summary>Caches of what the operator made for its clusters.</summary>
internal sealed record ClusterChildren
{
    public required ObjectCache<V1StatefulSet> StatefulSets { get; init; }

    public required ObjectCache<V1Pod> Pods { get; init; }

    public required ObjectCache<V1Service> Services { get; init; }

    public required ObjectCache<V1ConfigMap> ConfigMaps { get; init; }

    public required ObjectCache<V1ServiceAccount> ServiceAccounts { get; init; }

    public required ObjectCache<V1PersistentVolumeClaim> Claims { get; init; }

    /// <summary>The StatefulSet of a name, if it is the cluster's.</summary>
    public V1StatefulSet? OwnedStatefulSet(Cluster cluster, string name) => Owned(StatefulSets, cluster, name);

    /// <summary>The Service of a name, if it is the cluster's.</summary>
    public V1Service? OwnedService(Cluster cluster, string name) => Owned(Services, cluster, name);

    /// <summary>The pods that a StatefulSet controls.</summary>
    public IReadOnlyList<V1Pod> PodsOf(V1StatefulSet? set) =>
        set is null ? [] : [.. Pods.List(set.Metadata.NamespaceProperty).Where(pod => OwnerReferences.IsControlledBy(pod, set))];

    /// <summary>The cached object of a name, whosever it is; null when it is not there.</summary>
    public IKubernetesObject<V1ObjectMeta>? Find(IKubernetesObject<V1ObjectMeta> value)
    {
        var key = ObjectKey.Of(value);
        return value switch
        {
            V1StatefulSet => StatefulSets.Get(key),
            V1Service => Services.Get(key),
            V1ConfigMap => ConfigMaps.Get(key),
            V1ServiceAccount => ServiceAccounts.Get(key),
            _ => throw new InvalidOperationException($"{value.Kind} has no cache."),
        };
    }

    private static T? Owned<T>(ObjectCache<T> cache, Cluster cluster, string name)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        cache.Get(new ObjectKey(cluster.Metadata.NamespaceProperty!, name)) is { } value && OwnerReferences.IsControlledBy(value, cluster) ? value : null;
}
