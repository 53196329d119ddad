using System.Globalization;
using System.Text;
using Benchmarks.Workloads;

namespace Benchmarks.Results;

/// <summary>A run as one picture: how many times better Sluice is, the curve of latencies, and what partitions and connections cost.</summary>
internal static class SvgPlot
{
    private const int Width = 960;
    private const int Margin = 24;
    private const int BarHeight = 18;
    private const int LabelWidth = 330;
    private const int ChartHeight = 260;
    private static readonly string[] Colours = ["#b0413e", "#2a6f97", "#6a994e", "#7b5ea7"];

    internal static string Write(Report report)
    {
        var body = new StringBuilder();
        int y = Margin + 16;
        y = Bars(body, report, y);
        y = Chart(body, report, y, "End-to-end latency in ms by percentile", Latencies(report), isLogarithmic: true);
        y = Chart(body, report, y, "Records a CPU second by partitions", Counts(report, "partitions"), isLogarithmic: false);
        y = Chart(body, report, y, "Records a CPU second by connections", Counts(report, "connections"), isLogarithmic: false);
        return $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{Width}" height="{y}" viewBox="0 0 {Width} {y}" font-family="sans-serif" font-size="12">
            <rect width="100%" height="100%" fill="white"/>
            {body}</svg>

            """;
    }

    /// <summary>The figures that the goals are about.</summary>
    private static IEnumerable<(string Label, double Times)> Advantages(Report report)
    {
        foreach ((string workload, string? only, Metric metric) in new (string, string?, Metric)[]
        {
            ("produce", null, Metric.RecordsACpuSecond), ("fetch", null, Metric.CpuMillisecondsAGigabyte), ("latency", null, Metric.P50), ("latency", null, Metric.P99),
            ("latency", null, Metric.P9999), ("catchup", "live beside", Metric.P99), ("start", null, Metric.Milliseconds), ("restart", null, Metric.Milliseconds),
            ("memory", null, Metric.Cores), ("memory", null, Metric.Megabytes), ("memory", null, Metric.Kilobytes),
        })
        {
            IEnumerable<string> variants = report.Results.All.Where(s => s.Workload == workload && s.Metric == metric && s.System == Report.Own).Select(s => s.Variant);
            foreach (string variant in variants.Where(v => only is null || v == only))
            {
                double times = report.Advantage(workload, variant, metric);
                if (times > 0 && double.IsFinite(times)) yield return ($"{workload} {variant}: {metric.Name}", times);
            }
        }
    }

    private static int Bars(StringBuilder body, Report report, int y)
    {
        (string Label, double Times)[] bars = [.. Advantages(report)];
        if (bars.Length == 0) return y;
        Text(body, Margin, y, "How many times better Sluice is than Apache Kafka (logarithmic)", "bold");
        y += 12;
        double most = Math.Max(10, bars.Max(b => b.Times));
        double least = Math.Min(0.5, bars.Min(b => b.Times));
        double Place(double times) => LabelWidth + ((Width - LabelWidth - 70) * Math.Log(times / least) / Math.Log(most / least));
        int bottom = y + (bars.Length * BarHeight);
        foreach (double line in new[] { 0.1, 1, 2, 8, 20, 100 }.Where(t => t >= least && t <= most))
        {
            body.AppendLine(Invariant($"<line x1='{Place(line):0.0}' y1='{y}' x2='{Place(line):0.0}' y2='{bottom}' stroke='{(line == 1 ? "black" : "#ccc")}'/>"));
            Text(body, Place(line), bottom + 12, MarkdownReport.Number(line), anchor: "middle", colour: "#666");
        }
        foreach ((string label, double times) in bars)
        {
            (double from, double to) = times >= 1 ? (Place(1), Place(times)) : (Place(times), Place(1));
            Text(body, LabelWidth - 8, y + 13, label, anchor: "end");
            body.AppendLine(Invariant($"<rect x='{from:0.0}' y='{y + 3}' width='{to - from:0.0}' height='{BarHeight - 5}' fill='{(times >= 1 ? Colours[1] : Colours[0])}'/>"));
            Text(body, Place(times) + 4, y + 13, MarkdownReport.Number(times), colour: "#333");
            y += BarHeight;
        }
        return y + 48;
    }

    private static Dictionary<string, List<(string X, double Y)>> Latencies(Report report) => report.Systems.ToDictionary(
        system => system,
        system => LatencyPercentiles.All.Select(p => (X: p.ToString(CultureInfo.InvariantCulture), Y: report.Results.Median("latency", LatencyPercentiles.VariantName, system, LatencyPercentiles.MetricOf(p))))
            .Where(point => !double.IsNaN(point.Y)).ToList());

    private static Dictionary<string, List<(string X, double Y)>> Counts(Report report, string workload) => report.Systems.ToDictionary(
        system => system,
        system => report.Results.All.Where(s => s.Workload == workload && s.System == system && s.Metric == Metric.RecordsACpuSecond).Select(s => (X: s.Variant, Y: s.Median)).ToList());

    private static int Chart(StringBuilder body, Report report, int y, string title, Dictionary<string, List<(string X, double Y)>> lines, bool isLogarithmic)
    {
        double[] values = [.. lines.Values.SelectMany(line => line).Select(point => point.Y).Where(v => v > 0)];
        if (values.Length == 0) return y;
        Text(body, Margin, y, title, "bold");
        double top = values.Max();
        double bottom = isLogarithmic ? values.Min() : 0;
        int height = ChartHeight - 60;
        double PlaceY(double value) => y + 20 + (height * (1 - (isLogarithmic ? Math.Log(value / bottom) / Math.Log(top / bottom) : value / top)));
        int points = lines.Values.Max(line => line.Count);
        double PlaceX(int index) => Margin + 70 + (index * (Width - 240.0) / Math.Max(1, points - 1));
        foreach (double share in new[] { 0, 0.25, 0.5, 0.75, 1 })
        {
            double value = isLogarithmic ? bottom * Math.Pow(top / bottom, share) : top * share;
            body.AppendLine(Invariant($"<line x1='{Margin + 70}' y1='{PlaceY(value):0.0}' x2='{Width - 160}' y2='{PlaceY(value):0.0}' stroke='#ddd'/>"));
            Text(body, Margin + 64, PlaceY(value) + 4, MarkdownReport.Number(value), anchor: "end", colour: "#666");
        }
        foreach ((string system, List<(string X, double Y)> line) in lines.Where(l => l.Value.Count > 0))
        {
            string colour = Colours[report.Systems.ToList().IndexOf(system) % Colours.Length];
            string path = string.Join(' ', line.Select((point, i) => Invariant($"{PlaceX(i):0.0},{PlaceY(point.Y):0.0}")));
            body.AppendLine($"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='2'/>");
            Text(body, Width - 150, PlaceY(line[^1].Y) + 4, system, colour: colour);
            for (int i = 0; i < line.Count; i++) Text(body, PlaceX(i), y + height + 36, line[i].X, anchor: "middle", colour: "#666");
        }
        return y + ChartHeight;
    }

    private static void Text(StringBuilder body, double x, double y, string text, string weight = "normal", string anchor = "start", string colour = "black") =>
        body.AppendLine(Invariant($"<text x='{x:0.0}' y='{y:0.0}' font-weight='{weight}' text-anchor='{anchor}' fill='{colour}'>{System.Security.SecurityElement.Escape(text)}</text>"));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
