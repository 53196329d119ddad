using System.Text.Json.Nodes;
using Sluice.Kubernetes;
using Sluice.Kubernetes.Models;
using Sluice.Kubernetes.Serialization;

namespace Sluice.Local.Controllers.Endpoints;

/// <summary>Keeps the older form of a service's endpoints, one object of the service's name, for the clients that still read it.</summary>
internal sealed class EndpointsController(KubernetesClient client, ControllerInformers informers) : IReconciler
{
    private const string ManagerLabel = "endpoints.kubernetes.io/managed-by";

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        var present = informers.Endpoints.Cache.Get(key);
        if (informers.Services.Cache.Get(key) is not { } service || service.Metadata.DeletionTimestamp is not null)
        {
            // Owned by nobody, as in Kubernetes; so it is this controller's to delete.
            if (present is not null) await client.TryDeleteAsync<Kubernetes.Models.Endpoints>(key.Namespace, key.Name, null, cancellation).ConfigureAwait(false);
            return ReconcileResult.Done;
        }
        if (service.Spec?.Selector is not { Count: > 0 }) return ReconcileResult.Done;
        var wanted = new Kubernetes.Models.Endpoints
        {
            Metadata = new ObjectMeta { Name = key.Name, Namespace = key.Namespace, Labels = new(service.Metadata.Labels ?? [], StringComparer.Ordinal) { [ManagerLabel] = "endpoint-controller" } },
            Subsets = [.. EndpointBuilder.Groups(service, informers.Pods.Cache.List(key.Namespace)).Select(g => Subset(service, g))],
        };
        if (present is null)
        {
            await client.CreateAsync(wanted, null, cancellation).ConfigureAwait(false);
        }
        else if (!JsonNode.DeepEquals(Content(wanted), Content(present)))
        {
            wanted.Metadata.ResourceVersion = present.Metadata.ResourceVersion;
            await client.UpdateAsync(wanted, null, cancellation).ConfigureAwait(false);
        }
        return ReconcileResult.Done;
    }

    private static EndpointSubset Subset(Service service, EndpointGroup group)
    {
        var all = group.Pods.Select(p => (Pod: p, Endpoint: EndpointBuilder.ToEndpoint(service, p))).ToList();
        List<EndpointAddress>? Of(bool ready)
        {
            var addresses = all.Where(e => e.Endpoint.Conditions!.Ready == ready).Select(e => new EndpointAddress
            {
                Ip = e.Endpoint.Addresses[0],
                Hostname = e.Endpoint.Hostname,
                NodeName = e.Endpoint.NodeName,
                TargetRef = e.Endpoint.TargetRef,
            }).ToList();
            return addresses.Count == 0 ? null : addresses;
        }
        return new EndpointSubset
        {
            Addresses = Of(ready: true),
            NotReadyAddresses = Of(ready: false),
            Ports = [.. group.Ports.Select(p => new CoreEndpointPort { Name = p.Name, Port = p.Port!.Value, Protocol = p.Protocol, AppProtocol = p.AppProtocol })],
        };
    }

    private static JsonObject Content(Kubernetes.Models.Endpoints endpoints) =>
        KubernetesJson.ToJsonObject(new Kubernetes.Models.Endpoints { Metadata = new() { Labels = endpoints.Metadata.Labels }, Subsets = endpoints.Subsets ?? [] });
}
