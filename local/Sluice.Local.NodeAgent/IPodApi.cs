using k8s.Models;

namespace Sluice.Local.NodeAgent;

/// <summary>What a pod's worker writes to the API.</summary>
internal interface IPodApi
{
    /// <summary>Writes a pod's status; gives the pod as it is then, or null when it is gone or another one has its name.</summary>
    Task<V1Pod?> WriteStatusAsync(V1Pod pod, V1PodStatus status, CancellationToken cancellation);

    /// <summary>Removes a pod whose processes have ended.</summary>
    Task DeleteAsync(V1Pod pod, CancellationToken cancellation);
}
