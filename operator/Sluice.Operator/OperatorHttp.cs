using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using Sluice.Operator.Metrics;

namespace Sluice.Operator;

/// <summary>The operator's HTTP endpoint: <c>/metrics</c>, <c>/healthz</c> (it runs), <c>/readyz</c> (its caches are filled).</summary>
internal sealed class OperatorHttp : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly MeterProvider _metrics = OperatorMetrics.Collect();

    private OperatorHttp(IPEndPoint address, Func<bool> isReady)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(address));
        _application = builder.Build();
        _application.MapGet("/healthz", () => "ok");
        _application.MapGet("/readyz", () => isReady() ? Results.Text("ok") : Results.Text("the caches are not filled yet", statusCode: StatusCodes.Status503ServiceUnavailable));
        _application.MapPrometheusScrapingEndpoint("/metrics", _metrics, configureBranchedPipeline: null, optionsName: null);
    }

    /// <summary>The address that it listens on, as in <c>http://127.0.0.1:8080</c>.</summary>
    public string Address => _application.Urls.First();

    /// <summary>Starts to listen.</summary>
    public static async Task<OperatorHttp> StartAsync(IPEndPoint address, Func<bool> isReady, CancellationToken cancellation)
    {
        var http = new OperatorHttp(address, isReady);
        await http._application.StartAsync(cancellation);
        return http;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _metrics.Dispose();
    }
}
