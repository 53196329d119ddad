using System.Buffers;
using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Sluice.Broker.Metrics;

/// <summary>Writes metrics in Prometheus's text format, version 0.0.4.</summary>
internal static class PrometheusText
{
    internal const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    internal static void Write(in Batch<Metric> metrics, IBufferWriter<byte> output)
    {
        var text = new StringBuilder(16 * 1024);
        foreach (Metric metric in metrics) Write(metric, text);
        Encoding.UTF8.GetBytes(text.ToString(), output);
    }

    private static void Write(Metric metric, StringBuilder text)
    {
        bool isCounter = metric.MetricType is MetricType.LongSum or MetricType.DoubleSum;
        bool isHistogram = metric.MetricType == MetricType.Histogram;
        string name = PrometheusName.Of(metric.Name, metric.Unit, isCounter);
        if (metric.Description.Length > 0) text.Append("# HELP ").Append(name).Append(' ').Append(Escape(metric.Description, quotes: false)).Append('\n');
        text.Append("# TYPE ").Append(name).Append(isCounter ? " counter\n" : isHistogram ? " histogram\n" : " gauge\n");
        foreach (ref readonly MetricPoint point in metric.GetMetricPoints())
        {
            if (isHistogram) WriteHistogram(name, point, text);
            else WriteSample(name, Labels(point.Tags), Value(metric.MetricType, point), text);
        }
    }

    private static string Value(MetricType type, in MetricPoint point) => type switch
    {
        MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong().ToString(CultureInfo.InvariantCulture),
        MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => Number(point.GetSumDouble()),
        MetricType.LongGauge => point.GetGaugeLastValueLong().ToString(CultureInfo.InvariantCulture),
        MetricType.DoubleGauge => Number(point.GetGaugeLastValueDouble()),
        _ => throw new NotSupportedException($"metrics of type {type} are not written; use counters, gauges and histograms"),
    };

    private static void WriteHistogram(string name, in MetricPoint point, StringBuilder text)
    {
        string labels = Labels(point.Tags);
        long cumulative = 0;
        foreach (HistogramBucket bucket in point.GetHistogramBuckets())
        {
            cumulative += bucket.BucketCount;
            string bound = double.IsPositiveInfinity(bucket.ExplicitBound) ? "+Inf" : Number(bucket.ExplicitBound);
            string all = labels.Length == 0 ? $"le=\"{bound}\"" : $"{labels},le=\"{bound}\"";
            WriteSample(name + "_bucket", all, cumulative.ToString(CultureInfo.InvariantCulture), text);
        }
        WriteSample(name + "_sum", labels, Number(point.GetHistogramSum()), text);
        WriteSample(name + "_count", labels, point.GetHistogramCount().ToString(CultureInfo.InvariantCulture), text);
    }

    private static void WriteSample(string name, string labels, string value, StringBuilder text)
    {
        text.Append(name);
        if (labels.Length > 0) text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(value).Append('\n');
    }

    private static string Labels(ReadOnlyTagCollection tags)
    {
        if (tags.Count == 0) return "";
        var labels = new StringBuilder();
        foreach (KeyValuePair<string, object?> tag in tags)
        {
            if (labels.Length > 0) labels.Append(',');
            string value = Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "";
            labels.Append(PrometheusName.Clean(tag.Key)).Append("=\"").Append(Escape(value, quotes: true)).Append('"');
        }
        return labels.ToString();
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string Escape(string text, bool quotes)
    {
        string escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
    }
}
