using Microsoft.Extensions.Logging;
using Sluice.Kubernetes;
using Sluice.Kubernetes.Models;
using Sluice.Local.Controllers;
using Sluice.Local.NodeAgent;

namespace Sluice.Local;

/// <summary>The caches that the parts of the control plane share: one watch a kind.</summary>
internal sealed class LocalInformers(KubernetesClient client, ILogger log)
{
    public Informer<Pod> Pods { get; } = new(client.Resource<Pod>(), null, log);

    public Informer<ConfigMap> ConfigMaps { get; } = new(client.Resource<ConfigMap>(), null, log);

    public Informer<Secret> Secrets { get; } = new(client.Resource<Secret>(), null, log);

    public Informer<PersistentVolumeClaim> Claims { get; } = new(client.Resource<PersistentVolumeClaim>(), null, log);

    public Informer<PersistentVolume> Volumes { get; } = new(client.Resource<PersistentVolume>(), null, log);

    public Informer<Service> Services { get; } = new(client.Resource<Service>(), null, log);

    public Informer<EndpointSlice> Slices { get; } = new(client.Resource<EndpointSlice>(), null, log);

    public Informer<Endpoints> Endpoints { get; } = new(client.Resource<Endpoints>(), null, log);

    public Informer<StatefulSet> StatefulSets { get; } = new(client.Resource<StatefulSet>(), null, log);

    public Informer<ControllerRevision> Revisions { get; } = new(client.Resource<ControllerRevision>(), null, log);

    /// <summary>All of them.</summary>
    public IReadOnlyList<IInformer> All =>
        [Pods, ConfigMaps, Secrets, Claims, Volumes, Services, Slices, Endpoints, StatefulSets, Revisions];

    public ControllerInformers ForControllers => new(Pods, Claims, Volumes, Services, Slices, Endpoints, StatefulSets, Revisions);

    public NodeInformers ForNode => new(Pods, ConfigMaps, Secrets, Claims, Volumes, Services, Slices);

    /// <summary>Waits until each has its first list.</summary>
    public Task WaitForSyncAsync(CancellationToken cancellation) => Task.WhenAll(All.Select(i => i.WaitForSyncAsync(cancellation)));
}
