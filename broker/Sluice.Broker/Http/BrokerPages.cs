using Microsoft.AspNetCore.Http;
using Sluice.Broker.Hosting;
using Sluice.Broker.Metrics;

namespace Sluice.Broker.Http;

/// <summary>What the HTTP endpoint shows of a broker.</summary>
internal static class BrokerPages
{
    internal static IReadOnlyDictionary<string, Func<HttpContext, Task>> Of(BrokerHost host, PrometheusPage metrics) =>
        new Dictionary<string, Func<HttpContext, Task>>(StringComparer.Ordinal)
        {
            ["/metrics"] = context => metrics.ServeAsync(context, host.RefreshStatisticsAsync),
            ["/healthz"] = async context => await Answer(context, await host.Health.CheckAsync()),
            ["/readyz"] = async context => await Answer(context, host.NotReadyReason),
        };

    private static Task Answer(HttpContext context, string? problem)
    {
        if (problem is not null) context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync($"{problem ?? "ok"}\n");
    }
}
