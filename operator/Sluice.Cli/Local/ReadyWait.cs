using k8s.Models;
using Sluice.Cli.Output;
using Sluice.Client;
using Sluice.Client.Admin;
using Sluice.Kubernetes.Client;
using Sluice.Operator.Resources;

namespace Sluice.Cli.Local;

/// <summary>
/// Waits until every cluster and topic is ready, and tells which one it waits for and why. After a stop the API still holds what
/// was true before it, so a cluster's pods must be ready too, and its brokers must answer.
/// </summary>
internal sealed class ReadyWait(KubernetesClient client, IReporter reporter)
{
    private const string ClusterLabel = "sluice.dev/cluster";
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(2);
    private readonly HashSet<string> _answered = new(StringComparer.Ordinal);

    /// <summary>Waits; gives the clusters.</summary>
    /// <exception cref="CommandException">The time is over; the message says what was not ready.</exception>
    public async Task<IReadOnlyList<Cluster>> RunAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        var end = DateTimeOffset.UtcNow + timeout;
        var told = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            var clusters = (await client.ListAsync<Cluster>(null, null, cancellation).ConfigureAwait(false)).Items;
            var topics = (await client.ListAsync<Topic>(null, null, cancellation).ConfigureAwait(false)).Items;
            var pods = (await client.ListAsync<V1Pod>(null, new ListOptions { LabelSelector = ClusterLabel }, cancellation).ConfigureAwait(false)).Items;
            List<Readiness> all = [.. await Task.WhenAll(clusters.Select(c => Look(c, pods, cancellation))).ConfigureAwait(false), .. topics.Select(Readiness.Of)];
            foreach (var ready in all.Where(r => r.IsReady && told.Add(r.Name))) reporter.Done($"{ready.Name} is ready");
            var missing = all.Where(r => !r.IsReady).ToList();
            if (missing.Count == 0) return clusters;
            reporter.Waiting($"waiting for {string.Join(", ", missing.Select(m => m.Name))}: {missing[0].Reason}");
            if (DateTimeOffset.UtcNow > end)
                throw new CommandException($"not ready within {timeout.TotalSeconds:0} s: {string.Join("; ", missing.Select(m => $"{m.Name}: {m.Reason}"))}", ExitCodes.NotReady);
            await Task.Delay(Period, cancellation).ConfigureAwait(false);
        }
    }

    // The status of a cluster that was stopped and started again is the old one until the operator has looked; its brokers do not lie.
    private async Task<Readiness> Look(Cluster cluster, List<V1Pod> pods, CancellationToken cancellation)
    {
        Readiness readiness = Readiness.Of(cluster);
        if (!readiness.IsReady || _answered.Contains(readiness.Name)) return readiness;
        if (pods.Find(p => IsOf(p, cluster) && !IsReady(p)) is { } waiting) return readiness with { IsReady = false, Reason = $"pod {waiting.Metadata.Name} is not ready" };
        var options = new ClientOptions { BootstrapServers = cluster.Status?.BootstrapAddress ?? "", ConnectTimeout = AnswerTimeout, RequestTimeout = AnswerTimeout };
        try
        {
            await using var admin = new AdminClient(options);
            await admin.DescribeClusterAsync(cancellation).ConfigureAwait(false);
            _answered.Add(readiness.Name);
            return readiness;
        }
        catch (Exception e) when (e is BrokerUnreachableException or KafkaException or FormatException)
        {
            return readiness with { IsReady = false, Reason = e.Message };
        }
    }

    private static bool IsOf(V1Pod pod, Cluster cluster) =>
        pod.Metadata.NamespaceProperty == cluster.Metadata.NamespaceProperty && pod.GetLabel(ClusterLabel) == cluster.Metadata.Name;

    private static bool IsReady(V1Pod pod) => pod.Status?.Conditions?.Any(c => c.Type == "Ready" && c.Status == "True") == true;
}
