using k8s.Models;
using Microsoft.Extensions.Logging;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Informers;
using Sluice.Local.Controllers;
using Sluice.Local.NodeAgent;

namespace Sluice.Local;

/// <summary>The caches that the parts of the control plane share: one watch a kind.</summary>
internal sealed class LocalInformers(KubernetesClient client, ILogger log)
{
    public Informer<V1Pod> Pods { get; } = new(client.Resource<V1Pod>(), null, log);

    public Informer<V1ConfigMap> ConfigMaps { get; } = new(client.Resource<V1ConfigMap>(), null, log);

    public Informer<V1Secret> Secrets { get; } = new(client.Resource<V1Secret>(), null, log);

    public Informer<V1PersistentVolumeClaim> Claims { get; } = new(client.Resource<V1PersistentVolumeClaim>(), null, log);

    public Informer<V1PersistentVolume> Volumes { get; } = new(client.Resource<V1PersistentVolume>(), null, log);

    public Informer<V1Service> Services { get; } = new(client.Resource<V1Service>(), null, log);

    public Informer<V1EndpointSlice> Slices { get; } = new(client.Resource<V1EndpointSlice>(), null, log);

    public Informer<V1Endpoints> Endpoints { get; } = new(client.Resource<V1Endpoints>(), null, log);

    public Informer<V1StatefulSet> StatefulSets { get; } = new(client.Resource<V1StatefulSet>(), null, log);

    public Informer<V1ControllerRevision> Revisions { get; } = new(client.Resource<V1ControllerRevision>(), null, log);

    /// <summary>All of them.</summary>
    public IReadOnlyList<IInformer> All =>
        [Pods, ConfigMaps, Secrets, Claims, Volumes, Services, Slices, Endpoints, StatefulSets, Revisions];

    public ControllerInformers ForControllers => new(Pods, Claims, Volumes, Services, Slices, Endpoints, StatefulSets, Revisions);

    public NodeInformers ForNode => new(Pods, ConfigMaps, Secrets, Claims, Volumes, Services, Slices);

    /// <summary>Waits until each has its first list.</summary>
    public Task WaitForSyncAsync(CancellationToken cancellation) => Task.WhenAll(All.Select(i => i.WaitForSyncAsync(cancellation)));
}
