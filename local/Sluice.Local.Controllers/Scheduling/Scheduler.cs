using System.Text.Json.Nodes;
using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Controllers;
using Sluice.Kubernetes.Events;
using Sluice.Kubernetes.Models;
using Sluice.Kubernetes.Serialization;

namespace Sluice.Local.Controllers.Scheduling;

/// <summary>
/// Binds pods to the one node, once their claims are bound. Selectors, affinities and taints choose between nodes and have no
/// say where there is one; scheduling gates and other schedulers' names do.
/// </summary>
internal sealed class Scheduler(KubernetesClient client, ControllerInformers informers, EventRecorder events, string? node, TimeProvider time) : IReconciler
{
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (informers.Pods.Cache.Get(key) is not { } pod || !IsWaiting(pod)) return ReconcileResult.Done;
        if (Obstacle(pod) is { } obstacle)
        {
            await ReportAsync(pod, obstacle, cancellation).ConfigureAwait(false);
            return ReconcileResult.Done; // a change of a claim brings the pod back
        }
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["uid"] = pod.Metadata.Uid },
            ["spec"] = new JsonObject { ["nodeName"] = node },
        };
        try
        {
            await client.MergePatchAsync<V1Pod>(key.Namespace, key.Name, patch, null, cancellation).ConfigureAwait(false);
            events.Normal(pod, "Scheduled", "Binding", $"Successfully assigned {key} to {node}");
        }
        catch (ApiException e) when (e.IsNotFound || e.IsConflict)
        {
            // Gone, or bound before and the cache lags.
        }
        return ReconcileResult.Done;
    }

    private static bool IsWaiting(V1Pod pod) =>
        pod.Spec!.NodeName is not { Length: > 0 } && pod.Metadata.DeletionTimestamp is null
        && pod.Spec.SchedulingGates is not { Count: > 0 } && pod.Spec.SchedulerName is null or "" or "default-scheduler";

    private string? Obstacle(V1Pod pod)
    {
        if (node is null) return "no nodes available to schedule pods";
        foreach (var volume in pod.Spec!.Volumes ?? [])
        {
            if (volume.PersistentVolumeClaim is not { ClaimName: { } name }) continue;
            var claim = informers.Claims.Cache.Get(new ObjectKey(pod.Metadata.NamespaceProperty!, name));
            if (claim is null) return $"persistentvolumeclaim \"{name}\" not found";
            if (claim.Metadata.DeletionTimestamp is not null) return $"persistentvolumeclaim \"{name}\" is being deleted";
            if (claim.Status?.Phase != "Bound") return "pod has unbound immediate PersistentVolumeClaims";
        }
        return null;
    }

    private async Task ReportAsync(V1Pod pod, string obstacle, CancellationToken cancellation)
    {
        var message = node is not null ? $"0/1 nodes are available: {obstacle}." : obstacle;
        var old = pod.Status?.Conditions?.FirstOrDefault(c => c.Type == "PodScheduled");
        // A claim is bound within milliseconds of being made: only what lasts is worth an event.
        if (old is { Status: "False" } && old.Message == message) return;
        if (node is null || time.GetUtcNow() - pod.Metadata.CreationTimestamp > TimeSpan.FromSeconds(2)) events.Warning(pod, "FailedScheduling", "Scheduling", message);
        var changed = ApiJson.Copy(pod);
        changed.Status ??= new V1PodStatus();
        changed.Status.Phase ??= "Pending";
        var condition = new V1PodCondition
        {
            Type = "PodScheduled",
            Status = "False",
            Reason = "Unschedulable",
            Message = message,
            LastTransitionTime = old is { Status: "False" } ? old.LastTransitionTime : time.GetUtcNow().UtcDateTime,
        };
        changed.Status.Conditions = [.. (changed.Status.Conditions ?? []).Where(c => c.Type != condition.Type), condition];
        try
        {
            await client.UpdateStatusAsync(changed, null, cancellation).ConfigureAwait(false);
        }
        catch (ApiException e) when (e.IsNotFound)
        {
            // Deleted meanwhile.
        }
    }
}
