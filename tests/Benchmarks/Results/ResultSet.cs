namespace Benchmarks.Results;

/// <summary>What is measured of a system.</summary>
/// <param name="Name">As the tables have it, with its unit.</param>
/// <param name="MoreIsBetter">Or less.</param>
internal sealed record Metric(string Name, bool MoreIsBetter)
{
    internal static readonly Metric RecordsASecond = new("records/s", true);
    internal static readonly Metric RequestsASecond = new("requests/s", true);
    internal static readonly Metric MegabytesASecond = new("MB/s", true);
    internal static readonly Metric RecordsACpuSecond = new("records a CPU second", true);
    internal static readonly Metric CpuMicrosecondsARequest = new("CPU µs a request", false);
    internal static readonly Metric CpuMillisecondsAGigabyte = new("CPU ms a GB", false);
    internal static readonly Metric Cores = new("CPU seconds a second", false);
    internal static readonly Metric P50 = new("p50 ms", false);
    internal static readonly Metric P99 = new("p99 ms", false);
    internal static readonly Metric P999 = new("p99.9 ms", false);
    internal static readonly Metric P9999 = new("p99.99 ms", false);
    internal static readonly Metric Milliseconds = new("ms", false);
    internal static readonly Metric CpuMilliseconds = new("CPU ms", false);
    internal static readonly Metric Megabytes = new("MB", false);
    internal static readonly Metric Kilobytes = new("KB", false);
}

/// <summary>One metric of one system in one variant of a workload, once a round.</summary>
internal sealed class Series(string workload, string variant, string system, Metric metric)
{
    internal string Workload { get; } = workload;

    internal string Variant { get; } = variant;

    internal string System { get; } = system;

    internal Metric Metric { get; } = metric;

    internal List<double> Values { get; } = [];

    internal double Median => MedianOf(Values);

    internal static double MedianOf(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Where(v => !double.IsNaN(v)).Order()];
        if (sorted.Length == 0) return double.NaN;
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }
}

/// <summary>All that a run has measured, in the order in which it was measured first.</summary>
internal sealed class ResultSet
{
    private readonly List<Series> _all = [];

    internal IReadOnlyList<Series> All => _all;

    internal void Add(string workload, string variant, string system, Metric metric, double value)
    {
        if (Find(workload, variant, system, metric) is not { } series) _all.Add(series = new Series(workload, variant, system, metric));
        series.Values.Add(value);
    }

    internal Series? Find(string workload, string variant, string system, Metric metric) =>
        _all.Find(s => s.Workload == workload && s.Variant == variant && s.System == system && s.Metric == metric);

    internal double Median(string workload, string variant, string system, Metric metric) => Find(workload, variant, system, metric)?.Median ?? double.NaN;
}
