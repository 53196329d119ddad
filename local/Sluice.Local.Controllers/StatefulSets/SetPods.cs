using System.Globalization;
using Sluice.Kubernetes;
using Sluice.Kubernetes.Models;
using Sluice.Kubernetes.Serialization;

namespace Sluice.Local.Controllers.StatefulSets;

/// <summary>The pods and claims that a StatefulSet makes, and what can be told from them. Pure.</summary>
internal static class SetPods
{
    public const string RevisionLabel = "controller-revision-hash";
    private const string PodNameLabel = "statefulset.kubernetes.io/pod-name";
    private const string PodIndexLabel = "apps.kubernetes.io/pod-index";

    /// <summary>The name of the pod with an ordinal.</summary>
    public static string NameOf(StatefulSet set, int ordinal) =>
        string.Create(CultureInfo.InvariantCulture, $"{set.Metadata.Name}-{ordinal}");

    /// <summary>The ordinal at the end of a pod's name; null when the name is not one that the set gives.</summary>
    public static int? OrdinalOf(StatefulSet set, Pod pod)
    {
        var name = pod.Metadata.Name!;
        var prefix = set.Metadata.Name + "-";
        return name.StartsWith(prefix, StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal)
            && NameOf(set, ordinal) == name
            ? ordinal
            : null;
    }

    /// <summary>A new pod of the set, from the template of a revision.</summary>
    public static Pod Create(StatefulSet set, PodTemplateSpec template, string revision, int ordinal)
    {
        var source = KubernetesJson.Copy(template);
        var pod = new Pod
        {
            Metadata = new ObjectMeta
            {
                Name = NameOf(set, ordinal),
                GenerateName = set.Metadata.Name + "-",
                Namespace = set.Metadata.Namespace,
                Labels = new(source.Metadata?.Labels ?? [], StringComparer.Ordinal),
                Annotations = source.Metadata?.Annotations,
                Finalizers = source.Metadata?.Finalizers,
                OwnerReferences = [OwnerReferences.ControllerOf(set)],
            },
            Spec = source.Spec ?? new PodSpec(),
        };
        pod.Metadata.Labels[PodNameLabel] = pod.Metadata.Name!;
        pod.Metadata.Labels[PodIndexLabel] = ordinal.ToString(CultureInfo.InvariantCulture);
        pod.Metadata.Labels[RevisionLabel] = revision;
        pod.Spec.Hostname = pod.Metadata.Name;
        pod.Spec.Subdomain = set.Spec!.ServiceName;
        foreach (var claim in set.Spec.VolumeClaimTemplates ?? [])
        {
            pod.Spec.Volumes ??= [];
            pod.Spec.Volumes.RemoveAll(v => v.Name == claim.Metadata.Name);
            pod.Spec.Volumes.Add(new Volume
            {
                Name = claim.Metadata.Name!,
                PersistentVolumeClaim = new() { ClaimName = ClaimName(claim, pod.Metadata.Name!) },
            });
        }
        return pod;
    }

    /// <summary>The claims that a pod of the set needs.</summary>
    public static IEnumerable<PersistentVolumeClaim> Claims(StatefulSet set, string podName)
    {
        foreach (var template in set.Spec!.VolumeClaimTemplates ?? [])
        {
            var claim = KubernetesJson.Copy(template);
            claim.Metadata = new ObjectMeta
            {
                Name = ClaimName(template, podName),
                Namespace = set.Metadata.Namespace,
                Labels = new(template.Metadata.Labels ?? [], StringComparer.Ordinal),
                Annotations = template.Metadata.Annotations,
            };
            foreach (var (key, value) in set.Spec.Selector.MatchLabels ?? []) claim.Metadata.Labels[key] = value;
            claim.Status = null;
            yield return claim;
        }
    }

    public static string ClaimName(PersistentVolumeClaim template, string podName) => $"{template.Metadata.Name}-{podName}";

    public static string? RevisionOf(Pod pod) => pod.Metadata.Labels?.GetValueOrDefault(RevisionLabel);

    public static bool IsTerminating(Pod pod) => pod.Metadata.DeletionTimestamp is not null;

    public static bool HasEnded(Pod pod) => pod.Status?.Phase is "Failed" or "Succeeded";

    public static bool IsRunningAndReady(Pod pod) => pod.Status?.Phase == "Running" && ReadySince(pod) is not null;

    /// <summary>Running, ready and not on its way out.</summary>
    public static bool IsHealthy(Pod pod) => IsRunningAndReady(pod) && !IsTerminating(pod);

    /// <summary>When the pod, which is ready, will have been so for the set's minReadySeconds; null when it is not ready.</summary>
    public static DateTimeOffset? AvailableAt(StatefulSet set, Pod pod) =>
        IsRunningAndReady(pod) ? ReadySince(pod) + TimeSpan.FromSeconds(set.Spec!.MinReadySeconds ?? 0) : null;

    private static DateTimeOffset? ReadySince(Pod pod) =>
        pod.Status?.Conditions?.Find(c => c.Type == "Ready" && c.Status == "True")?.LastTransitionTime;
}
