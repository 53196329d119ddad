using k8s.Models;
using Microsoft.Extensions.Logging;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Controllers;
using Sluice.Kubernetes.Events;
using Sluice.Kubernetes.Informers;
using Sluice.Kubernetes.Models;
using Sluice.Local.Controllers.Endpoints;
using Sluice.Local.Controllers.EndpointSlices;
using Sluice.Local.Controllers.PersistentVolumes;
using Sluice.Local.Controllers.Scheduling;
using Sluice.Local.Controllers.StatefulSets;

namespace Sluice.Local.Controllers;

/// <summary>The node that pods are bound to.</summary>
/// <param name="Name">Name of its Node object.</param>
/// <param name="VolumeFolder">Folder on it under which each persistent volume gets its own.</param>
public sealed record SchedulableNode(string Name, string VolumeFolder);

/// <summary>
/// What kube-controller-manager and kube-scheduler do in a Kubernetes, each under its name there and a client of the API like any
/// other.
/// </summary>
public static class StandardControllers
{
    /// <summary>Connects the controllers to the caches that they read.</summary>
    /// <param name="client">Writes.</param>
    /// <param name="informers">Read from.</param>
    /// <param name="events">Makes a recorder under a component's name.</param>
    /// <param name="node">The node to bind pods to; null: there is none, and no volumes either.</param>
    /// <param name="log">Takes failures.</param>
    public static IEnumerable<Controller> Create(
        KubernetesClient client, ControllerInformers informers, Func<string, EventRecorder> events, SchedulableNode? node, ILogger log)
    {
        ArgumentNullException.ThrowIfNull(informers);
        ArgumentNullException.ThrowIfNull(events);
        var time = TimeProvider.System;
        Controller New(string name, IReconciler reconciler) => new(name, reconciler, null, log);
        var statefulSet = ResourceType.Of<V1StatefulSet>();
        yield return New("statefulset-controller", new StatefulSetController(client, informers, events("statefulset-controller"), time))
            .For(informers.StatefulSets)
            .Owns(informers.Pods, statefulSet)
            .Owns(informers.Revisions, statefulSet)
            .Watch(informers.Claims, c => SetsOf(informers, c));
        yield return New("default-scheduler", new Scheduler(client, informers, events("default-scheduler"), node?.Name, time))
            .For(informers.Pods, change => change.Object.Spec?.NodeName is not { Length: > 0 })
            .Watch(informers.Claims, c => UsersOf(informers, c));
        yield return New("endpointslice-controller", new EndpointSliceController(client, informers))
            .For(informers.Services)
            .Watch(informers.Pods, p => ServicesOf(informers, p))
            .Watch(informers.Slices, ServiceOf);
        yield return New("endpoints-controller", new EndpointsController(client, informers))
            .For(informers.Services)
            .Watch(informers.Pods, p => ServicesOf(informers, p))
            .Watch(informers.Endpoints, e => [ObjectKey.Of(e)]);
        if (node is null) yield break;
        yield return New("persistentvolume-binder-controller", new PersistentVolumeBinder(client, informers, node.VolumeFolder)).For(informers.Claims);
        yield return New("persistentvolume-reclaimer", new PersistentVolumeReclaimer(client, informers, node.VolumeFolder))
            .For(informers.Volumes)
            .Watch(informers.Claims, c => VolumeOf(c), change => change.Type == InformerEventType.Deleted);
    }

    /// <summary>Makes the storage class whose volumes are folders of the node.</summary>
    public static Task EnsureStorageClassAsync(KubernetesClient client, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(client);
        return StandardStorageClass.EnsureAsync(client, cancellation);
    }

    private static IEnumerable<ObjectKey> UsersOf(ControllerInformers informers, V1PersistentVolumeClaim claim) =>
        informers.Pods.Cache.List(claim.Metadata.NamespaceProperty)
            .Where(p => (p.Spec?.Volumes ?? []).Any(v => v.PersistentVolumeClaim?.ClaimName == claim.Metadata.Name))
            .Select(p => ObjectKey.Of(p));

    /// <summary>A claim that somebody deleted under a set's pod is made again.</summary>
    private static IEnumerable<ObjectKey> SetsOf(ControllerInformers informers, V1PersistentVolumeClaim claim) =>
        informers.StatefulSets.Cache.List(claim.Metadata.NamespaceProperty)
            .Where(s => (s.Spec?.VolumeClaimTemplates ?? []).Any(
                t => claim.Metadata.Name!.StartsWith($"{t.Metadata.Name}-{s.Metadata.Name}-", StringComparison.Ordinal)))
            .Select(s => ObjectKey.Of(s));

    private static IEnumerable<ObjectKey> VolumeOf(V1PersistentVolumeClaim claim) =>
        claim.Spec?.VolumeName is { Length: > 0 } name ? [new ObjectKey("", name)] : [];

    private static IEnumerable<ObjectKey> ServicesOf(ControllerInformers informers, V1Pod pod) =>
        informers.Services.Cache.List(pod.Metadata.NamespaceProperty)
            .Where(s => s.Spec?.Selector is { Count: > 0 } selector && Selectors.Matches(selector, pod.Metadata.Labels))
            .Select(s => ObjectKey.Of(s));

    private static IEnumerable<ObjectKey> ServiceOf(V1EndpointSlice slice) =>
        slice.GetLabel(EndpointSliceController.ServiceLabel) is { } name
            ? [new ObjectKey(slice.Metadata.NamespaceProperty!, name)]
            : [];
}
