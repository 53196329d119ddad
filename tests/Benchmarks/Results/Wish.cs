using Benchmarks.Workloads;

namespace Benchmarks.Results;

/// <summary>A goal that the project has set itself, and whether a run reached it.</summary>
internal sealed record Wish(string What, string Wanted, string Found, bool IsMet)
{
    /// <summary>The goals of which the run has measured something.</summary>
    internal static IEnumerable<Wish> Of(Report report)
    {
        List<Wish?> all =
        [
            .. Variants(report, "produce").Select(v => AgainstPeer(report, "produce", v, Metric.RecordsACpuSecond, 2)),
            AgainstPeer(report, "fetch", "1 MiB", Metric.CpuMillisecondsAGigabyte, 2),
            AgainstSendfile(report),
            .. Variants(report, "latency").Select(v => AgainstPeer(report, "latency", v, Metric.P99, 2)),
            Beside(report),
            AgainstPeer(report, "start", "after a stop", Metric.Milliseconds, 20),
            AgainstPeer(report, "memory", "idle", Metric.Megabytes, 8),
            Loss(report, "1000", 0.10),
            Loss(report, "10000", 0.25),
        ];
        return all.OfType<Wish>();
    }

    private static IEnumerable<string> Variants(Report report, string workload) =>
        report.Results.All.Where(s => s.Workload == workload).Select(s => s.Variant).Distinct();

    private static Wish? AgainstPeer(Report report, string workload, string variant, Metric metric, double times)
    {
        double found = report.Advantage(workload, variant, metric);
        return double.IsNaN(found) ? null : new Wish($"{workload}, {variant}: {metric.Name}", $"{times:0} × better than Kafka", MarkdownReport.Ratio(found), found >= times);
    }

    private static Wish? AgainstSendfile(Report report)
    {
        double share = report.Results.Median("fetch", "1 MiB", FetchWorkload.Raw, Metric.CpuMillisecondsAGigabyte) / report.Results.Median("fetch", "1 MiB", Report.Own, Metric.CpuMillisecondsAGigabyte);
        return double.IsNaN(share) ? null : new Wish("fetch: bytes a CPU second", "0.9 of the raw sendfile loop", MarkdownReport.Number(share), share >= 0.9);
    }

    private static Wish? Beside(Report report)
    {
        double times = report.Results.Median("catchup", "live beside", Report.Own, Metric.P99) / report.Results.Median("catchup", "live alone", Report.Own, Metric.P99);
        return double.IsNaN(times) ? null : new Wish("catchup: live p99 beside a cold reader", "less than doubled", MarkdownReport.Ratio(times), times < 2);
    }

    private static Wish? Loss(Report report, string partitions, double most)
    {
        double loss = 1 - (report.Results.Median("partitions", partitions, Report.Own, Metric.RecordsASecond) / report.Results.Median("partitions", "1", Report.Own, Metric.RecordsASecond));
        return double.IsNaN(loss) ? null : new Wish($"partitions: records/s lost at {partitions}", $"less than {most:0 %}", $"{loss:0 %}", loss < most);
    }
}
