using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Operator.Resources;

namespace Sluice.Operator.Reconcilers;

/// <summary>
/// Replaces pods whose StatefulSet has changed since they were made. A pod that is not ready goes at once, since it serves nobody and
/// the change may be what heals it; of the others one at a time. A pod whose volume would go with it stays.
/// </summary>
internal sealed class PodRestarter(KubernetesClient client, PodVolumes volumes, IEventSink events)
{
    private const string RevisionLabel = "controller-revision-hash";

    /// <summary>How far the pods of a StatefulSet are.</summary>
    /// <param name="IsUnderWay">A pod is outdated or on its way out.</param>
    /// <param name="Held">Why an outdated pod stays; null when none does.</param>
    public readonly record struct Progress(bool IsUnderWay, Objection? Held);

    public async Task<Progress> RestartAsync(Cluster cluster, V1StatefulSet set, IReadOnlyList<V1Pod> pods, CancellationToken cancellation)
    {
        // Until the StatefulSet controller has seen the newest template, its revision says nothing.
        if (set.Status?.UpdateRevision is not { Length: > 0 } revision || set.Status.ObservedGeneration != set.Metadata.Generation) return default;
        List<V1Pod> outdated = [.. pods.Where(pod => pod.GetLabel(RevisionLabel) is { } own && own != revision)];
        if (outdated.Count == 0) return default;
        Objection? held = null;
        bool mayTakeReady = pods.All(pod => IsReady(pod) && pod.Metadata.DeletionTimestamp is null) && pods.Count >= (set.Spec?.Replicas ?? 1);
        foreach (V1Pod pod in outdated.Where(pod => pod.Metadata.DeletionTimestamp is null).OrderBy(IsReady).ThenByDescending(pod => pod.Metadata.Name, StringComparer.Ordinal))
        {
            if (IsReady(pod) && !mayTakeReady) continue;
            if (await volumes.FindLeavingAsync(pod, cancellation) is { } objection)
            {
                held = objection;
                continue;
            }
            await DeleteAsync(cluster, pod, cancellation);
            if (IsReady(pod)) break;
        }
        return new Progress(true, held);
    }

    public static bool IsReady(V1Pod pod) => pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) == true;

    private async Task DeleteAsync(Cluster cluster, V1Pod pod, CancellationToken cancellation)
    {
        try
        {
            // The uid spares a pod that took the name since the cache was filled.
            var options = new V1DeleteOptions { Preconditions = new V1Preconditions { Uid = pod.Metadata.Uid } };
            if (await client.TryDeleteAsync<V1Pod>(pod.Metadata.NamespaceProperty, pod.Metadata.Name!, options, cancellation))
                events.Normal(cluster, "PodRestarted", "Restart", $"replacing pod {pod.Metadata.Name}, which was made from an older revision");
        }
        catch (ApiException error) when (error.IsConflict)
        {
            // Replaced already.
        }
    }
}
