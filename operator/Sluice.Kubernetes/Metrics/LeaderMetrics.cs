using System.Diagnostics.Metrics;

namespace Sluice.Kubernetes.Metrics;

internal static class LeaderMetrics
{
    public static UpDownCounter<long> Master { get; } = KubernetesMetrics.Meter.CreateUpDownCounter<long>(
        "leader_election_master_status", description: "Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master.");
}
