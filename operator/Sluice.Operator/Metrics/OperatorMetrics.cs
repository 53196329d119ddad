using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using Sluice.Kubernetes.Metrics;

namespace Sluice.Operator.Metrics;

/// <summary>The instruments of the operator and of the runtime, collected by OpenTelemetry's SDK for its Prometheus exporter.</summary>
internal static class OperatorMetrics
{
    private const string RuntimeMeterName = "System.Runtime";

    /// <summary>Values of one label or of a few: controllers and results, methods and status codes.</summary>
    private const int SeriesMax = 256;

    /// <summary>Gauges of the runtime whose names end as only a histogram's may in Prometheus.</summary>
    private static readonly Dictionary<string, string> RuntimeNames = new(StringComparer.Ordinal)
    {
        ["dotnet.assembly.count"] = "dotnet.assemblies",
        ["dotnet.process.cpu.count"] = "dotnet.process.cpus",
        ["dotnet.timer.count"] = "dotnet.timers",
    };

    /// <summary>Begins to collect; what it gives ends that when it is disposed of.</summary>
    public static MeterProvider Collect() => Sdk.CreateMeterProviderBuilder()
        .AddMeter(KubernetesMetrics.MeterName)
        .AddMeter(RuntimeMeterName)
        .AddView(StreamOf)
        .AddPrometheusExporter(static options =>
        {
            options.ScopeInfoEnabled = false;
            options.TargetInfoEnabled = false;
            options.ScrapeResponseCacheDurationMilliseconds = 0;
        })
        .Build();

    private static MetricStreamConfiguration StreamOf(Instrument instrument) => new()
    {
        Name = instrument.Meter.Name == RuntimeMeterName ? RuntimeNames.GetValueOrDefault(instrument.Name) : null,
        CardinalityLimit = SeriesMax,
    };
}
