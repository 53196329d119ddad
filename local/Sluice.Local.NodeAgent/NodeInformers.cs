using k8s.Models;
using Sluice.Kubernetes.Informers;

namespace Sluice.Local.NodeAgent;

/// <summary>The caches that the node reads; whoever makes them runs them.</summary>
/// <param name="Pods">Pods, of this node and others.</param>
/// <param name="ConfigMaps">What volumes and environments of pods are made from.</param>
/// <param name="Secrets">Likewise.</param>
/// <param name="Claims">Claims that pods name.</param>
/// <param name="Volumes">The volumes that claims are bound to.</param>
/// <param name="Services">What the service proxy serves.</param>
/// <param name="Slices">Where it forwards to.</param>
public sealed record NodeInformers(
    Informer<V1Pod> Pods,
    Informer<V1ConfigMap> ConfigMaps,
    Informer<V1Secret> Secrets,
    Informer<V1PersistentVolumeClaim> Claims,
    Informer<V1PersistentVolume> Volumes,
    Informer<V1Service> Services,
    Informer<V1EndpointSlice> Slices)
{
    /// <summary>Waits until each has its first list.</summary>
    internal Task WaitForSyncAsync(CancellationToken cancellation)
    {
        IInformer[] all = [Pods, ConfigMaps, Secrets, Claims, Volumes, Services, Slices];
        return Task.WhenAll(all.Select(i => i.WaitForSyncAsync(cancellation)));
    }
}
