using System.Diagnostics.Metrics;

namespace Sluice.Broker.Metrics;

/// <summary>The broker's instruments. While nobody reads them (no HTTP endpoint) they cost a test of a flag.</summary>
internal sealed class BrokerMetrics : IDisposable
{
    internal const string MeterName = "Sluice.Broker";

    internal BrokerMetrics()
    {
        Meter = new Meter(MeterName);
        Requests = new RequestMetrics(Meter);
        Connections = new ConnectionMetrics(Meter);
        Background = new BackgroundMetrics(Meter);
    }

    internal Meter Meter { get; }

    internal RequestMetrics Requests { get; }

    internal ConnectionMetrics Connections { get; }

    internal BackgroundMetrics Background { get; }

    public void Dispose() => Meter.Dispose();

    /// <summary>Bounds of durations, in seconds: from a request served from memory to a stalled disk.</summary>
    internal static InstrumentAdvice<double> Durations { get; } = new()
    {
        HistogramBucketBoundaries =
        [
            0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
        ],
    };
}
