using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.AspNetCore.Http;
using Sluice.Broker.Metrics;
using Sluice.Network;
using Sluice.Protocol;
using Sluice.Protocol.Tables;

namespace Sluice.Broker.Tests;

public sealed class MetricsTests
{
    [Fact]
    public async Task Instruments_are_written_as_Prometheus_text()
    {
        using var metrics = new BrokerMetrics(shards: 1);
        using var page = new PrometheusPage(metrics);
        metrics.Requests.OnCompleted(ApiKey.Produce, TimeSpan.FromMilliseconds(3));
        metrics.Requests.OnCompleted(ApiKey.Produce, TimeSpan.FromSeconds(20));
        metrics.Requests.OnCompleted((ApiKey)31_000, TimeSpan.FromMilliseconds(1));
        metrics.Connections.OnClosed("A \"B\"", CloseReason.BadRequest);
        metrics.Meter.CreateObservableGauge("sluice_test", () => 1.5, description: "first\nsecond");
        string text = await Scrape(page);
        Assert.Contains("# TYPE sluice_request_duration_seconds histogram\n", text);
        Assert.Contains("sluice_request_duration_seconds_bucket{api=\"Produce\",le=\"0.0025\"} 0\n", text);
        Assert.Contains("sluice_request_duration_seconds_bucket{api=\"Produce\",le=\"0.005\"} 1\n", text);
        Assert.Contains("sluice_request_duration_seconds_bucket{api=\"Produce\",le=\"+Inf\"} 2\n", text);
        Assert.Contains("sluice_request_duration_seconds_count{api=\"Produce\"} 2\n", text);
        Assert.Contains("sluice_request_duration_seconds_count{api=\"unknown\"} 1\n", text);
        Assert.Contains("sluice_connections_closed_total{listener=\"A \\\"B\\\"\",reason=\"bad_request\"} 1\n", text);
        Assert.Contains("# TYPE sluice_test gauge\n# HELP sluice_test first\\nsecond\nsluice_test{} 1.5\n", text);
        Assert.Contains("# TYPE dotnet_gc_collections_total counter\n", text);
        Assert.Contains("# TYPE dotnet_process_cpu_time_seconds_total counter\n", text);
        Assert.Contains("# TYPE dotnet_process_memory_working_set_bytes gauge\n", text);
        Assert.Contains("# TYPE dotnet_process_cpus gauge\n", text);
        Assert.DoesNotContain("otel_scope", text);
        Assert.DoesNotContain("target_info", text);
    }

    [Fact]
    public async Task Who_asks_for_OpenMetrics_gets_the_same_names()
    {
        using var metrics = new BrokerMetrics(shards: 1);
        using var page = new PrometheusPage(metrics);
        metrics.Connections.OnOpened("PLAINTEXT");
        string text = await Scrape(page, "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8", "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores");
        Assert.Contains("\nsluice_connections_opened_total{listener=\"PLAINTEXT\"} 1\n", text);
        Assert.Contains("\ndotnet_gc_collections_total{", text);
        Assert.EndsWith("# EOF\n", text);
    }

    [Fact]
    public async Task A_second_scrape_goes_on_counting()
    {
        using var metrics = new BrokerMetrics(shards: 1);
        using var page = new PrometheusPage(metrics);
        for (int i = 1; i <= 3; i++)
        {
            metrics.Connections.OnRefused("PLAINTEXT", "max.connections.per.ip");
            Assert.Contains($"limit=\"max.connections.per.ip\",listener=\"PLAINTEXT\"}} {i}\n", await Scrape(page));
        }
    }

    [Fact]
    public async Task Another_brokers_instruments_in_the_same_process_are_not_shown()
    {
        using var metrics = new BrokerMetrics(shards: 1);
        using var others = new BrokerMetrics(shards: 1);
        using var page = new PrometheusPage(metrics);
        metrics.Connections.OnOpened("PLAINTEXT");
        others.Connections.OnOpened("PLAINTEXT");
        others.EachPartition.Create(meter => meter.CreateObservableGauge("sluice_test_of_other", () => 1));
        string text = await Scrape(page);
        Assert.Contains("sluice_connections_opened_total{listener=\"PLAINTEXT\"} 1\n", text);
        Assert.DoesNotContain("sluice_test_of_other", text);
    }

    [Fact]
    public async Task Every_error_of_every_API_has_room()
    {
        using var metrics = new BrokerMetrics(shards: 1);
        using var page = new PrometheusPage(metrics);
        ApiKey[] apis = [.. ApiTable.All.Select(api => api.Key)];
        ErrorCode[] errors = [.. Enum.GetValues<ErrorCode>().Take(20)];
        foreach (ApiKey api in apis)
        {
            foreach (ErrorCode error in errors) metrics.Requests.OnError(api, error);
        }
        string text = await Scrape(page);
        Assert.Equal(apis.Length * errors.Length, text.Split('\n').Count(line => line.StartsWith("sluice_request_errors_total{api", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Instruments_made_anew_take_nothing_from_those_that_stay()
    {
        using var metrics = new BrokerMetrics(shards: 1);
        using var page = new PrometheusPage(metrics);
        (string Topic, int Partition)[] present = [];
        metrics.EachPartition.Create(meter => meter.CreateObservableGauge(
            "sluice_test", () => present.Select(p => new Measurement<long>(1, new("topic", p.Topic), new("partition", p.Partition)))));
        for (int round = 1; round <= 1500; round++)
        {
            present = [.. Enumerable.Range(0, 100).Select(i => ($"t{round}", i))];
            metrics.EachPartition.MakeRoomFor(present);
            metrics.Connections.OnOpened("PLAINTEXT");
            if (round % 10 != 0) continue;
            string text = await Scrape(page);
            Assert.Equal(100, text.Split('\n').Count(line => line.StartsWith("sluice_test{", StringComparison.Ordinal) && line.Contains($"\"t{round}\"", StringComparison.Ordinal)));
            Assert.DoesNotContain("overflow", text);
            Assert.Contains($"sluice_connections_opened_total{{listener=\"PLAINTEXT\"}} {round}\n", text);
        }
    }

    private static async Task<string> Scrape(PrometheusPage page, string accept = "", string type = "text/plain; version=0.0.4; charset=utf-8")
    {
        using var text = new MemoryStream();
        var context = new DefaultHttpContext();
        context.Response.Body = text;
        context.Request.Headers.Accept = accept;
        await page.ServeAsync(context, () => Task.CompletedTask);
        Assert.Equal(StatusCodes.Status200OK, context.Response.StatusCode);
        Assert.Equal(type, context.Response.ContentType);
        return Encoding.UTF8.GetString(text.ToArray());
    }
}
