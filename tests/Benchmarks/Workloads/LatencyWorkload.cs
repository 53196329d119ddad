using Benchmarks.Driving;
using Benchmarks.Results;
using Benchmarks.Servers;

namespace Benchmarks.Workloads;

/// <summary>
/// From the time at which a record should be sent to its arrival at a consumer, at half of the load that the slowest of the brokers
/// takes, the same for all.
/// </summary>
internal sealed class LatencyWorkload() : Workload("latency", "end to end at half of the slowest broker's load: batches of 10 records of 100 B, open loop")
{
    private const int Partitions = 8;
    private const double LengthOfAnInterval = 2;
    private static readonly ClosedLoop Load = new(Partitions, InFlight: 5);
    private static readonly BatchShape Shape = new(10, 100);

    internal override int IntervalsARound(int systems) => (int)LengthOfAnInterval * systems;

    internal override double OtherSeconds(int systems, int rounds) => systems * (3 + (rounds * 0.3));

    internal override void Run(BenchRun run)
    {
        BenchTopic[] topics = [.. run.Shared.Select(server => new BenchTopic(server, "latency", Partitions, Shape))];
        double rate = double.MaxValue;
        for (int i = 0; i < topics.Length; i++)
        {
            RunningServer server = run.Shared[i];
            for (int round = 0; round < 2; round++)
            {
                Interval interval = Load.Run(server.Address, () => server.CpuTime, topics[i].Frames, run.Options.Seconds, out ProduceTally tally);
                if (round > 0) rate = Math.Min(rate, tally.Requests / interval.Seconds / 2);
            }
        }
        string variant = $"{rate:0} requests/s";
        BenchRun.Say($"latency at {variant}");
        LatencyHistogram[] all = [.. run.Contestants.Select(_ => new LatencyHistogram())];
        run.Rounds((round, i) => Measure(run, variant, i, topics[i], rate, round == 0 ? null : all[i]));
        // The rarest are told from all rounds together: one round has too few of them.
        for (int i = 0; i < all.Length; i++)
        {
            foreach (double percentile in LatencyPercentiles.All)
                run.Add(this, LatencyPercentiles.VariantName, run.Contestants[i].Name, (LatencyPercentiles.MetricOf(percentile), all[i].Milliseconds(percentile / 100)));
        }
        foreach (BenchTopic topic in topics) topic.Dispose();
    }

    private void Measure(BenchRun run, string variant, int index, BenchTopic topic, double rate, LatencyHistogram? all)
    {
        RunningServer server = run.Shared[index];
        using var load = new OpenLoop(server.Address, topic.Frames, topic.Id, topic.Ends(), rate);
        load.Run(0.2);
        load.Latency.Clear();
        Interval interval = Interval.Of(server, () => load.Run(run.Options.Seconds * LengthOfAnInterval));
        load.Drain();
        if (all is null) return;
        all.Add(load.Latency);
        run.Add(
            this,
            variant,
            run.Contestants[index].Name,
            (Metric.P50, load.Latency.Milliseconds(0.5)),
            (Metric.P99, load.Latency.Milliseconds(0.99)),
            (Metric.P999, load.Latency.Milliseconds(0.999)),
            (Metric.P9999, load.Latency.Milliseconds(0.9999)),
            (Metric.Cores, interval.CpuSeconds / interval.Seconds));
    }
}

/// <summary>The points of the curve over all rounds.</summary>
internal static class LatencyPercentiles
{
    internal const string VariantName = "all rounds together";

    private static readonly Dictionary<double, Metric> Metrics =
        new double[] { 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 100 }.ToDictionary(p => p, p => new Metric($"p{p.ToString(System.Globalization.CultureInfo.InvariantCulture)} of all ms", false));

    internal static IEnumerable<double> All => Metrics.Keys;

    internal static Metric MetricOf(double percentile) => Metrics[percentile];
}
