using System.Diagnostics.Metrics;
using Sluice.Broker.Hosting;
using Sluice.Core.Groups;
using Sluice.Core.Groups.Coordination;

namespace Sluice.Broker.Metrics;

/// <summary>What the consumer groups of this broker come to.</summary>
internal sealed class GroupMetrics
{
    private readonly ShardSurvey<GroupStatistics> _shards;

    internal GroupMetrics(Meter meter, IReadOnlyList<ShardLoop> loops)
    {
        _shards = new ShardSurvey<GroupStatistics>(loops, GroupStatistics.None, shard => shard.Groups.Statistics());
        meter.CreateObservableGauge("sluice_groups", ByState, description: "Groups by state");
        Gauge(meter, "sluice_group_members", "Members of all groups", s => s.Members);
        Gauge(meter, "sluice_group_offsets", "Committed offsets of all groups", s => s.Offsets);
        Gauge(meter, "sluice_group_partitions_loading", "Partitions of __consumer_offsets whose groups are being read", s => s.Loading);
        Gauge(meter, "sluice_group_partitions_offline", "Partitions of __consumer_offsets whose groups are out of reach", s => s.Offline);
        Counter(meter, "sluice_group_rebalances_total", "Rebalances that were completed", s => s.Rebalances);
        Counter(meter, "sluice_group_offset_commits_total", "Offsets that were committed", s => s.OffsetCommits);
        Counter(meter, "sluice_group_offset_expirations_total", "Offsets that expired because nobody used them", s => s.OffsetExpirations);
    }

    internal Task RefreshAsync() => _shards.RefreshAsync();

    private void Gauge(Meter meter, string name, string description, Func<GroupStatistics, long> read) =>
        meter.CreateObservableGauge(name, () => _shards.Latest.Sum(read), description: description);

    private void Counter(Meter meter, string name, string description, Func<GroupStatistics, long> read) =>
        meter.CreateObservableCounter(name, () => _shards.Latest.Sum(read), description: description);

    private IEnumerable<Measurement<long>> ByState()
    {
        foreach (GroupState state in Enum.GetValues<GroupState>())
        {
            // A dead group is no more.
            if (state != GroupState.Dead) yield return new Measurement<long>(_shards.Latest.Sum(s => s.ByState[(int)state]), new KeyValuePair<string, object?>("state", state.ToString()));
        }
    }
}
