using System.Text.Json.Nodes;
using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Controllers;
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
            if (present is not null) await client.TryDeleteAsync<V1Endpoints>(key.Namespace, key.Name, null, cancellation).ConfigureAwait(false);
            return ReconcileResult.Done;
        }
        if (service.Spec?.Selector is not { Count: > 0 }) return ReconcileResult.Done;
        var wanted = new V1Endpoints
        {
            Metadata = new V1ObjectMeta { Name = key.Name, NamespaceProperty = key.Namespace, Labels = new Dictionary<string, string>(service.Metadata.Labels.OrEmpty(), StringComparer.Ordinal) { [ManagerLabel] = "endpoint-controller" } },
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

    private static V1EndpointSubset Subset(V1Service service, EndpointGroup group)
    {
        var all = group.Pods.Select(p => (Pod: p, Endpoint: EndpointBuilder.ToEndpoint(service, p))).ToList();
        List<V1EndpointAddress>? Of(bool ready)
        {
            var addresses = all.Where(e => e.Endpoint.Conditions!.Ready == ready).Select(e => new V1EndpointAddress
            {
                Ip = e.Endpoint.Addresses[0],
                Hostname = e.Endpoint.Hostname,
                NodeName = e.Endpoint.NodeName,
                TargetRef = e.Endpoint.TargetRef,
            }).ToList();
            return addresses.Count == 0 ? null : addresses;
        }
        return new V1EndpointSubset
        {
            Addresses = Of(ready: true),
            NotReadyAddresses = Of(ready: false),
            Ports = [.. group.Ports.Select(p => new Corev1EndpointPort { Name = p.Name, Port = p.Port!.Value, Protocol = p.Protocol, AppProtocol = p.AppProtocol })],
        };
    }

    private static JsonObject Content(V1Endpoints endpoints) =>
        ApiJson.ToJsonObject(new V1Endpoints { Metadata = new() { Labels = endpoints.Metadata.Labels }, Subsets = endpoints.Subsets ?? [] });
}
