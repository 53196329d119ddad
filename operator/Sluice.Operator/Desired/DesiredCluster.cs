using k8s;
using k8s.Models;
using Sluice.Kubernetes.Controllers;
using Sluice.Kubernetes.Models;
using Sluice.Operator.Resources;

namespace Sluice.Operator.Desired;

/// <summary>What should be there for a cluster. Computed from the manifest alone, but for what exists and cannot change.</summary>
/// <param name="Objects">Every object but the StatefulSets, in the order in which they are applied.</param>
/// <param name="StatefulSets">The StatefulSet of each pool, by the pool's name.</param>
internal sealed record DesiredCluster(IReadOnlyList<IKubernetesObject<V1ObjectMeta>> Objects, IReadOnlyDictionary<string, V1StatefulSet> StatefulSets)
{
    /// <param name="cluster">The manifest, with the defaults that the API server filled in.</param>
    /// <param name="names">Names.</param>
    /// <param name="image">Image of the brokers.</param>
    /// <param name="existing">The StatefulSet that a pool has, by its name; null when it has none.</param>
    public static DesiredCluster Build(Cluster cluster, ClusterNames names, string image, Func<string, V1StatefulSet?> existing)
    {
        var objects = new List<IKubernetesObject<V1ObjectMeta>>
        {
            new V1ServiceAccount
            {
                Metadata = new() { Name = names.ServiceAccount, NamespaceProperty = names.Namespace, Labels = names.Labels() },
                AutomountServiceAccountToken = false,
            },
            ServiceBuilder.Headless(cluster, names),
            ServiceBuilder.Bootstrap(cluster, names),
        };
        var sets = new Dictionary<string, V1StatefulSet>();
        foreach (NodePool pool in cluster.Spec.NodePools)
        {
            string properties = BrokerSettings.Properties(cluster.Spec, pool);
            objects.Add(ConfigMapBuilder.Build(pool, names, properties));
            sets[pool.Name] = StatefulSetBuilder.Build(cluster, pool, names, image, BrokerSettings.Hash(properties), existing(names.StatefulSet(pool.Name)));
        }
        foreach (IKubernetesObject<V1ObjectMeta> child in objects.Concat(sets.Values))
        {
            ResourceType.Stamp(child);
            OwnerReferences.SetController(child, cluster);
        }
        return new DesiredCluster(objects, sets);
    }
}
