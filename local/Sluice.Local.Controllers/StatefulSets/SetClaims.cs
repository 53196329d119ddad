using System.Text.Json.Nodes;
using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Models;
using Sluice.Kubernetes.Serialization;

namespace Sluice.Local.Controllers.StatefulSets;

/// <summary>
/// The claims of a set's pods. Who owns a claim decides when the garbage collector deletes it: the set when whenDeleted is
/// Delete, a pod that is scaled down when whenScaled is Delete, else nobody.
/// </summary>
internal sealed class SetClaims(KubernetesClient client, ControllerInformers informers)
{
    /// <summary>Makes the claims of a pod that do not exist.</summary>
    /// <returns>Why the pod must not be made yet; null when it may.</returns>
    public async Task<string?> CreateMissingAsync(V1StatefulSet set, string podName, CancellationToken cancellation)
    {
        foreach (var claim in SetPods.Claims(set, podName))
        {
            if (informers.Claims.Cache.Get(ObjectKey.Of(claim)) is { } present)
            {
                if (present.Metadata.DeletionTimestamp is not null) return $"pvc {claim.Metadata.Name} is being deleted";
                continue;
            }
            if (DeletesWithSet(set)) claim.Metadata.OwnerReferences = [SetReference(set)];
            try
            {
                await client.CreateAsync(claim, null, cancellation).ConfigureAwait(false);
            }
            catch (ApiException e) when (e.IsAlreadyExists)
            {
                // The cache lags.
            }
        }
        return null;
    }

    /// <summary>Brings the owners of all claims to what the policy says; claims of wanted pods belong to no pod.</summary>
    public async Task SetOwnersAsync(SetState state, CancellationToken cancellation)
    {
        var set = state.Set;
        if (set.Spec!.VolumeClaimTemplates is not { Count: > 0 }) return;
        var (start, end) = SetPlanner.Range(set);
        for (var ordinal = start; ordinal < end; ordinal++)
        {
            foreach (var claim in Existing(set, SetPods.NameOf(set, ordinal)))
                await SetOwnersAsync(claim, DeletesWithSet(set) ? SetReference(set) : null, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Lets the claims of a pod that is scaled down go with it, when the policy says so.</summary>
    public async Task GiveToPodAsync(V1StatefulSet set, V1Pod pod, CancellationToken cancellation)
    {
        if (set.Spec!.PersistentVolumeClaimRetentionPolicy?.WhenScaled != "Delete") return;
        var owner = new V1OwnerReference { ApiVersion = "v1", Kind = "Pod", Name = pod.Metadata.Name!, Uid = pod.Metadata.Uid! };
        foreach (var claim in Existing(set, pod.Metadata.Name!))
            await SetOwnersAsync(claim, owner, cancellation).ConfigureAwait(false);
    }

    private IEnumerable<V1PersistentVolumeClaim> Existing(V1StatefulSet set, string podName) =>
        (set.Spec!.VolumeClaimTemplates ?? [])
            .Select(t => informers.Claims.Cache.Get(new ObjectKey(set.Metadata.NamespaceProperty!, SetPods.ClaimName(t, podName))))
            .OfType<V1PersistentVolumeClaim>()
            .Where(c => c.Metadata.DeletionTimestamp is null);

    private async Task SetOwnersAsync(V1PersistentVolumeClaim claim, V1OwnerReference? owner, CancellationToken cancellation)
    {
        var present = claim.Metadata.OwnerReferences ?? [];
        // References of other kinds were set by somebody else.
        var wanted = present.Where(o => o.Kind is not ("StatefulSet" or "Pod")).ToList();
        if (owner is not null) wanted.Add(owner);
        if (present.Select(o => o.Uid).Order().SequenceEqual(wanted.Select(o => o.Uid).Order())) return;
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["uid"] = claim.Metadata.Uid,
                ["ownerReferences"] = new JsonArray([.. wanted.Select(o => ApiJson.ToJsonObject(o))]),
            },
        };
        await client.MergePatchAsync<V1PersistentVolumeClaim>(claim.Metadata.NamespaceProperty, claim.Metadata.Name!, patch, null, cancellation).ConfigureAwait(false);
    }

    private static bool DeletesWithSet(V1StatefulSet set) => set.Spec!.PersistentVolumeClaimRetentionPolicy?.WhenDeleted == "Delete";

    private static V1OwnerReference SetReference(V1StatefulSet set) =>
        new() { ApiVersion = "apps/v1", Kind = "StatefulSet", Name = set.Metadata.Name!, Uid = set.Metadata.Uid! };
}
