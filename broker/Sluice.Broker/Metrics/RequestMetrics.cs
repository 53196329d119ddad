using System.Diagnostics.Metrics;
using Sluice.Protocol;
using Sluice.Protocol.Tables;

namespace Sluice.Broker.Metrics;

/// <summary>How long requests take, from the arrival of their last byte to their answer, and what errors the answers carry, by API.</summary>
internal sealed class RequestMetrics
{
    internal const string ErrorsName = "sluice_request_errors_total";

    /// <summary>Each API has some 20 errors that it can answer with.</summary>
    internal const int ErrorSeriesMax = 2048;

    private const int KeysMax = 256;

    private readonly Histogram<double> _duration;
    private readonly Counter<long> _errors;
    private readonly KeyValuePair<string, object?>[] _tags = new KeyValuePair<string, object?>[KeysMax];

    internal RequestMetrics(Meter meter)
    {
        _duration = meter.CreateHistogram(
            "sluice_request_duration_seconds",
            unit: "s",
            description: "Time from the arrival of a request to its answer; long polls wait in it",
            tags: null,
            advice: BrokerMetrics.Durations);
        _errors = meter.CreateCounter<long>(ErrorsName, description: "Error codes in answers; one answer may carry several");
        var unknown = new KeyValuePair<string, object?>("api", "unknown");
        for (int key = 0; key < KeysMax; key++)
            _tags[key] = ApiTable.Find((ApiKey)key) is { } api ? new KeyValuePair<string, object?>("api", api.Name) : unknown;
    }

    internal void OnCompleted(ApiKey key, TimeSpan duration)
    {
        if (_duration.Enabled) _duration.Record(duration.TotalSeconds, Tag(key));
    }

    internal void OnError(ApiKey key, ErrorCode error) => _errors.Add(1, Tag(key), new KeyValuePair<string, object?>("error", error.ToString()));

    private KeyValuePair<string, object?> Tag(ApiKey key) => _tags[Math.Clamp((int)key, 0, KeysMax - 1)];
}
