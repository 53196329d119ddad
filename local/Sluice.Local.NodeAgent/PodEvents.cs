using k8s.Models;
using Sluice.Kubernetes.Events;

namespace Sluice.Local.NodeAgent;

/// <summary>Writes events about pods through the API.</summary>
internal sealed class PodEvents(EventRecorder recorder) : IPodEvents
{
    public void Record(V1Pod pod, string? container, bool warning, string reason, string message)
    {
        if (warning) recorder.Warning(pod, reason, reason, message);
        else recorder.Normal(pod, reason, reason, message);
    }
}
