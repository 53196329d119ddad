using k8s.Models;
using Sluice.Operator.Resources;

namespace Sluice.Operator.Desired;

/// <summary>The services of a cluster.</summary>
internal static class ServiceBuilder
{
    /// <summary>Gives each pod a name, also before it is ready: brokers must find each other to become so.</summary>
    public static V1Service Headless(Cluster cluster, ClusterNames names) => new()
    {
        Metadata = new() { Name = names.HeadlessService, NamespaceProperty = names.Namespace, Labels = names.Labels() },
        Spec = new V1ServiceSpec
        {
            Type = "ClusterIP",
            ClusterIP = "None",
            PublishNotReadyAddresses = true,
            Selector = names.Selector(),
            Ports = [.. KafkaPorts(cluster), new V1ServicePort { Name = "http", Port = cluster.Spec.Metrics.Port, TargetPort = "http", Protocol = "TCP" }],
        },
    };

    /// <summary>One address for clients, which leads to any broker that is ready.</summary>
    public static V1Service Bootstrap(Cluster cluster, ClusterNames names) => new()
    {
        Metadata = new() { Name = names.BootstrapService, NamespaceProperty = names.Namespace, Labels = names.Labels() },
        Spec = new V1ServiceSpec { Type = "ClusterIP", Selector = names.Selector(), Ports = [.. KafkaPorts(cluster)] },
    };

    private static IEnumerable<V1ServicePort> KafkaPorts(Cluster cluster) =>
        cluster.Spec.Listeners.Select(listener => new V1ServicePort { Name = listener.Name, Port = listener.Port, TargetPort = listener.Name, Protocol = "TCP" });
}
