using Sluice.Kubernetes;
using Sluice.Kubernetes.Models;

namespace Sluice.Local.Controllers;

/// <summary>The caches that the controllers read; whoever makes them runs them.</summary>
/// <param name="Pods">What the scheduler binds, stateful sets own and services find.</param>
/// <param name="Claims">What the binder gives volumes to.</param>
/// <param name="Volumes">What the reclaimer takes away.</param>
/// <param name="Services">What endpoints are made for.</param>
/// <param name="Slices">The endpoint slices that are there.</param>
/// <param name="Endpoints">The older form of them.</param>
/// <param name="StatefulSets">What pods are made for.</param>
/// <param name="Revisions">The templates that stateful sets had.</param>
public sealed record ControllerInformers(
    Informer<Pod> Pods,
    Informer<PersistentVolumeClaim> Claims,
    Informer<PersistentVolume> Volumes,
    Informer<Service> Services,
    Informer<EndpointSlice> Slices,
    Informer<Kubernetes.Models.Endpoints> Endpoints,
    Informer<StatefulSet> StatefulSets,
    Informer<ControllerRevision> Revisions);
