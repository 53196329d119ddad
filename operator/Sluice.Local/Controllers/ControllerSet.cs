using Microsoft.Extensions.Logging;
using Sluice.Kubernetes;
using Sluice.Kubernetes.Models;
using Sluice.Local.Controllers.Endpoints;
using Sluice.Local.Controllers.StatefulSets;
using Sluice.Local.Controllers.Volumes;

namespace Sluice.Local.Controllers;

/// <summary>The controllers of the control plane, each a client of the API like any other.</summary>
internal static class ControllerSet
{
    /// <summary>Connects the controllers that need no node to the caches that they read.</summary>
    /// <param name="client">Writes.</param>
    /// <param name="informers">Read from.</param>
    /// <param name="events">Makes a recorder under a component's name.</param>
    /// <param name="hasNode">Whether there is a node to bind pods to.</param>
    /// <param name="log">Takes failures.</param>
    public static ControllerManager Create(
        KubernetesClient client, LocalInformers informers, Func<string, EventRecorder> events, bool hasNode, ILogger log)
    {
        var time = TimeProvider.System;
        var manager = new ControllerManager();
        foreach (var informer in informers.All) manager.Add(informer);

        Controller New(string name, IReconciler reconciler) => new(name, reconciler, null, log);
        var statefulSet = ResourceType.Of<StatefulSet>();
        return manager
            .Add(New("statefulset", new StatefulSetReconciler(client, informers, events("statefulset-controller"), time))
                .For(informers.StatefulSets)
                .Owns(informers.Pods, statefulSet)
                .Owns(informers.Revisions, statefulSet)
                .Watch(informers.Claims, c => SetsOf(informers, c)))
            .Add(New("scheduler", new Scheduler(client, informers, events("default-scheduler"), hasNode, time))
                .For(informers.Pods, change => change.Object.Spec?.NodeName is not { Length: > 0 })
                .Watch(informers.Claims, c => UsersOf(informers, c)))
            .Add(New("endpointslice", new EndpointSliceReconciler(client, informers))
                .For(informers.Services)
                .Watch(informers.Pods, p => ServicesOf(informers, p))
                .Watch(informers.Slices, ServiceOf))
            .Add(New("endpoints", new EndpointsReconciler(client, informers))
                .For(informers.Services)
                .Watch(informers.Pods, p => ServicesOf(informers, p))
                .Watch(informers.Endpoints, e => [ObjectKey.Of(e)]));
    }

    /// <summary>Adds the controllers that make the node's folders into volumes.</summary>
    public static ControllerManager AddVolumes(ControllerManager manager, KubernetesClient client, LocalInformers informers, string volumeFolder, ILogger log) => manager
        .Add(new Controller("volume-binder", new VolumeBinder(client, informers, volumeFolder), null, log).For(informers.Claims))
        .Add(new Controller("volume-reclaimer", new VolumeReclaimer(client, informers, volumeFolder), null, log)
            .For(informers.Volumes)
            .Watch(informers.Claims, c => VolumeOf(c), change => change.Type == InformerEventType.Deleted));

    private static IEnumerable<ObjectKey> UsersOf(LocalInformers informers, PersistentVolumeClaim claim) =>
        informers.Pods.Cache.List(claim.Metadata.Namespace)
            .Where(p => (p.Spec?.Volumes ?? []).Exists(v => v.PersistentVolumeClaim?.ClaimName == claim.Metadata.Name))
            .Select(p => ObjectKey.Of(p));

    /// <summary>A claim that somebody deleted under a set's pod is made again.</summary>
    private static IEnumerable<ObjectKey> SetsOf(LocalInformers informers, PersistentVolumeClaim claim) =>
        informers.StatefulSets.Cache.List(claim.Metadata.Namespace)
            .Where(s => (s.Spec?.VolumeClaimTemplates ?? []).Exists(
                t => claim.Metadata.Name!.StartsWith($"{t.Metadata.Name}-{s.Metadata.Name}-", StringComparison.Ordinal)))
            .Select(s => ObjectKey.Of(s));

    private static IEnumerable<ObjectKey> VolumeOf(PersistentVolumeClaim claim) =>
        claim.Spec?.VolumeName is { Length: > 0 } name ? [new ObjectKey("", name)] : [];

    private static IEnumerable<ObjectKey> ServicesOf(LocalInformers informers, Pod pod) =>
        informers.Services.Cache.List(pod.Metadata.Namespace)
            .Where(s => s.Spec?.Selector is { Count: > 0 } selector && Selectors.Matches(selector, pod.Metadata.Labels))
            .Select(s => ObjectKey.Of(s));

    private static IEnumerable<ObjectKey> ServiceOf(EndpointSlice slice) =>
        slice.Metadata.Labels?.GetValueOrDefault(EndpointSliceReconciler.ServiceLabel) is { } name
            ? [new ObjectKey(slice.Metadata.Namespace!, name)]
            : [];
}
