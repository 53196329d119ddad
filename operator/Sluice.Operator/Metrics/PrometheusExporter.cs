using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Sluice.Operator.Metrics;

/// <summary>Writes what the OpenTelemetry SDK collected as Prometheus text (version 0.0.4).</summary>
internal sealed class PrometheusExporter : BaseExporter<Metric>
{
    /// <summary>The text of the last collection.</summary>
    public string Text { get; private set; } = "";

    /// <inheritdoc/>
    public override ExportResult Export(in Batch<Metric> batch)
    {
        var text = new StringBuilder();
        foreach (Metric metric in batch) Write(text, metric);
        Text = text.ToString();
        return ExportResult.Success;
    }

    private static void Write(StringBuilder text, Metric metric)
    {
        string name = Name(metric);
        string type = metric.MetricType switch
        {
            MetricType.LongSum or MetricType.DoubleSum => "counter",
            MetricType.Histogram => "histogram",
            MetricType.ExponentialHistogram => "",
            _ => "gauge",
        };
        // No instrument here has exponential buckets, and the text format knows none.
        if (type.Length == 0) return;
        if (metric.Description.Length > 0) text.Append("# HELP ").Append(name).Append(' ').Append(metric.Description.ReplaceLineEndings(" ")).Append('\n');
        text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        foreach (ref readonly MetricPoint point in metric.GetMetricPoints())
        {
            string labels = Labels(point.Tags);
            switch (metric.MetricType)
            {
                case MetricType.LongSum or MetricType.LongSumNonMonotonic: Line(text, name, "", labels, point.GetSumLong()); break;
                case MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic: Line(text, name, "", labels, point.GetSumDouble()); break;
                case MetricType.LongGauge: Line(text, name, "", labels, point.GetGaugeLastValueLong()); break;
                case MetricType.DoubleGauge: Line(text, name, "", labels, point.GetGaugeLastValueDouble()); break;
                default: Histogram(text, name, labels, point); break;
            }
        }
    }

    private static void Histogram(StringBuilder text, string name, string labels, in MetricPoint point)
    {
        long count = 0;
        foreach (HistogramBucket bucket in point.GetHistogramBuckets())
        {
            count += bucket.BucketCount;
            string bound = double.IsPositiveInfinity(bucket.ExplicitBound) ? "+Inf" : bucket.ExplicitBound.ToString("R", CultureInfo.InvariantCulture);
            Line(text, name, "_bucket", labels + (labels.Length > 0 ? "," : "") + $"le=\"{bound}\"", count);
        }
        Line(text, name, "_sum", labels, point.GetHistogramSum());
        Line(text, name, "_count", labels, point.GetHistogramCount());
    }

    private static void Line(StringBuilder text, string name, string suffix, string labels, double value)
    {
        text.Append(name).Append(suffix);
        if (labels.Length > 0) text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }

    /// <summary>The names of our own instruments are complete; those of the runtime get the unit and <c>_total</c> that Prometheus expects.</summary>
    private static string Name(Metric metric)
    {
        string name = Identifier(metric.Name);
        if (!metric.Name.Contains('.')) return name;
        string unit = metric.Unit switch { "By" => "_bytes", "s" => "_seconds", _ => "" };
        if (unit.Length > 0 && !name.EndsWith(unit, StringComparison.Ordinal)) name += unit;
        return metric.MetricType is MetricType.LongSum or MetricType.DoubleSum ? name + "_total" : name;
    }

    private static string Labels(ReadOnlyTagCollection tags)
    {
        var text = new StringBuilder();
        foreach (KeyValuePair<string, object?> tag in tags)
        {
            if (text.Length > 0) text.Append(',');
            string value = Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "";
            text.Append(Identifier(tag.Key)).Append("=\"").Append(value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('"');
        }
        return text.ToString();
    }

    private static string Identifier(string name) => string.Create(name.Length, name, static (result, source) =>
    {
        for (int i = 0; i < source.Length; i++) result[i] = char.IsAsciiLetterOrDigit(source[i]) || source[i] == '_' ? source[i] : '_';
    });
}
