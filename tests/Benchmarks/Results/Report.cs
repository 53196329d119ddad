using Benchmarks.Workloads;

namespace Benchmarks.Results;

/// <summary>A workload that ended early; what it had measured until then is among the results.</summary>
/// <param name="Workload">Its name.</param>
/// <param name="Reason">What went wrong.</param>
internal sealed record Failure(string Workload, string Reason);

/// <summary>A finished run.</summary>
/// <param name="Command">How to do it again.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="Took">How long it took.</param>
/// <param name="Options">What was asked for.</param>
/// <param name="Systems">The brokers, in the order of the columns.</param>
/// <param name="Workloads">What was run.</param>
/// <param name="Results">What came out.</param>
/// <param name="Failures">What could not be measured.</param>
internal sealed record Report(
    string Command, DateTimeOffset StartedAt, TimeSpan Took, Options Options, IReadOnlyList<string> Systems, IReadOnlyList<Workload> Workloads, ResultSet Results, IReadOnlyList<Failure> Failures)
{
    /// <summary>The peer: ratios are Sluice's to it.</summary>
    internal const string Peer = "kafka";

    internal const string Own = "sluice";

    /// <summary>The columns of a workload: what was measured there, brokers first, then limits.</summary>
    internal string[] ColumnsOf(string workload) =>
        [.. Results.All.Where(s => s.Workload == workload).Select(s => s.System).Distinct().OrderBy(s => Systems.Contains(s) ? Systems.ToList().IndexOf(s) : int.MaxValue)];

    /// <summary>How many times better Sluice is than the peer; NaN when one of them is missing.</summary>
    internal double Advantage(string workload, string variant, Metric metric)
    {
        double own = Results.Median(workload, variant, Own, metric);
        double peer = Results.Median(workload, variant, Peer, metric);
        return metric.MoreIsBetter ? own / peer : peer / own;
    }
}
