using Sluice.Kubernetes;
using Sluice.Kubernetes.Models;

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
    Informer<Pod> Pods,
    Informer<ConfigMap> ConfigMaps,
    Informer<Secret> Secrets,
    Informer<PersistentVolumeClaim> Claims,
    Informer<PersistentVolume> Volumes,
    Informer<Service> Services,
    Informer<EndpointSlice> Slices)
{
    /// <summary>Waits until each has its first list.</summary>
    internal Task WaitForSyncAsync(CancellationToken cancellation)
    {
        IInformer[] all = [Pods, ConfigMaps, Secrets, Claims, Volumes, Services, Slices];
        return Task.WhenAll(all.Select(i => i.WaitForSyncAsync(cancellation)));
    }
}
