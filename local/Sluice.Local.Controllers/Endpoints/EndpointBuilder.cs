using k8s.Models;
using Sluice.Kubernetes.Models;

namespace Sluice.Local.Controllers.Endpoints;

/// <summary>The endpoints of a service, from the pods that its selector finds. Pure.</summary>
internal static class EndpointBuilder
{
    /// <summary>The pods behind a service that have an address, with what their ports are, grouped by equal ports.</summary>
    public static List<EndpointGroup> Groups(V1Service service, IEnumerable<V1Pod> pods)
    {
        var groups = new SortedDictionary<string, EndpointGroup>(StringComparer.Ordinal);
        foreach (var pod in pods.OrderBy(p => p.Metadata.Name, StringComparer.Ordinal))
        {
            if (!Selectors.Matches(service.Spec!.Selector, pod.Metadata.Labels)) continue;
            if (pod.Status?.PodIP is not { Length: > 0 } || pod.Status.Phase is "Succeeded" or "Failed") continue;
            var ports = Ports(service, pod);
            var key = string.Join(';', ports.Select(p => $"{p.Name}:{p.Protocol}:{p.Port}"));
            if (!groups.TryGetValue(key, out var group)) groups[key] = group = new EndpointGroup(ports, []);
            group.Pods.Add(pod);
        }
        return [.. groups.Values];
    }

    /// <summary>One pod as an endpoint.</summary>
    public static V1Endpoint ToEndpoint(V1Service service, V1Pod pod)
    {
        var ready = IsReady(pod);
        var terminating = pod.Metadata.DeletionTimestamp is not null;
        return new V1Endpoint
        {
            Addresses = [pod.Status!.PodIP!],
            Conditions = new V1EndpointConditions
            {
                Ready = service.Spec!.PublishNotReadyAddresses == true || (ready && !terminating),
                Serving = ready,
                Terminating = terminating,
            },
            Hostname = pod.Spec!.Hostname is { Length: > 0 } hostname && pod.Spec.Subdomain == service.Metadata.Name ? hostname : null,
            NodeName = pod.Spec.NodeName,
            TargetRef = new V1ObjectReference { Kind = "Pod", NamespaceProperty = pod.Metadata.NamespaceProperty, Name = pod.Metadata.Name, Uid = pod.Metadata.Uid },
        };
    }

    public static bool IsReady(V1Pod pod) => pod.Status?.Conditions?.Any(c => c.Type == "Ready" && c.Status == "True") == true;

    private static List<Discoveryv1EndpointPort> Ports(V1Service service, V1Pod pod)
    {
        var result = new List<Discoveryv1EndpointPort>();
        foreach (var port in service.Spec!.Ports ?? [])
        {
            var target = port.TargetPort ?? port.Port;
            var number = target.Number()
                ?? pod.Spec!.Containers.SelectMany(c => c.Ports ?? []).FirstOrDefault(p => p.Name == target.Value)?.ContainerPort;
            // A pod without a port of that name serves the other ports of the service.
            if (number is null) continue;
            result.Add(new Discoveryv1EndpointPort { Name = port.Name ?? "", Protocol = port.Protocol ?? "TCP", Port = number, AppProtocol = port.AppProtocol });
        }
        return result;
    }
}

/// <summary>Pods of a service whose ports have the same numbers.</summary>
internal sealed record EndpointGroup(List<Discoveryv1EndpointPort> Ports, List<V1Pod> Pods);
