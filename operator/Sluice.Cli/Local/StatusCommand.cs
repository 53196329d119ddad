using k8s.Models;
using Sluice.Cli.Output;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Configuration;
using Sluice.Operator.Resources;

namespace Sluice.Cli.Local;

/// <summary>`sluice status`: what runs and whether it is ready.</summary>
internal sealed class StatusCommand(StateDirectory state)
{
    public async Task<int> RunAsync()
    {
        if (InstanceLock.Holder(state) is not { } pid)
        {
            Console.Out.WriteLine($"Sluice does not run on {state.Root}. `sluice up` starts it.");
            return ExitCodes.NotRunning;
        }
        if (!File.Exists(state.KubeConfig)) throw new CommandException("the control plane is starting", ExitCodes.NotReady);
        using var client = new KubernetesClient(KubeConfig.Load(state.KubeConfig));
        var clusters = (await client.ListAsync<Cluster>(null).ConfigureAwait(false)).Items;
        var topics = (await client.ListAsync<Topic>(null).ConfigureAwait(false)).Items;
        var pods = (await client.ListAsync<V1Pod>(null).ConfigureAwait(false)).Items;

        Console.Out.WriteLine($"control plane  {client.Server.GetLeftPart(UriPartial.Authority)} (process {pid})");
        Console.Out.WriteLine();
        TextTable.Write(
            Console.Out, ["CLUSTER", "READY", "BOOTSTRAP", "MESSAGE"],
            clusters.Select(c => (Cluster: c, Readiness: Readiness.Of(c)))
                .Select(c => new[] { NameOf(c.Cluster.Metadata), YesNo(c.Readiness.IsReady), c.Cluster.Status?.BootstrapAddress ?? "", c.Readiness.Reason }));
        TextTable.Write(
            Console.Out, ["TOPIC", "READY", "CLUSTER", "PARTITIONS", "MESSAGE"],
            topics.Select(t => (Topic: t, Readiness: Readiness.Of(t)))
                .Select(t => new[] { NameOf(t.Topic.Metadata), YesNo(t.Readiness.IsReady), t.Topic.Spec.ClusterRef.Name, $"{t.Topic.Spec.Partitions}", t.Readiness.Reason }));
        TextTable.Write(Console.Out, ["POD", "STATUS", "RESTARTS", "ADDRESS"], pods.Select(p => new[]
        {
            NameOf(p.Metadata),
            p.Status?.ContainerStatuses?.FirstOrDefault(c => c.State?.Waiting is not null)?.State!.Waiting!.Reason ?? p.Status?.Phase ?? "Pending",
            $"{p.Status?.ContainerStatuses?.Sum(c => c.RestartCount) ?? 0}",
            p.Status?.PodIP ?? "",
        }));
        var ready = clusters.Select(Readiness.Of).Concat(topics.Select(Readiness.Of)).All(r => r.IsReady);
        return ready ? ExitCodes.Done : ExitCodes.NotReady;
    }

    private static string NameOf(V1ObjectMeta metadata) =>
        metadata.NamespaceProperty is "default" or null ? metadata.Name! : $"{metadata.NamespaceProperty}/{metadata.Name}";

    private static string YesNo(bool value) => value ? "yes" : "no";
}
