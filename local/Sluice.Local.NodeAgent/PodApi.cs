using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Serialization;

namespace Sluice.Local.NodeAgent;

/// <summary>Writes through the API server.</summary>
internal sealed class PodApi(KubernetesClient client) : IPodApi
{
    private static readonly WriteOptions AsKubelet = new() { FieldManager = "kubelet" };

    public async Task<V1Pod?> WriteStatusAsync(V1Pod pod, V1PodStatus status, CancellationToken cancellation)
    {
        var changed = ApiJson.Copy(pod);
        changed.Status = status;
        // Nobody else writes what we write here: a change elsewhere in the pod is no conflict. The uid stays, so that a namesake is spared.
        changed.Metadata.ResourceVersion = null;
        try
        {
            return await client.Resource<V1Pod>().UpdateStatusAsync(changed, AsKubelet, cancellation).ConfigureAwait(false);
        }
        catch (ApiException e) when (e.IsNotFound || e.IsConflict)
        {
            return null;
        }
    }

    public async Task DeleteAsync(V1Pod pod, CancellationToken cancellation)
    {
        var options = new V1DeleteOptions { GracePeriodSeconds = 0, Preconditions = new() { Uid = pod.Metadata.Uid } };
        try
        {
            await client.TryDeleteAsync<V1Pod>(pod.Metadata.NamespaceProperty!, pod.Metadata.Name!, options, cancellation).ConfigureAwait(false);
        }
        catch (ApiException e) when (e.IsConflict)
        {
            // Another pod has the name: ours is gone.
        }
    }
}
