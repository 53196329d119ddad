using Sluice.Kubernetes.Models;
using Sluice.Operator.Resources;

namespace Sluice.Operator.Desired;

/// <summary>The services of a cluster.</summary>
internal static class ServiceBuilder
{
    /// <summary>Gives each pod a name, also before it is ready: brokers must find each other to become so.</summary>
    public static Service Headless(Cluster cluster, ClusterNames names) => new()
    {
        Metadata = { Name = names.HeadlessService, Namespace = names.Namespace, Labels = names.Labels() },
        Spec = new ServiceSpec
        {
            Type = "ClusterIP",
            ClusterIP = "None",
            PublishNotReadyAddresses = true,
            Selector = names.Selector(),
            Ports = [.. KafkaPorts(cluster), new ServicePort { Name = "http", Port = cluster.Spec.Metrics.Port, TargetPort = "http", Protocol = "TCP" }],
        },
    };

    /// <summary>One address for clients, which leads to any broker that is ready.</summary>
    public static Service Bootstrap(Cluster cluster, ClusterNames names) => new()
    {
        Metadata = { Name = names.BootstrapService, Namespace = names.Namespace, Labels = names.Labels() },
        Spec = new ServiceSpec { Type = "ClusterIP", Selector = names.Selector(), Ports = [.. KafkaPorts(cluster)] },
    };

    private static IEnumerable<ServicePort> KafkaPorts(Cluster cluster) =>
        cluster.Spec.Listeners.Select(listener => new ServicePort { Name = listener.Name, Port = listener.Port, TargetPort = listener.Name, Protocol = "TCP" });
}
