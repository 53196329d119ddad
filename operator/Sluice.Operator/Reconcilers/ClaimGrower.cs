using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Informers;
using Sluice.Kubernetes.Models;
using Sluice.Operator.Desired;
using Sluice.Operator.Resources;

namespace Sluice.Operator.Reconcilers;

/// <summary>
/// Grows volumes to the size that the manifest asks for. A StatefulSet's claim templates cannot be changed, so the claims are grown
/// themselves; one that somebody made larger stays as large as it is.
/// </summary>
internal sealed class ClaimGrower(KubernetesClient client, IEventSink events)
{
    /// <summary>What was refused, by claim: it is not asked again until the claim or the size changes.</summary>
    private readonly ConcurrentDictionary<ObjectKey, (string? Version, ResourceQuantity Size, string Problem)> _refused = new();

    /// <returns>Why a volume could not grow; null when all is well.</returns>
    public async Task<string?> GrowAsync(Cluster cluster, ClusterNames names, ObjectCache<V1PersistentVolumeClaim> claims, CancellationToken cancellation)
    {
        string? problem = null;
        foreach (NodePool pool in cluster.Spec.NodePools)
        {
            for (int ordinal = 0; ordinal < (pool.Replicas ?? cluster.Spec.Replicas); ordinal++)
            {
                V1PersistentVolumeClaim? claim = claims.Get(new ObjectKey(names.Namespace, names.Claim(pool.Name, ordinal)));
                if (claim is null || !names.IsOfPool(pool.Name, claim.Metadata)) continue;
                if (claim.Spec?.Resources?.Requests is not { } requests || !requests.TryGetValue("storage", out ResourceQuantity? present)) continue;
                if (present.ToDecimal() < pool.Storage.Size.ToDecimal()) problem = await GrowAsync(cluster, claim, pool.Storage.Size, cancellation) ?? problem;
            }
        }
        return problem;
    }

    private async Task<string?> GrowAsync(Cluster cluster, V1PersistentVolumeClaim claim, ResourceQuantity size, CancellationToken cancellation)
    {
        var key = ObjectKey.Of(claim);
        if (_refused.TryGetValue(key, out (string? Version, ResourceQuantity Size, string Problem) last) && last.Version == claim.Metadata.ResourceVersion && last.Size == size)
            return last.Problem;
        var patch = new JsonObject
        {
            ["spec"] = new JsonObject { ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["storage"] = size.ToString() } } },
        };
        try
        {
            await client.MergePatchAsync<V1PersistentVolumeClaim>(claim.Metadata.NamespaceProperty, claim.Metadata.Name!, patch, null, cancellation);
            _refused.TryRemove(key, out _);
            events.Normal(cluster, "VolumeGrowing", "Grow", $"the claim {claim.Metadata.Name} was asked to grow to {size}");
            return null;
        }
        catch (ApiException error) when (error.IsInvalid || error.Code == System.Net.HttpStatusCode.Forbidden)
        {
            string problem = $"the claim {claim.Metadata.Name} cannot grow to {size}: {error.Status.Message}";
            _refused[key] = (claim.Metadata.ResourceVersion, size, problem);
            return problem;
        }
    }
}
