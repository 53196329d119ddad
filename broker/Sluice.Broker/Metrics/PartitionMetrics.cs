using System.Diagnostics.Metrics;
using Sluice.Broker.Hosting;
using Sluice.Core.Partitions;

namespace Sluice.Broker.Metrics;

/// <summary>What the partitions hold.</summary>
internal sealed class PartitionMetrics
{
    private readonly ShardSurvey<PartitionStatistics[]> _shards;
    private readonly RenewedInstruments<(string Topic, int Partition)> _each;

    internal PartitionMetrics(BrokerMetrics metrics, IReadOnlyList<ShardLoop> loops)
    {
        _shards = new ShardSurvey<PartitionStatistics[]>(loops, [], shard => [.. shard.Partitions.Statistics()]);
        metrics.Meter.CreateObservableGauge("sluice_partitions", () => _shards.Latest.Sum(shard => (long)shard.Length), description: "Partitions on this broker");
        metrics.Meter.CreateObservableGauge(
            "sluice_partitions_offline", () => _shards.Latest.Sum(shard => shard.LongCount(p => !p.IsOnline)), description: "Partitions whose log does not work");
        _each = metrics.EachPartition;
        _each.Create(meter =>
        {
            Each(meter, "sluice_log_size_bytes", "Bytes of a partition's segments", p => p.SizeInBytes);
            Each(meter, "sluice_log_segments", "Segments of a partition's log", p => p.Segments);
            Each(meter, "sluice_log_start_offset", "First offset of a partition", p => p.LogStartOffset);
            Each(meter, "sluice_log_end_offset", "Offset that a partition's next record gets", p => p.LogEndOffset);
            meter.CreateObservableGauge(
                "sluice_log_retention_held_seconds",
                () => Online.Where(p => p.HeldMs > 0).Select(p => new Measurement<double>(p.HeldMs / 1000.0, Tags(p))),
                description: "How much longer than its topic asks for a partition keeps records, because of one whose time lies in the future");
        });
    }

    internal async Task RefreshAsync()
    {
        await _shards.RefreshAsync();
        _each.MakeRoomFor([.. Online.Select(p => (p.Topic, p.Partition))]);
    }

    private IEnumerable<PartitionStatistics> Online => _shards.Latest.SelectMany(shard => shard).Where(p => p.IsOnline);

    private void Each(Meter meter, string name, string description, Func<PartitionStatistics, long> read) =>
        meter.CreateObservableGauge(name, () => Online.Select(p => new Measurement<long>(read(p), Tags(p))), description: description);

    private static KeyValuePair<string, object?>[] Tags(PartitionStatistics p) => [new("topic", p.Topic), new("partition", p.Partition)];
}
