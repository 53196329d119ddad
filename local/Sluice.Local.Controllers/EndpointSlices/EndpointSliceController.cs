using System.Globalization;
using System.Text.Json.Nodes;
using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Controllers;
using Sluice.Kubernetes.Models;
using Sluice.Kubernetes.Serialization;
using Sluice.Local.Controllers.Endpoints;

namespace Sluice.Local.Controllers.EndpointSlices;

/// <summary>Keeps the EndpointSlices of services with a selector.</summary>
internal sealed class EndpointSliceController(KubernetesClient client, ControllerInformers informers) : IReconciler
{
    public const string ServiceLabel = "kubernetes.io/service-name";
    private const string ManagerLabel = "endpointslice.kubernetes.io/managed-by";
    private const string Manager = "endpointslice-controller.k8s.io";

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        var present = informers.Slices.Cache.List(key.Namespace)
            .Where(s => s.GetLabel(ServiceLabel) == key.Name && s.GetLabel(ManagerLabel) == Manager)
            .ToDictionary(s => s.Metadata.Name!, StringComparer.Ordinal);
        var service = informers.Services.Cache.Get(key);
        if (service is not null && service.Metadata.DeletionTimestamp is null && service.Spec?.Selector is { Count: > 0 })
        {
            foreach (var slice in Slices(service))
            {
                present.Remove(slice.Metadata.Name!, out var old);
                await WriteAsync(slice, old, cancellation).ConfigureAwait(false);
            }
        }
        foreach (var surplus in present.Values)
            await client.TryDeleteAsync<V1EndpointSlice>(key.Namespace, surplus.Metadata.Name!, null, cancellation).ConfigureAwait(false);
        return ReconcileResult.Done;
    }

    private List<V1EndpointSlice> Slices(V1Service service)
    {
        var groups = EndpointBuilder.Groups(service, informers.Pods.Cache.List(service.Metadata.NamespaceProperty));
        // A service without pods has one slice without endpoints, as a sign that it was looked at.
        if (groups.Count == 0) groups.Add(new([], []));
        return [.. groups.Select((group, index) => new V1EndpointSlice
        {
            AddressType = "IPv4",
            Metadata = new V1ObjectMeta
            {
                Name = string.Create(CultureInfo.InvariantCulture, $"{service.Metadata.Name}-{index}"),
                NamespaceProperty = service.Metadata.NamespaceProperty,
                Labels = new Dictionary<string, string>(service.Metadata.Labels.OrEmpty(), StringComparer.Ordinal) { [ServiceLabel] = service.Metadata.Name!, [ManagerLabel] = Manager },
                OwnerReferences = [OwnerReferences.ControllerOf(service)],
            },
            Ports = group.Ports,
            Endpoints = [.. group.Pods.Select(p => EndpointBuilder.ToEndpoint(service, p))],
        })];
    }

    private async Task WriteAsync(V1EndpointSlice wanted, V1EndpointSlice? present, CancellationToken cancellation)
    {
        if (present is null)
        {
            await client.CreateAsync(wanted, null, cancellation).ConfigureAwait(false);
        }
        else if (!JsonNode.DeepEquals(Content(wanted), Content(present)))
        {
            wanted.Metadata.ResourceVersion = present.Metadata.ResourceVersion;
            await client.UpdateAsync(wanted, null, cancellation).ConfigureAwait(false);
        }
    }

    private static JsonObject Content(V1EndpointSlice slice) => ApiJson.ToJsonObject(
        new V1EndpointSlice { AddressType = slice.AddressType, Metadata = new() { Labels = slice.Metadata.Labels }, Ports = slice.Ports ?? [], Endpoints = slice.Endpoints ?? [] });
}
