using k8s.Models;
using Sluice.Kubernetes.Client;

namespace Sluice.Local.Controllers.PersistentVolumes;

/// <summary>The storage class that claims get which name none.</summary>
internal static class StandardStorageClass
{
    /// <summary>Makes it when it is missing.</summary>
    public static async Task EnsureAsync(KubernetesClient client, CancellationToken cancellation)
    {
        var wanted = new V1StorageClass
        {
            Metadata = new V1ObjectMeta
            {
                Name = PersistentVolumeBinder.StorageClassName,
                Annotations = new Dictionary<string, string> { ["storageclass.kubernetes.io/is-default-class"] = "true" },
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
