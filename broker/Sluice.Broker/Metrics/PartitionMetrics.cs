using System.Diagnostics.Metrics;
using Sluice.Broker.Hosting;
using Sluice.Core.Partitions;
using Sluice.Core.Shards;

namespace Sluice.Broker.Metrics;

/// <summary>
/// What the partitions hold. Only their shards may look, so each is asked by a message just before the metrics are read, and a shard
/// that does not answer in time is shown as it was.
/// </summary>
internal sealed class PartitionMetrics
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly IReadOnlyList<ShardLoop> _loops;
    private readonly PartitionStatistics[][] _latest;

    internal PartitionMetrics(Meter meter, IReadOnlyList<ShardLoop> loops)
    {
        _loops = loops;
        _latest = new PartitionStatistics[loops.Count][];
        Array.Fill(_latest, []);
        meter.CreateObservableGauge("sluice_partitions", () => _latest.Sum(shard => (long)shard.Length), description: "Partitions on this broker");
        meter.CreateObservableGauge(
            "sluice_partitions_offline", () => _latest.Sum(shard => shard.LongCount(p => !p.IsOnline)), description: "Partitions whose log does not work");
        Each(meter, "sluice_log_size_bytes", "Bytes of a partition's segments", p => p.SizeInBytes);
        Each(meter, "sluice_log_segments", "Segments of a partition's log", p => p.Segments);
        Each(meter, "sluice_log_start_offset", "First offset of a partition", p => p.LogStartOffset);
        Each(meter, "sluice_log_end_offset", "Offset that a partition's next record gets", p => p.LogEndOffset);
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

    private void Each(Meter meter, string name, string description, Func<PartitionStatistics, long> read) => meter.CreateObservableGauge(
        name, () => _latest.SelectMany(shard => shard).Where(p => p.IsOnline).Select(p => new Measurement<long>(read(p), Tags(p))), description: description);

    private static KeyValuePair<string, object?>[] Tags(PartitionStatistics p) => [new("topic", p.Topic), new("partition", p.Partition)];

    private sealed class Question(PartitionStatistics[][] latest) : ShardTask
    {
        private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task Answered => _answered.Task;

        public override void Run(Shard shard)
        {
            latest[shard.Index] = [.. shard.Partitions.Statistics()];
            _answered.SetResult();
        }
    }
}
