using System.Diagnostics.Metrics;
using Sluice.Core.Nodes;

namespace Sluice.Broker.Metrics;

/// <summary>What was found wrong in the data directory.</summary>
internal static class DirectoryMetrics
{
    internal static void Register(Meter meter, Func<NodeContext?> node)
    {
        meter.CreateObservableGauge(
            "sluice_disk_full", () => node()?.Logs.Reserve.IsSpent == true ? 1 : 0, description: "1 while clients' records are refused because the disk is full");
        meter.CreateObservableGauge(
            "sluice_stray_directories", () => node()?.Findings.Strays ?? 0, description: "Partition directories that the metadata does not know and that are kept");
        meter.CreateObservableGauge(
            "sluice_partitions_lost_records", () => node()?.Findings.PartitionsWithLoss ?? 0, description: "Partitions that the start found without records that had been flushed");
    }
}
