using OpenTelemetry;
using OpenTelemetry.Metrics;
using Sluice.Kubernetes;

namespace Sluice.Operator.Metrics;

/// <summary>Collects the operator's metrics whenever they are asked for.</summary>
internal sealed class MetricsCollector : IDisposable
{
    private readonly Lock _lock = new();
    private readonly PrometheusExporter _exporter = new();
    private readonly BaseExportingMetricReader _reader;
    private readonly MeterProvider _provider;

    public MetricsCollector()
    {
        _reader = new BaseExportingMetricReader(_exporter) { TemporalityPreference = MetricReaderTemporalityPreference.Cumulative };
        _provider = Sdk.CreateMeterProviderBuilder().AddMeter(KubernetesMetrics.MeterName, "System.Runtime").AddReader(_reader).Build();
    }

    /// <summary>The present values as Prometheus text.</summary>
    public string Collect()
    {
        // One collection at a time: the exporter holds one text.
        lock (_lock)
        {
            _reader.Collect();
            return _exporter.Text;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _provider.Dispose();
}
