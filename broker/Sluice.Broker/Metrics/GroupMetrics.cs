using System.Diagnostics.Metrics;
using Sluice.Broker.Hosting;
using Sluice.Core.Groups;
using Sluice.Core.Shards;

namespace Sluice.Broker.Metrics;

/// <summary>
/// What the consumer groups of this broker come to. Only their shards may look, so each is asked by a message just before the metrics are
/// read, and a shard that does not answer in time is shown as it was.
/// </summary>
internal sealed class GroupMetrics
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly IReadOnlyList<ShardLoop> _loops;
    private readonly GroupStatistics[] _latest;

    internal GroupMetrics(Meter meter, IReadOnlyList<ShardLoop> loops)
    {
        _loops = loops;
        _latest = new GroupStatistics[loops.Count];
        Array.Fill(_latest, GroupStatistics.None);
        meter.CreateObservableGauge("sluice_groups", ByState, description: "Groups by state");
        Gauge(meter, "sluice_group_members", "Members of all groups", s => s.Members);
        Gauge(meter, "sluice_group_offsets", "Committed offsets of all groups", s => s.Offsets);
        Gauge(meter, "sluice_group_partitions_loading", "Partitions of __consumer_offsets whose groups are being read", s => s.Loading);
        Gauge(meter, "sluice_group_partitions_offline", "Partitions of __consumer_offsets whose groups are out of reach", s => s.Offline);
        Counter(meter, "sluice_group_rebalances_total", "Rebalances that were completed", s => s.Rebalances);
        Counter(meter, "sluice_group_offset_commits_total", "Offsets that were committed", s => s.OffsetCommits);
        Counter(meter, "sluice_group_offset_expirations_total", "Offsets that expired because nobody used them", s => s.OffsetExpirations);
    }

    internal Task RefreshAsync()
    {
        var answers = new Task[_loops.Count];
        for (int i = 0; i < answers.Length; i++)
        {
            var question = new Question(_latest);
            answers[i] = question.Answered;
            _loops[i].Enqueue(question);
        }
        return Task.WhenAny(Task.WhenAll(answers), Task.Delay(Patience));
    }

    private void Gauge(Meter meter, string name, string description, Func<GroupStatistics, long> read) =>
        meter.CreateObservableGauge(name, () => _latest.Sum(read), description: description);

    private void Counter(Meter meter, string name, string description, Func<GroupStatistics, long> read) =>
        meter.CreateObservableCounter(name, () => _latest.Sum(read), description: description);

    private IEnumerable<Measurement<long>> ByState()
    {
        foreach (GroupState state in Enum.GetValues<GroupState>())
        {
            // A dead group is no more.
            if (state != GroupState.Dead) yield return new Measurement<long>(_latest.Sum(s => s.ByState[(int)state]), new KeyValuePair<string, object?>("state", state.ToString()));
        }
    }

    private sealed class Question(GroupStatistics[] latest) : ShardTask
    {
        private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task Answered => _answered.Task;

        public override void Run(Shard shard)
        {
            latest[shard.Index] = shard.Groups.Statistics();
            _answered.SetResult();
        }
    }
}
