using System.Net;
using Sluice.Kubernetes.Controllers;
using Sluice.Kubernetes.Models;
using Support;

namespace Sluice.Operator.Tests.Metrics;

public sealed class OperatorHttpTests
{
    [Fact]
    public async Task Metrics_have_the_names_that_dashboards_know()
    {
        bool ready = false;
        await using OperatorHttp http = await OperatorHttp.StartAsync(new IPEndPoint(IPAddress.Loopback, 0), () => ready, default);
        using var client = new HttpClient();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync(http.Address + "/readyz")).StatusCode);
        ready = true;
        Assert.Equal("ok", await client.GetStringAsync(http.Address + "/readyz"));
        Assert.Equal("ok", await client.GetStringAsync(http.Address + "/healthz"));

        using var controller = new Controller("shown", new Nothing());
        using var stop = new CancellationTokenSource();
        Task run = controller.RunAsync(stop.Token);
        controller.Queue.Add(new ObjectKey("ns", "a"));
        string text = "";
        await Wait.UntilAsync(
            async () => (text = await client.GetStringAsync(http.Address + "/metrics")).Contains("result=\"success\"} 1"), () => text);
        await stop.CancelAsync();
        await run;
        Assert.Contains("# TYPE controller_runtime_reconcile_total counter", text);
        Assert.Contains("controller_runtime_reconcile_total{controller=\"shown\",result=\"success\"} 1", text);
        Assert.Contains("controller_runtime_reconcile_panics_total{controller=\"shown\"} 0", text);
        Assert.Contains("controller_runtime_reconcile_time_seconds_bucket{controller=\"shown\",le=\"+Inf\"} 1", text);
        Assert.Contains("workqueue_adds_total{", text);
        Assert.Contains("# TYPE workqueue_depth gauge", text);
        Assert.Contains("workqueue_longest_running_processor_seconds{", text);
        Assert.Contains("dotnet_gc_collections_total{", text);
        Assert.DoesNotContain("otel_", text);
        Assert.DoesNotContain("target_info", text);
    }

    [SkippableFact]
    public async Task Promtool_finds_nothing_to_say()
    {
        await using OperatorHttp http = await OperatorHttp.StartAsync(new IPEndPoint(IPAddress.Loopback, 0), () => true, default);
        using var controller = new Controller("judged", new Nothing());
        using var stop = new CancellationTokenSource();
        Task run = controller.RunAsync(stop.Token);
        controller.Queue.Add(new ObjectKey("ns", "a"));
        using var client = new HttpClient();
        string text = "";
        while (!text.Contains("controller_runtime_reconcile_total{controller=\"judged\",result=\"success\"} 1", StringComparison.Ordinal))
            text = await client.GetStringAsync(http.Address + "/metrics").WaitAsync(TimeSpan.FromMinutes(1));
        await stop.CancelAsync();
        await run;
        Promtool.Check(text);
    }

    private sealed class Nothing : IReconciler
    {
        public Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation) => Task.FromResult(ReconcileResult.Done);
    }
}
