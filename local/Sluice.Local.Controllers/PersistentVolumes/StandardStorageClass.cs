using Sluice.Kubernetes;
using Sluice.Kubernetes.Models;

namespace Sluice.Local.Controllers.PersistentVolumes;

/// <summary>The storage class that claims get which name none.</summary>
internal static class StandardStorageClass
{
    /// <summary>Makes it when it is missing.</summary>
    public static async Task EnsureAsync(KubernetesClient client, CancellationToken cancellation)
    {
        var wanted = new StorageClass
        {
            Metadata = new ObjectMeta
            {
                Name = PersistentVolumeBinder.StorageClassName,
                Annotations = new() { ["storageclass.kubernetes.io/is-default-class"] = "true" },
            },
            Provisioner = PersistentVolumeBinder.Provisioner,
            ReclaimPolicy = "Delete",
            VolumeBindingMode = "Immediate",
            AllowVolumeExpansion = true,
        };
        try
        {
            await client.CreateAsync(wanted, null, cancellation).ConfigureAwait(false);
        }
        catch (ApiException e) when (e.IsAlreadyExists)
        {
            // Of an earlier start.
        }
    }
}
