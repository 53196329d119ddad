using System.Text;
using Sluice.Broker.Metrics;
using Sluice.Network;
using Sluice.Protocol;

namespace Sluice.Broker.Tests;

public sealed class MetricsTests
{
    [Fact]
    public void Instruments_are_written_as_Prometheus_text()
    {
        using var reader = new MetricsReader();
        using var metrics = new BrokerMetrics();
        metrics.Requests.OnCompleted(ApiKey.Produce, TimeSpan.FromMilliseconds(3));
        metrics.Requests.OnCompleted(ApiKey.Produce, TimeSpan.FromSeconds(20));
        metrics.Requests.OnCompleted((ApiKey)31_000, TimeSpan.FromMilliseconds(1));
        metrics.Connections.OnClosed("A \"B\"", CloseReason.BadRequest);
        metrics.Meter.CreateObservableGauge("sluice_test", () => 1.5, description: "first\nsecond");
        string text = Encoding.UTF8.GetString(reader.Read());
        Assert.Contains("# TYPE sluice_request_duration_seconds histogram\n", text);
        Assert.Contains("sluice_request_duration_seconds_bucket{api=\"Produce\",le=\"0.0025\"} 0\n", text);
        Assert.Contains("sluice_request_duration_seconds_bucket{api=\"Produce\",le=\"0.005\"} 1\n", text);
        Assert.Contains("sluice_request_duration_seconds_bucket{api=\"Produce\",le=\"+Inf\"} 2\n", text);
        Assert.Contains("sluice_request_duration_seconds_count{api=\"Produce\"} 2\n", text);
        Assert.Contains("sluice_request_duration_seconds_count{api=\"unknown\"} 1\n", text);
        Assert.Contains("sluice_connections_closed_total{listener=\"A \\\"B\\\"\",reason=\"bad_request\"} 1\n", text);
        Assert.Contains("# HELP sluice_test first\\nsecond\n# TYPE sluice_test gauge\nsluice_test 1.5\n", text);
        Assert.Contains("# TYPE dotnet_gc_collections_total counter\n", text);
    }

    [Theory]
    [InlineData("dotnet.gc.collections", "{collection}", true, "dotnet_gc_collections_total")]
    [InlineData("dotnet.process.cpu.time", "s", true, "dotnet_process_cpu_time_seconds_total")]
    [InlineData("dotnet.process.memory.working_set", "By", false, "dotnet_process_memory_working_set_bytes")]
    [InlineData("sluice_request_duration_seconds", "s", false, "sluice_request_duration_seconds")]
    [InlineData("sluice_loop_busy_seconds_total", "s", true, "sluice_loop_busy_seconds_total")]
    public void Names_are_Prometheus_names(string name, string unit, bool isCounter, string expected) =>
        Assert.Equal(expected, PrometheusName.Of(name, unit, isCounter));

    [Fact]
    public void A_second_reading_goes_on_counting()
    {
        using var reader = new MetricsReader();
        using var metrics = new BrokerMetrics();
        for (int i = 1; i <= 3; i++)
        {
            metrics.Connections.OnRefused("PLAINTEXT", "max.connections.per.ip");
            Assert.Contains($"limit=\"max.connections.per.ip\",listener=\"PLAINTEXT\"}} {i}\n", Encoding.UTF8.GetString(reader.Read()));
        }
    }
}
