using k8s.Models;

namespace Sluice.Local.NodeAgent;

/// <summary>
/// What local pods cannot do and must not pass over in silence: a pod that asks for it waits with a message that names it.
/// What only limits or isolates (resources, security contexts, network policies) has no effect on local processes.
/// </summary>
internal static class UnsupportedFields
{
    /// <summary>The first field that is not supported; null when there is none.</summary>
    public static string? FirstOf(V1Pod pod)
    {
        var spec = pod.Spec!;
        if (spec.ActiveDeadlineSeconds is not null) return "spec.activeDeadlineSeconds";
        if (spec.EphemeralContainers is { Count: > 0 }) return "spec.ephemeralContainers";
        return OfContainers("spec.initContainers", spec.InitContainers ?? [])
            ?? OfContainers("spec.containers", spec.Containers);
    }

    private static string? OfContainers(string path, IList<V1Container> containers)
    {
        foreach (var container in containers)
        {
            var at = $"{path}[{container.Name}]";
            if (container.RestartPolicy is not null) return $"{at}.restartPolicy";
            if (container.RestartPolicyRules is { Count: > 0 }) return $"{at}.restartPolicyRules";
            if (container.Lifecycle?.PostStart is not null) return $"{at}.lifecycle.postStart";
            if (container.Lifecycle?.PreStop is not null) return $"{at}.lifecycle.preStop";
            if (container.Lifecycle?.StopSignal is not null) return $"{at}.lifecycle.stopSignal";
            if (container.VolumeDevices is { Count: > 0 }) return $"{at}.volumeDevices";
            if (container.StartupProbe?.Grpc is not null) return $"{at}.startupProbe.grpc";
            if (container.LivenessProbe?.Grpc is not null) return $"{at}.livenessProbe.grpc";
            if (container.ReadinessProbe?.Grpc is not null) return $"{at}.readinessProbe.grpc";
        }
        return null;
    }
}
