using System.Buffers;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Sluice.Broker.Metrics;

/// <summary>Reads all instruments through the OpenTelemetry SDK when asked, and gives them as Prometheus text.</summary>
internal sealed class MetricsReader : IDisposable
{
    private readonly Lock _lock = new();
    private readonly TextExporter _exporter = new();
    private readonly BaseExportingMetricReader _reader;
    private readonly MeterProvider _provider;

    internal MetricsReader()
    {
        _reader = new BaseExportingMetricReader(_exporter) { TemporalityPreference = MetricReaderTemporalityPreference.Cumulative };
        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(BrokerMetrics.MeterName)
            .AddMeter("System.Runtime")
            .AddReader(_reader)
            .Build();
    }

    internal byte[] Read()
    {
        lock (_lock)
        {
            _exporter.Text.ResetWrittenCount();
            // The SDK lets a pull exporter be collected through this only.
            _exporter.Collect!(Timeout.Infinite);
            return _exporter.Text.WrittenSpan.ToArray();
        }
    }

    public void Dispose()
    {
        _provider.Dispose();
        _reader.Dispose();
        _exporter.Dispose();
    }

    [ExportModes(ExportModes.Pull)]
    private sealed class TextExporter : BaseExporter<Metric>, IPullMetricExporter
    {
        internal ArrayBufferWriter<byte> Text { get; } = new(16 * 1024);

        public Func<int, bool>? Collect { get; set; }

        public override ExportResult Export(in Batch<Metric> batch)
        {
            PrometheusText.Write(batch, Text);
            return ExportResult.Success;
        }
    }
}
