using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Controllers;
using Sluice.Kubernetes.Models;
using Sluice.Kubernetes.Serialization;

namespace Sluice.Local.Controllers.PersistentVolumes;

/// <summary>Deletes a volume and its folder once its claim is gone and no pod uses it any more; a volume to be retained is only released.</summary>
internal sealed class PersistentVolumeReclaimer(KubernetesClient client, ControllerInformers informers, string volumeFolder) : IReconciler
{
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (informers.Volumes.Cache.Get(key) is not { Spec.ClaimRef: { } claimRef } volume) return ReconcileResult.Done;
        // Set aside for a claim that is still to come.
        if (claimRef.Uid is not { Length: > 0 }) return ReconcileResult.Done;
        // Read, not taken from the cache: data is about to be deleted.
        var claim = await client.TryGetAsync<V1PersistentVolumeClaim>(claimRef.NamespaceProperty, claimRef.Name!, cancellation).ConfigureAwait(false);
        if (claim is not null && claim.Metadata.Uid == claimRef.Uid) return ReconcileResult.Done;
        if (volume.Spec.PersistentVolumeReclaimPolicy != "Delete")
        {
            if (volume.Status?.Phase == "Released") return ReconcileResult.Done;
            var released = ApiJson.Copy(volume);
            released.Status = new V1PersistentVolumeStatus { Phase = "Released" };
            await client.UpdateStatusAsync(released, null, cancellation).ConfigureAwait(false);
            return ReconcileResult.Done;
        }
        if (informers.Pods.Cache.List(claimRef.NamespaceProperty).Any(p => Uses(p, claimRef.Name!))) return ReconcileResult.After(TimeSpan.FromSeconds(1));
        var folder = volume.Spec.HostPath?.Path;
        // Only what lies in our own folder: a volume made by hand may point anywhere.
        if (folder is not null && Path.GetDirectoryName(Path.GetFullPath(folder)) == Path.GetFullPath(volumeFolder) && Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        await client.TryDeleteAsync<V1PersistentVolume>(null, key.Name, null, cancellation).ConfigureAwait(false);
        return ReconcileResult.Done;
    }

    private static bool Uses(V1Pod pod, string claim) =>
        pod.Status?.Phase is not ("Succeeded" or "Failed")
        && (pod.Spec?.Volumes ?? []).Any(v => v.PersistentVolumeClaim?.ClaimName == claim);
}
