using System.Text.Json.Nodes;
using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Controllers;
using Sluice.Kubernetes.Events;
using Sluice.Kubernetes.Models;
using Sluice.Kubernetes.Serialization;

namespace Sluice.Local.Controllers.StatefulSets;

/// <summary>Makes and deletes the pods and claims of StatefulSets as kube-controller-manager does.</summary>
internal sealed class StatefulSetController(KubernetesClient client, ControllerInformers informers, EventRecorder events, TimeProvider time) : IReconciler
{
    private readonly SetRevisions _revisions = new(client, informers);
    private readonly SetClaims _claims = new(client, informers);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (informers.StatefulSets.Cache.Get(key) is not { } set || set.Metadata.DeletionTimestamp is not null) return ReconcileResult.Done;
        List<V1Pod> orphans = [.. informers.Pods.Cache.List(set.Metadata.NamespaceProperty).Where(pod => CanAdopt(set, pod))];
        var orphanedRevisions = _revisions.OrphansOf(set);
        if (orphans.Count + orphanedRevisions.Count > 0 && !await IsAliveAsync(set, cancellation).ConfigureAwait(false)) return ReconcileResult.Done;
        var pods = await OwnPodsAsync(set, orphans, cancellation).ConfigureAwait(false);
        await _revisions.AdoptAsync(set, orphanedRevisions, cancellation).ConfigureAwait(false);
        var history = _revisions.Of(set);
        var update = await _revisions.UpdateRevisionAsync(set, history, cancellation).ConfigureAwait(false);
        var current = history.Find(r => r.Metadata.Name == set.Status?.CurrentRevision) ?? update;
        var state = new SetState(set, pods, current.Metadata.Name!, update.Metadata.Name!);

        var now = time.GetUtcNow();
        var plan = SetPlanner.Plan(state, now);
        await _claims.SetOwnersAsync(state, cancellation).ConfigureAwait(false);
        foreach (var action in plan.Actions)
        {
            switch (action)
            {
                case SetAction.CreatePod create:
                    await CreateAsync(state, create.FromCurrentRevision ? current : update, create.Ordinal, cancellation).ConfigureAwait(false);
                    break;
                case SetAction.DeletePod delete:
                    await DeleteAsync(set, delete, cancellation).ConfigureAwait(false);
                    break;
            }
        }
        await WriteStatusAsync(set, SetStatus.Build(state, set.Status?.CollisionCount, now), cancellation).ConfigureAwait(false);
        await _revisions.PruneAsync(state, history, cancellation).ConfigureAwait(false);
        return plan.LookAgainAt is { } at ? ReconcileResult.After(at - now) : ReconcileResult.Done;
    }

    /// <summary>
    /// Whether the server has the set, and nobody deletes it. The cache may learn later of a deletion that orphans its pods than of the pods, and a pod
    /// that was taken over by a set that is gone would be collected. As kube-controller-manager, which looks again before it takes anything over.
    /// </summary>
    private async Task<bool> IsAliveAsync(V1StatefulSet set, CancellationToken cancellation) =>
        await client.TryGetAsync<V1StatefulSet>(set.Metadata.NamespaceProperty, set.Metadata.Name!, cancellation).ConfigureAwait(false) is { } now
        && now.Metadata.Uid == set.Metadata.Uid && now.Metadata.DeletionTimestamp is null;

    /// <summary>The pods that the set controls, with those that nobody controls taken over.</summary>
    private async Task<List<V1Pod>> OwnPodsAsync(V1StatefulSet set, List<V1Pod> orphans, CancellationToken cancellation)
    {
        List<V1Pod> result = [.. informers.Pods.Cache.List(set.Metadata.NamespaceProperty).Where(pod => OwnerReferences.IsControlledBy(pod, set))];
        foreach (var pod in orphans) result.Add(await AdoptAsync(set, pod, cancellation).ConfigureAwait(false));
        return result;
    }

    private static bool CanAdopt(V1StatefulSet set, V1Pod pod) =>
        pod.Metadata.DeletionTimestamp is null && OwnerReferences.ControllerOf(pod.Metadata) is null
        && SetPods.OrdinalOf(set, pod) is not null && Selectors.Matches(set.Spec!.Selector, pod.Metadata.Labels);

    private async Task<V1Pod> AdoptAsync(V1StatefulSet set, V1Pod pod, CancellationToken cancellation)
    {
        var owners = new JsonArray([.. (pod.Metadata.OwnerReferences ?? []).Append(OwnerReferences.ControllerOf(set)).Select(o => ApiJson.ToJsonObject(o))]);
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["uid"] = pod.Metadata.Uid, ["ownerReferences"] = owners } };
        return await client.MergePatchAsync<V1Pod>(pod.Metadata.NamespaceProperty, pod.Metadata.Name!, patch, null, cancellation).ConfigureAwait(false);
    }

    private async Task CreateAsync(SetState state, V1ControllerRevision revision, int ordinal, CancellationToken cancellation)
    {
        var set = state.Set;
        var pod = SetPods.Create(set, SetRevisions.TemplateOf(revision), revision.Metadata.Name!, ordinal);
        if (await _claims.CreateMissingAsync(set, pod.Metadata.Name!, cancellation).ConfigureAwait(false) is { } obstacle)
        {
            ReportFailure(set, pod, obstacle);
            throw new IOException(obstacle);
        }
        try
        {
            await client.CreateAsync(pod, null, cancellation).ConfigureAwait(false);
            events.Normal(set, "SuccessfulCreate", "Create", $"Create Pod {pod.Metadata.Name} in StatefulSet {set.Metadata.Name} successful");
        }
        catch (ApiException e) when (e.IsAlreadyExists)
        {
            // Made before, and the cache lags; or a pod of somebody else, which the next look will show.
        }
        catch (ApiException e)
        {
            ReportFailure(set, pod, e.Status.Message);
            throw;
        }
    }

    private void ReportFailure(V1StatefulSet set, V1Pod pod, string? error) =>
        events.Warning(set, "FailedCreate", "Create", $"Create Pod {pod.Metadata.Name} in StatefulSet {set.Metadata.Name} failed error: {error}");

    private async Task DeleteAsync(V1StatefulSet set, SetAction.DeletePod action, CancellationToken cancellation)
    {
        var pod = action.Pod;
        if (action.IsScaledDown) await _claims.GiveToPodAsync(set, pod, cancellation).ConfigureAwait(false);
        var options = new V1DeleteOptions { Preconditions = new() { Uid = pod.Metadata.Uid } };
        try
        {
            if (await client.TryDeleteAsync<V1Pod>(pod.Metadata.NamespaceProperty, pod.Metadata.Name!, options, cancellation).ConfigureAwait(false))
                events.Normal(set, "SuccessfulDelete", "Delete", $"Delete Pod {pod.Metadata.Name} in StatefulSet {set.Metadata.Name} successful");
        }
        catch (ApiException e) when (e.IsConflict)
        {
            // Another pod has the name already.
        }
    }

    private async Task WriteStatusAsync(V1StatefulSet set, V1StatefulSetStatus status, CancellationToken cancellation)
    {
        if (SetStatus.AreEqual(set.Status, status)) return;
        var changed = ApiJson.Copy(set);
        changed.Status = status;
        // With the version that was counted from: a newer set is counted again when it arrives.
        await client.UpdateStatusAsync(changed, null, cancellation).ConfigureAwait(false);
    }
}
