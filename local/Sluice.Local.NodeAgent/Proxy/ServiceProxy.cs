using System.Net;
using System.Net.Sockets;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Sluice.Kubernetes.Controllers;
using Sluice.Kubernetes.Events;
using Sluice.Kubernetes.Models;

namespace Sluice.Local.NodeAgent.Proxy;

/// <summary>
/// What kube-proxy is to a node: each TCP port of a service with a cluster IP is served on that address and forwarded to the
/// endpoints that are ready. The addresses are of 127.78.0.0/16, so this machine alone sees them. A headless service has
/// nothing to serve; node ports are served on 127.0.0.1; UDP is not forwarded.
/// </summary>
internal sealed class ServiceProxy(NodeInformers informers, EventRecorder events, ILogger log) : IReconciler, IAsyncDisposable
{
    private const string ServiceLabel = "kubernetes.io/service-name";
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, Dictionary<IPEndPoint, TcpForwarder>> _forwarders = [];

    /// <summary>The controller that keeps the forwarders as the services and their endpoints want them.</summary>
    public Controller CreateController() => new Controller("service-proxy", this, null, log)
        .For(informers.Services)
        .Watch(informers.Slices, s => s.GetLabel(ServiceLabel) is { } name
            ? [new ObjectKey(s.Metadata.NamespaceProperty!, name)]
            : []);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        var service = informers.Services.Cache.Get(key);
        var wanted = service is null ? [] : Wanted(service);
        Dictionary<IPEndPoint, TcpForwarder> present;
        lock (_lock)
        {
            if (!_forwarders.TryGetValue(key, out present!)) _forwarders[key] = present = [];
        }
        foreach (var (address, forwarder) in present.Where(p => !wanted.ContainsKey(p.Key)).ToArray())
        {
            present.Remove(address);
            await forwarder.DisposeAsync().ConfigureAwait(false);
        }
        var failed = false;
        foreach (var (address, endpoints) in wanted)
        {
            if (!present.TryGetValue(address, out var forwarder))
            {
                if (TryStart(service!, address) is not { } started)
                {
                    failed = true;
                    continue;
                }
                present[address] = forwarder = started;
            }
            forwarder.SetEndpoints(endpoints);
        }
        return failed ? ReconcileResult.After(RetryDelay) : ReconcileResult.Done;
    }

    public async ValueTask DisposeAsync()
    {
        TcpForwarder[] all;
        lock (_lock)
        {
            all = [.. _forwarders.Values.SelectMany(f => f.Values)];
            _forwarders.Clear();
        }
        foreach (var forwarder in all) await forwarder.DisposeAsync().ConfigureAwait(false);
    }

    private TcpForwarder? TryStart(V1Service service, IPEndPoint address)
    {
        try
        {
            return TcpForwarder.Start(address);
        }
        catch (SocketException e)
        {
            events.Warning(service, "FailedToListen", "Proxy", $"cannot listen on {address}: {e.Message}");
            return null;
        }
    }

    private Dictionary<IPEndPoint, List<IPEndPoint>> Wanted(V1Service service)
    {
        var result = new Dictionary<IPEndPoint, List<IPEndPoint>>();
        if (service.Metadata.DeletionTimestamp is not null || service.Spec?.Type == "ExternalName") return result;
        if (!IPAddress.TryParse(service.Spec?.ClusterIP, out var clusterIp)) return result;
        var slices = informers.Slices.Cache.List(service.Metadata.NamespaceProperty)
            .Where(s => s.GetLabel(ServiceLabel) == service.Metadata.Name)
            .ToList();
        foreach (var port in service.Spec!.Ports ?? [])
        {
            if ((port.Protocol ?? "TCP") != "TCP") continue;
            var endpoints = Endpoints(slices, port.Name ?? "");
            result[new IPEndPoint(clusterIp, port.Port)] = endpoints;
            if (port.NodePort is > 0) result[new IPEndPoint(IPAddress.Loopback, port.NodePort.Value)] = endpoints;
        }
        return result;
    }

    private static List<IPEndPoint> Endpoints(List<V1EndpointSlice> slices, string portName)
    {
        var result = new List<IPEndPoint>();
        foreach (var slice in slices)
        {
            var number = slice.Ports?.FirstOrDefault(p => (p.Name ?? "") == portName && (p.Protocol ?? "TCP") == "TCP")?.Port;
            if (number is null) continue;
            foreach (var endpoint in slice.Endpoints ?? [])
            {
                if (endpoint.Conditions?.Ready != false && IPAddress.TryParse(endpoint.Addresses.FirstOrDefault(), out var address))
                    result.Add(new IPEndPoint(address, number.Value));
            }
        }
        return result;
    }
}
