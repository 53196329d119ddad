using System.Net.Sockets;
using System.Text;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Support;

namespace Sluice.Broker.Tests;

/// <summary>What Prometheus gets from a real broker.</summary>
public sealed class MetricsEndpointTests
{
    private static readonly string[] EachPartition = ["sluice_log_size_bytes", "sluice_log_segments", "sluice_log_start_offset", "sluice_log_end_offset"];

    [Fact]
    public async Task Every_partition_of_a_big_topic_has_its_series()
    {
        using BrokerProcess broker = await BrokerProcess.StartAsync();
        using var http = new HttpClient();
        using TcpClient client = broker.Connect();
        Assert.DoesNotContain("sluice_log_size_bytes{", await Scrape(http, broker));
        Create(client, "big", 2600);
        string metrics = await Scrape(http, broker);
        foreach (string name in EachPartition) Assert.Equal(Enumerable.Range(0, 2600), Partitions(metrics, name, "big").Order());
        Assert.DoesNotContain("otel_metric_overflow", metrics);
    }

    [Fact]
    public async Task Partitions_of_deleted_topics_leave_their_place_to_others()
    {
        using BrokerProcess broker = await BrokerProcess.StartAsync();
        using var http = new HttpClient();
        using TcpClient client = broker.Connect();
        Create(client, "stays", 3);
        for (int i = 0; i < 12; i++)
        {
            Create(client, $"comes-and-goes-{i}", 200);
            string metrics = await Scrape(http, broker);
            foreach (string name in EachPartition)
            {
                Assert.Equal(200, Partitions(metrics, name, $"comes-and-goes-{i}").Count());
                Assert.Equal(203, Lines(metrics, name).Count());
            }
            var delete = new DeleteTopicsRequest { Topics = [new() { Name = $"comes-and-goes-{i}" }], TimeoutMs = 30_000 };
            Assert.Equal(ErrorCode.None, Assert.Single(BrokerProcess.Ask(client, delete, 6).Responses).ErrorCode);
        }
    }

    [SkippableFact]
    public async Task Promtool_finds_nothing_to_say()
    {
        using BrokerProcess broker = await BrokerProcess.StartAsync();
        using var http = new HttpClient();
        using TcpClient client = broker.Connect();
        foreach (string name in new[] { "a.b-c_d", "-", "_", "0", "le", "a.b.otel_metric_overflow", new string('x', 249) }) Create(client, name, 2);
        string metrics = await Scrape(http, broker);
        Assert.Contains($"topic=\"{new string('x', 249)}\"", metrics);
        Promtool.Check(metrics);
    }

    [Fact]
    public async Task Who_does_not_read_its_answer_keeps_nobody_waiting()
    {
        using BrokerProcess broker = await BrokerProcess.StartAsync();
        using TcpClient client = broker.Connect();
        // More than the buffers between the two take.
        for (int i = 0; i < 10; i++) Create(client, $"{i}{new string('x', 248)}", 300);
        using var slow = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        int colon = broker.Http.LastIndexOf(':');
        slow.Connect(broker.Http[..colon], int.Parse(broker.Http.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture));
        slow.Send(Encoding.ASCII.GetBytes("GET /metrics HTTP/1.1\r\nHost: broker\r\n\r\n"));
        Assert.Equal(1, slow.Receive(new byte[1]));
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(20) };
        for (int i = 0; i < 3; i++) Assert.Equal(3000, Lines(await Scrape(http, broker), "sluice_log_size_bytes").Count());
    }

    private static Task<string> Scrape(HttpClient http, BrokerProcess broker) => http.GetStringAsync(new Uri($"http://{broker.Http}/metrics"));

    private static IEnumerable<string> Lines(string metrics, string name) =>
        metrics.Split('\n').Where(line => line.StartsWith(name + "{", StringComparison.Ordinal));

    private static IEnumerable<int> Partitions(string metrics, string name, string topic)
    {
        string before = name + "{partition=\"", after = $"\",topic=\"{topic}\"";
        foreach (string line in Lines(metrics, name))
        {
            int end = line.IndexOf(after, StringComparison.Ordinal);
            if (end > 0) yield return int.Parse(line.AsSpan(before.Length, end - before.Length), System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    private static void Create(TcpClient client, string name, int partitions)
    {
        var create = new CreateTopicsRequest { Topics = [new() { Name = name, NumPartitions = partitions, ReplicationFactor = 1 }], TimeoutMs = 60_000 };
        Assert.Equal(ErrorCode.None, Assert.Single(BrokerProcess.Ask(client, create, 7).Topics).ErrorCode);
    }
}
