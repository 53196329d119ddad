using k8s;
using k8s.Models;

namespace Sluice.Operator.Reconcilers;

/// <summary>Annotations by which people steer the operator.</summary>
internal static class Annotations
{
    /// <summary><c>"true"</c>: the operator leaves the object and all that belongs to it as they are.</summary>
    public const string Pause = "sluice.dev/pause-reconciliation";

    /// <summary>On an object that a Cluster wants and does not own: the name of the Cluster that takes it over.</summary>
    public const string AdoptBy = "sluice.dev/adopt-by";

    public static bool IsPaused(IKubernetesObject<V1ObjectMeta> value) => value.GetAnnotation(Pause) == "true";
}
