using System.Text.Json.Nodes;
using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Models;
using Sluice.Operator.Desired;
using Sluice.Operator.Resources;

namespace Sluice.Operator.Reconcilers;

/// <summary>
/// Looks after the volume claims of a cluster's pods. Kubernetes gives a pod of a StatefulSet any claim that has the right name, and lets
/// a claim that is being deleted go, with its volume, as soon as no pod uses it: so nobody's data is taken, and nobody's lost, only
/// when somebody looks first.
/// </summary>
internal sealed class PodVolumes(KubernetesClient client, ClusterChildren children, IEventSink events)
{
    /// <summary>
    /// Looks at the claims which pods that are to be made will find. Claims of an earlier cluster of the same name and pool are used
    /// again, which an event tells.
    /// </summary>
    /// <returns>Why the pods may not be made; null when they may.</returns>
    public async Task<Objection?> CheckNewPodsAsync(Cluster cluster, NodePool pool, ClusterNames names, CancellationToken cancellation)
    {
        int present = children.OwnedStatefulSet(cluster, names.StatefulSet(pool.Name))?.Spec?.Replicas ?? 0;
        var reused = new List<V1PersistentVolumeClaim>();
        for (int ordinal = present; ordinal < (pool.Replicas ?? cluster.Spec.Replicas); ordinal++)
        {
            // From the API: a claim that the operator knows nothing of is in no cache of it.
            V1PersistentVolumeClaim? claim = await client.TryGetAsync<V1PersistentVolumeClaim>(names.Namespace, names.Claim(pool.Name, ordinal), cancellation);
            if (claim is null) continue;
            if (Ownership.Find(cluster, names, pool.Name, claim) is { } objection) return objection;
            if (claim.Metadata.DeletionTimestamp is not null)
                return new Objection(Reasons.WaitingForDeletion, $"the PersistentVolumeClaim {claim.Metadata.Name} of an earlier Cluster is being deleted; waiting until it is gone");
            if (!names.IsOfPool(pool.Name, claim.Metadata)) await AdoptAsync(claim, names.Labels(pool.Name), cancellation);
            reused.Add(claim);
        }
        foreach (V1PersistentVolumeClaim claim in reused)
            events.Normal(cluster, "VolumeReused", "Create", $"the PersistentVolumeClaim {claim.Metadata.Name}, made {claim.Metadata.CreationTimestamp:u}, is used again with the records in it");
        return null;
    }

    /// <summary>Tells of a pod whose volume goes when it stops; null when there is none.</summary>
    public Objection? FindLeaving(IEnumerable<V1Pod> pods)
    {
        foreach (V1Pod pod in pods)
        {
            foreach (string name in ClaimsOf(pod))
            {
                if (children.Claims.Get(new ObjectKey(pod.Metadata.NamespaceProperty!, name)) is { Metadata.DeletionTimestamp: not null } claim) return Leaving(pod, claim);
            }
        }
        return null;
    }

    /// <summary>Asks the API, not a cache, whether a volume of a pod goes when the pod stops; null when all stay.</summary>
    public async Task<Objection?> FindLeavingAsync(V1Pod pod, CancellationToken cancellation)
    {
        foreach (string name in ClaimsOf(pod))
        {
            V1PersistentVolumeClaim? claim = await client.TryGetAsync<V1PersistentVolumeClaim>(pod.Metadata.NamespaceProperty, name, cancellation);
            // A pod that was never bound to a node has not begun to use what is not there.
            bool isUsed = pod.Spec?.NodeName is { Length: > 0 };
            if (claim is null ? isUsed : claim.Metadata.DeletionTimestamp is not null) return Leaving(pod, claim ?? new V1PersistentVolumeClaim { Metadata = new() { Name = name } });
        }
        return null;
    }

    private static IEnumerable<string> ClaimsOf(V1Pod pod) => (pod.Spec?.Volumes ?? []).Select(volume => volume.PersistentVolumeClaim?.ClaimName).OfType<string>();

    private static Objection Leaving(V1Pod pod, V1PersistentVolumeClaim claim)
    {
        string volume = claim.Spec?.VolumeName is { Length: > 0 } name ? name : "VOLUME";
        return new Objection(
            Reasons.VolumeBeingDeleted,
            $"the PersistentVolumeClaim {claim.Metadata.Name} is being deleted: as soon as the pod {pod.Metadata.Name} stops, the volume goes with every record in it, so the operator does " +
            $"not restart the pod. Keep the volume first: kubectl patch pv {volume} -p '{{\"spec\":{{\"persistentVolumeReclaimPolicy\":\"Retain\"}}}}'; " +
            "then go on as docs/kubernetes.md says under \"A volume that is being deleted\"");
    }

    /// <summary>Labels a claim that was given to the cluster, so that it is found as its own ones are; the version guards against a change since.</summary>
    private Task AdoptAsync(V1PersistentVolumeClaim claim, Dictionary<string, string> labels, CancellationToken cancellation)
    {
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["resourceVersion"] = claim.Metadata.ResourceVersion,
                ["labels"] = new JsonObject(labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value))),
            },
        };
        return client.MergePatchAsync<V1PersistentVolumeClaim>(claim.Metadata.NamespaceProperty, claim.Metadata.Name!, patch, null, cancellation);
    }
}
