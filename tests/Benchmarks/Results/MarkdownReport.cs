using System.Globalization;
using System.Text;
using Benchmarks.Workloads;

namespace Benchmarks.Results;

/// <summary>The tables of a run.</summary>
internal static class MarkdownReport
{
    internal static string Write(Report report)
    {
        var text = new StringBuilder();
        text.AppendLine("# Benchmarks").AppendLine();
        text.AppendLine("Apache Kafka 4.3.1 and Sluice on one machine, each as one node with its default settings, alternately in one run; medians of "
            + $"{report.Options.Rounds} rounds. The last column tells how many times better Sluice is than Kafka. Processor time is the server's alone.").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"- command: `{report.Command}`");
        text.AppendLine(CultureInfo.InvariantCulture, $"- {report.StartedAt:yyyy-MM-dd HH:mm} UTC, {report.Took.TotalMinutes:0.0} minutes, about {report.Options.Seconds:0.0} s a measurement");
        text.AppendLine(CultureInfo.InvariantCulture, $"- machine: {Machine.Describe()}; the driver runs beside the server and takes one of the processors");
        text.AppendLine("- `driver`: what the driver reaches against a server that answers each request at once with the same bytes");
        if (report.Options.OutFolder is not null) text.AppendLine().AppendLine("![The figures as a picture](bench.svg)");
        foreach (Failure failure in report.Failures) text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"**{failure.Workload} ended early**: {failure.Reason.ReplaceLineEndings(" ")}");
        AppendWishes(text, report);
        foreach (Workload workload in report.Workloads) Append(text, report, workload);
        return text.ToString();
    }

    private static void AppendWishes(StringBuilder text, Report report)
    {
        Wish[] wishes = [.. Wish.Of(report)];
        if (wishes.Length == 0) return;
        text.AppendLine().AppendLine("## Wanted and found").AppendLine();
        text.AppendLine("| what | wanted | found | |").AppendLine("|---|---|---|---|");
        foreach (Wish wish in wishes) text.AppendLine($"| {wish.What} | {wish.Wanted} | {wish.Found} | {(wish.IsMet ? "met" : "missed")} |");
    }

    private static void Append(StringBuilder text, Report report, Workload workload)
    {
        string[] columns = report.ColumnsOf(workload.Name);
        if (columns.Length == 0) return;
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"## {workload.Name}: {workload.Summary}").AppendLine();
        text.AppendLine($"| | | {string.Join(" | ", columns)} | |");
        text.AppendLine($"|---|---|{string.Concat(columns.Select(_ => "---:|"))}---:|");
        string? before = null;
        foreach (Series row in report.Results.All.Where(s => s.Workload == workload.Name).DistinctBy(s => (s.Variant, s.Metric)).OrderBy(s => Order(report, s)))
        {
            IEnumerable<string> cells = columns.Select(column => Number(report.Results.Median(workload.Name, row.Variant, column, row.Metric)));
            string ratio = Ratio(report.Advantage(workload.Name, row.Variant, row.Metric));
            text.AppendLine($"| {(row.Variant == before ? "" : row.Variant)} | {row.Metric.Name} | {string.Join(" | ", cells)} | {ratio} |");
            before = row.Variant;
        }
    }

    /// <summary>Variants in the order in which they began; the metrics of one together.</summary>
    private static int Order(Report report, Series series) =>
        report.Results.All.ToList().FindIndex(s => s.Workload == series.Workload && s.Variant == series.Variant);

    internal static string Ratio(double ratio) => double.IsFinite(ratio) ? Number(ratio) + " ×" : "";

    /// <summary>Three digits that count, and no exponent.</summary>
    internal static string Number(double value)
    {
        if (!double.IsFinite(value)) return "";
        double size = Math.Abs(value);
        string format = size >= 1000 ? "#,0" : size >= 100 ? "0" : size >= 10 ? "0.0" : size >= 0.1 ? "0.00" : size >= 0.001 ? "0.0000" : "0";
        return value.ToString(format, CultureInfo.InvariantCulture);
    }
}
