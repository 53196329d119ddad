using Sluice.Kubernetes.Models;

namespace Sluice.Operator.Reconcilers;

/// <summary>Annotations by which people steer the operator.</summary>
internal static class Annotations
{
    /// <summary><c>"true"</c>: the operator leaves the object and all that belongs to it as they are.</summary>
    public const string Pause = "sluice.dev/pause-reconciliation";

    public static bool IsPaused(IKubernetesObject value) => value.Metadata.Annotations?.GetValueOrDefault(Pause) == "true";
}
