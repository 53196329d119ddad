using System.Globalization;
using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Controllers;
using Sluice.Kubernetes.Models;
using Sluice.Kubernetes.Serialization;

namespace Sluice.Local.Controllers.PersistentVolumes;

/// <summary>
/// Gives each claim of the class "standard" the volume that is set aside for it, or a folder at once, and takes the folder away when the claim is gone. A folder has no
/// size of its own: what a claim asks for is what it is told it has, also when it asks for more later.
/// </summary>
internal sealed class PersistentVolumeBinder(KubernetesClient client, ControllerInformers informers, string volumeFolder) : IReconciler
{
    public const string StorageClassName = "standard";
    public const string Provisioner = "sluice.dev/local-folder";
    private const string BindCompleted = "pv.kubernetes.io/bind-completed";
    private const string ProvisionedBy = "pv.kubernetes.io/provisioned-by";

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (informers.Claims.Cache.Get(key) is not { } claim) return ReconcileResult.Done;
        if (claim.Metadata.DeletionTimestamp is not null || claim.Spec is null) return ReconcileResult.Done;
        // An empty name asks for a volume that somebody made; other classes belong to other provisioners.
        if ((claim.Spec.StorageClassName ?? StorageClassName) != StorageClassName) return ReconcileResult.Done;
        var wanted = claim.Spec.Resources?.Requests.Find("storage") ?? new ResourceQuantity("0");
        if (claim.Status?.Phase == "Bound" && claim.Status.Capacity.Find("storage") is { } has && has.ToDecimal() >= wanted.ToDecimal())
            return ReconcileResult.Done;

        var volume = await EnsureVolumeAsync(claim, wanted, cancellation).ConfigureAwait(false);
        if (claim.Spec.VolumeName != volume.Metadata.Name)
        {
            var bound = ApiJson.Copy(claim);
            bound.Spec!.VolumeName = volume.Metadata.Name;
            bound.Spec.StorageClassName ??= StorageClassName;
            bound.SetAnnotation(BindCompleted, "yes");
            claim = await client.UpdateAsync(bound, null, cancellation).ConfigureAwait(false);
        }
        var changed = ApiJson.Copy(claim);
        changed.Status = new V1PersistentVolumeClaimStatus
        {
            Phase = "Bound",
            AccessModes = claim.Spec!.AccessModes,
            Capacity = new Dictionary<string, ResourceQuantity> { ["storage"] = wanted },
        };
        await client.UpdateStatusAsync(changed, null, cancellation).ConfigureAwait(false);
        return ReconcileResult.Done;
    }

    private async Task<V1PersistentVolume> EnsureVolumeAsync(V1PersistentVolumeClaim claim, ResourceQuantity size, CancellationToken cancellation)
    {
        if (Reserved(claim) is { } reserved) return await TakeAsync(reserved, claim, cancellation).ConfigureAwait(false);
        var name = $"pvc-{claim.Metadata.Uid}";
        var existing = await BoundAsync(claim, cancellation).ConfigureAwait(false) ?? await client.TryGetAsync<V1PersistentVolume>(null, name, cancellation).ConfigureAwait(false);
        if (existing is not null)
        {
            if (existing.Spec?.Capacity.Find("storage") is { } has && has.ToDecimal() >= size.ToDecimal()) return existing;
            var grown = ApiJson.Copy(existing);
            grown.Spec!.Capacity = new Dictionary<string, ResourceQuantity> { ["storage"] = size };
            return await client.UpdateAsync(grown, null, cancellation).ConfigureAwait(false);
        }
        var folder = Path.Combine(volumeFolder, string.Create(
            CultureInfo.InvariantCulture, $"{claim.Metadata.NamespaceProperty}_{claim.Metadata.Name}_{claim.Metadata.Uid}"));
        Directory.CreateDirectory(folder);
        var made = await client.CreateAsync(Volume(claim, name, size, folder), null, cancellation).ConfigureAwait(false);
        made.Status = new V1PersistentVolumeStatus { Phase = "Bound" };
        return await client.UpdateStatusAsync(made, null, cancellation).ConfigureAwait(false);
    }

    /// <summary>The volume that the claim has by both their words.</summary>
    private async Task<V1PersistentVolume?> BoundAsync(V1PersistentVolumeClaim claim, CancellationToken cancellation) =>
        claim.Spec!.VolumeName is { Length: > 0 } name
        && await client.TryGetAsync<V1PersistentVolume>(null, name, cancellation).ConfigureAwait(false) is { } volume
        && volume.Spec?.ClaimRef?.Uid == claim.Metadata.Uid
            ? volume
            : null;

    /// <summary>The volume that somebody set aside for a claim, by naming it without a uid.</summary>
    private V1PersistentVolume? Reserved(V1PersistentVolumeClaim claim) => claim.Spec!.VolumeName is { Length: > 0 } ? null : informers.Volumes.Cache.List()
        .FirstOrDefault(volume => volume.Spec?.ClaimRef is { Uid: null or "" } reference && (reference.NamespaceProperty, reference.Name) == (claim.Metadata.NamespaceProperty, claim.Metadata.Name));

    private async Task<V1PersistentVolume> TakeAsync(V1PersistentVolume reserved, V1PersistentVolumeClaim claim, CancellationToken cancellation)
    {
        var taken = ApiJson.Copy(reserved);
        taken.Spec!.ClaimRef!.Uid = claim.Metadata.Uid;
        taken = await client.UpdateAsync(taken, null, cancellation).ConfigureAwait(false);
        taken.Status = new V1PersistentVolumeStatus { Phase = "Bound" };
        return await client.UpdateStatusAsync(taken, null, cancellation).ConfigureAwait(false);
    }

    private static V1PersistentVolume Volume(V1PersistentVolumeClaim claim, string name, ResourceQuantity size, string folder) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, Annotations = new Dictionary<string, string> { [ProvisionedBy] = Provisioner } },
        Spec = new V1PersistentVolumeSpec
        {
            Capacity = new Dictionary<string, ResourceQuantity> { ["storage"] = size },
            AccessModes = claim.Spec!.AccessModes,
            PersistentVolumeReclaimPolicy = "Delete",
            StorageClassName = StorageClassName,
            VolumeMode = "Filesystem",
            HostPath = new() { Path = folder, Type = "DirectoryOrCreate" },
            ClaimRef = new V1ObjectReference
            {
                ApiVersion = "v1",
                Kind = "PersistentVolumeClaim",
                NamespaceProperty = claim.Metadata.NamespaceProperty,
                Name = claim.Metadata.Name,
                Uid = claim.Metadata.Uid,
            },
        },
    };
}
