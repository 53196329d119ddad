using k8s.Models;

namespace Sluice.Local.NodeAgent;

/// <summary>Writes events about pods, as the kubelet does.</summary>
internal interface IPodEvents
{
    /// <summary>Notes that something happened; an equal event soon after counts up the first.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="container">The container, or null when it is about the pod.</param>
    /// <param name="warning">Whether it is of type Warning rather than Normal.</param>
    /// <param name="reason">One word, as in "Started".</param>
    /// <param name="message">A sentence.</param>
    void Record(V1Pod pod, string? container, bool warning, string reason, string message);
}
