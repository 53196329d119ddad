using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Benchmarks.Results;

/// <summary>A run for programs: every value of every round.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static string Write(Report report)
    {
        var results = new JsonArray();
        foreach (Series series in report.Results.All)
        {
            results.Add(new JsonObject
            {
                ["workload"] = series.Workload,
                ["variant"] = series.Variant,
                ["system"] = series.System,
                ["metric"] = series.Metric.Name,
                ["moreIsBetter"] = series.Metric.MoreIsBetter,
                ["median"] = Rounded(series.Median),
                ["rounds"] = new JsonArray([.. series.Values.Select(value => (JsonNode?)Rounded(value))]),
            });
        }
        var document = new JsonObject
        {
            ["command"] = report.Command,
            ["startedAt"] = report.StartedAt.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture),
            ["seconds"] = Rounded(report.Took.TotalSeconds),
            ["machine"] = Machine.Describe(),
            ["rounds"] = report.Options.Rounds,
            ["failures"] = new JsonArray([.. report.Failures.Select(failure => (JsonNode?)$"{failure.Workload}: {failure.Reason}")]),
            ["results"] = results,
        };
        return document.ToJsonString(Format) + "\n";
    }

    /// <summary>Six digits that count; what was not measured is null.</summary>
    private static JsonValue? Rounded(double value)
    {
        if (!double.IsFinite(value)) return null;
        return value == 0 ? JsonValue.Create(0.0) : JsonValue.Create(double.Parse(value.ToString("G6", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture));
    }
}
