using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Sluice.Broker.Metrics;

/// <summary>Gives the broker's and the runtime's instruments to Prometheus: OpenTelemetry's SDK collects them, its exporter writes them.</summary>
internal sealed class PrometheusPage : IDisposable
{
    private const string RuntimeMeterName = "System.Runtime";

    /// <summary>Gauges of the runtime whose names end as only a histogram's may in Prometheus.</summary>
    private static readonly Dictionary<string, string> RuntimeNames = new(StringComparer.Ordinal)
    {
        ["dotnet.assembly.count"] = "dotnet.assemblies",
        ["dotnet.process.cpu.count"] = "dotnet.process.cpus",
        ["dotnet.timer.count"] = "dotnet.timers",
    };

    private readonly SemaphoreSlim _turn = new(1);
    private readonly BrokerMetrics _metrics;
    private readonly MeterProvider _provider;
    private readonly RequestDelegate _exporter;

    internal PrometheusPage(BrokerMetrics metrics)
    {
        _metrics = metrics;
        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(BrokerMetrics.MeterName)
            .AddMeter(RuntimeMeterName)
            .AddView(StreamOf)
            .AddPrometheusExporter(static options =>
            {
                options.ScopeInfoEnabled = false;
                options.TargetInfoEnabled = false;
                options.ScrapeResponseCacheDurationMilliseconds = 0;
            })
            .Build();
        // The middleware is handed all that it uses; there is no container of services in this process.
        _exporter = new ApplicationBuilder(new NoServices())
            .UseOpenTelemetryPrometheusScrapingEndpoint(_provider, static _ => true, path: null, configureBranchedPipeline: null, optionsName: null)
            .Build();
    }

    /// <summary>Answers a scrape.</summary>
    /// <param name="context">The request, and where the answer goes.</param>
    /// <param name="refresh">Brings figures that are not counted all the time up to date.</param>
    internal async Task ServeAsync(HttpContext context, Func<Task> refresh)
    {
        Stream client = context.Response.Body;
        using var text = new MemoryStream();
        // The exporter has one buffer, which is taken until its last byte is written: a client that reads slowly must not hold it.
        context.Response.Body = text;
        await _turn.WaitAsync();
        try
        {
            await refresh();
            await _exporter(context);
        }
        finally
        {
            _turn.Release();
            context.Response.Body = client;
        }
        context.Response.ContentLength = text.Length;
        await client.WriteAsync(text.GetBuffer().AsMemory(0, (int)text.Length));
    }

    public void Dispose()
    {
        _provider.Dispose();
        _turn.Dispose();
    }

    private MetricStreamConfiguration StreamOf(Instrument instrument)
    {
        bool ofRuntime = instrument.Meter.Name == RuntimeMeterName;
        if (!ofRuntime && !_metrics.Contains(instrument)) return MetricStreamConfiguration.Drop;
        return new MetricStreamConfiguration
        {
            Name = ofRuntime ? RuntimeNames.GetValueOrDefault(instrument.Name) : null,
            CardinalityLimit = _metrics.SeriesMax(instrument),
        };
    }

    private sealed class NoServices : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }
}
