using System.Diagnostics.Metrics;

namespace Sluice.Kubernetes.Metrics;

/// <summary>
/// What this library measures, under the names that client-go and controller-runtime use, so that existing dashboards and alerts
/// fit. Names are complete (with unit and <c>_total</c>): an exporter adds nothing to them.
/// </summary>
public static class KubernetesMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Sluice.Kubernetes";

    private static readonly double[] RequestSeconds = [0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0];

    internal static Meter Meter { get; } = new(MeterName);

    internal static Counter<long> Requests { get; } = Meter.CreateCounter<long>(
        "rest_client_requests_total", description: "Number of HTTP requests, partitioned by status code, method, and host.");

    internal static Counter<long> RequestRetries { get; } = Meter.CreateCounter<long>(
        "rest_client_request_retries_total", description: "Number of request retries, partitioned by status code, verb, and host.");

    internal static Histogram<double> RequestDuration { get; } = Meter.CreateHistogram(
        "rest_client_request_duration_seconds", description: "Request latency in seconds. Broken down by verb, and host.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = RequestSeconds });
}
