using k8s.Models;
using Sluice.Kubernetes.Informers;

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
    Informer<V1Pod> Pods,
    Informer<V1PersistentVolumeClaim> Claims,
    Informer<V1PersistentVolume> Volumes,
    Informer<V1Service> Services,
    Informer<V1EndpointSlice> Slices,
    Informer<V1Endpoints> Endpoints,
    Informer<V1StatefulSet> StatefulSets,
    Informer<V1ControllerRevision> Revisions);
