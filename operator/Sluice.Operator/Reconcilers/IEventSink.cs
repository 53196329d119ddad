using k8s;
using k8s.Models;
using Sluice.Kubernetes.Events;

namespace Sluice.Operator.Reconcilers;

/// <summary>Where reconcilers tell people what they did.</summary>
internal interface IEventSink
{
    void Normal(IKubernetesObject<V1ObjectMeta> regarding, string reason, string action, string note);

    void Warning(IKubernetesObject<V1ObjectMeta> regarding, string reason, string action, string note);
}

/// <summary>Writes events to the API.</summary>
internal sealed class RecorderEventSink(EventRecorder recorder) : IEventSink
{
    public void Normal(IKubernetesObject<V1ObjectMeta> regarding, string reason, string action, string note) => recorder.Normal(regarding, reason, action, note);

    public void Warning(IKubernetesObject<V1ObjectMeta> regarding, string reason, string action, string note) => recorder.Warning(regarding, reason, action, note);
}
