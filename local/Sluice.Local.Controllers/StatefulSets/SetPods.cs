using System.Globalization;
using k8s.Models;
using Sluice.Kubernetes.Controllers;
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
    public static string NameOf(V1StatefulSet set, int ordinal) =>
        string.Create(CultureInfo.InvariantCulture, $"{set.Metadata.Name}-{ordinal}");

    /// <summary>The ordinal at the end of a pod's name; null when the name is not one that the set gives.</summary>
    public static int? OrdinalOf(V1StatefulSet set, V1Pod pod)
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
    public static V1Pod Create(V1StatefulSet set, V1PodTemplateSpec template, string revision, int ordinal)
    {
        var source = ApiJson.Copy(template);
        var pod = new V1Pod
        {
            Metadata = new V1ObjectMeta
            {
                Name = NameOf(set, ordinal),
                GenerateName = set.Metadata.Name + "-",
                NamespaceProperty = set.Metadata.NamespaceProperty,
                Labels = source.Metadata?.Labels.Copied() ?? [],
                Annotations = source.Metadata?.Annotations,
                Finalizers = source.Metadata?.Finalizers,
                OwnerReferences = [OwnerReferences.ControllerOf(set)],
            },
            Spec = source.Spec ?? new V1PodSpec(),
        };
        pod.Metadata.Labels[PodNameLabel] = pod.Metadata.Name!;
        pod.Metadata.Labels[PodIndexLabel] = ordinal.ToString(CultureInfo.InvariantCulture);
        pod.Metadata.Labels[RevisionLabel] = revision;
        pod.Spec.Hostname = pod.Metadata.Name;
        pod.Spec.Subdomain = set.Spec!.ServiceName;
        foreach (var claim in set.Spec.VolumeClaimTemplates ?? [])
        {
            var volume = new V1Volume
            {
                Name = claim.Metadata.Name!,
                PersistentVolumeClaim = new() { ClaimName = ClaimName(claim, pod.Metadata.Name!) },
            };
            pod.Spec.Volumes = [.. (pod.Spec.Volumes ?? []).Where(v => v.Name != volume.Name), volume];
        }
        return pod;
    }

    /// <summary>The claims that a pod of the set needs.</summary>
    public static IEnumerable<V1PersistentVolumeClaim> Claims(V1StatefulSet set, string podName)
    {
        foreach (var template in set.Spec!.VolumeClaimTemplates ?? [])
        {
            var claim = ApiJson.Copy(template);
            claim.Metadata = new V1ObjectMeta
            {
                Name = ClaimName(template, podName),
                NamespaceProperty = set.Metadata.NamespaceProperty,
                Labels = template.Metadata.Labels.Copied(),
                Annotations = template.Metadata.Annotations,
            };
            foreach (var (key, value) in set.Spec.Selector.MatchLabels.OrEmpty()) claim.Metadata.Labels[key] = value;
            claim.Status = null;
            yield return claim;
        }
    }

    public static string ClaimName(V1PersistentVolumeClaim template, string podName) => $"{template.Metadata.Name}-{podName}";

    public static string? RevisionOf(V1Pod pod) => pod.GetLabel(RevisionLabel);

    public static bool IsTerminating(V1Pod pod) => pod.Metadata.DeletionTimestamp is not null;

    public static bool HasEnded(V1Pod pod) => pod.Status?.Phase is "Failed" or "Succeeded";

    public static bool IsRunningAndReady(V1Pod pod) => pod.Status?.Phase == "Running" && ReadySince(pod) is not null;

    /// <summary>Running, ready and not on its way out.</summary>
    public static bool IsHealthy(V1Pod pod) => IsRunningAndReady(pod) && !IsTerminating(pod);

    /// <summary>When the pod, which is ready, will have been so for the set's minReadySeconds; null when it is not ready.</summary>
    public static DateTimeOffset? AvailableAt(V1StatefulSet set, V1Pod pod) =>
        IsRunningAndReady(pod) ? ReadySince(pod) + TimeSpan.FromSeconds(set.Spec!.MinReadySeconds ?? 0) : null;

    private static DateTimeOffset? ReadySince(V1Pod pod) =>
        pod.Status?.Conditions?.FirstOrDefault(c => c.Type == "Ready" && c.Status == "True")?.LastTransitionTime;
}
