using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Broker.Tests;

public sealed class ProcessTests
{
    [Fact]
    public async Task A_broker_serves_Kafka_and_HTTP_and_stops_cleanly()
    {
        using BrokerProcess broker = await BrokerProcess.StartAsync();
        using (TcpClient client = broker.Connect())
        {
            ApiVersionsResponse versions = BrokerProcess.Ask(client, new ApiVersionsRequest { ClientSoftwareName = "test", ClientSoftwareVersion = "1" }, 4);
            Assert.Equal(ErrorCode.None, versions.ErrorCode);
            Assert.Contains(versions.ApiKeys, key => key.ApiKey == (short)ApiKey.Metadata);
            var create = new CreateTopicsRequest { Topics = [new() { Name = "t", NumPartitions = 3, ReplicationFactor = 1 }], TimeoutMs = 10_000 };
            Assert.Equal(ErrorCode.None, BrokerProcess.Ask(client, create, 7).Topics[0].ErrorCode);
            Assert.Equal(ErrorCode.TopicAlreadyExists, BrokerProcess.Ask(client, create, 7).Topics[0].ErrorCode);
        }
        using var http = new HttpClient { BaseAddress = new Uri($"http://{broker.Http}") };
        Assert.Equal("ok\n", await http.GetStringAsync("/healthz"));
        Assert.Equal("ok\n", await http.GetStringAsync("/readyz"));
        string metrics = await http.GetStringAsync("/metrics");
        Assert.Contains("sluice_request_duration_seconds_count{api=\"ApiVersions\"} 1\n", metrics);
        Assert.Contains("sluice_request_errors_total{api=\"CreateTopics\",error=\"TopicAlreadyExists\"} 1\n", metrics);
        Assert.Contains("sluice_partitions{} 3\n", metrics);
        Assert.Contains("sluice_log_end_offset{partition=\"2\",topic=\"t\"} 0\n", metrics);
        Assert.Contains("sluice_loop_busy_seconds_total{shard=\"1\"}", metrics);
        Assert.Contains("sluice_connections_opened_total{listener=\"PLAINTEXT\"} 1\n", metrics);
        Assert.Contains("dotnet_process_memory_working_set_bytes", metrics);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/other")).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await http.DeleteAsync("/metrics")).StatusCode);
        broker.Signal("TERM");
        Assert.Equal(0, await broker.ExitCodeAsync());
        await broker.LogLineAsync("Stopped");
        Assert.True(File.Exists(Path.Combine(broker.Directory, "data", ".kafka_cleanshutdown")));
    }

    [Fact]
    public async Task A_broker_that_was_killed_starts_again_with_its_topics()
    {
        using BrokerProcess first = await BrokerProcess.StartAsync();
        using (TcpClient client = first.Connect())
        {
            CreateTopicsResponse created = BrokerProcess.Ask(client, new CreateTopicsRequest
            {
                Topics = [new() { Name = "kept", NumPartitions = 3, ReplicationFactor = 1 }],
                TimeoutMs = 10_000,
            }, 7);
            Assert.Equal(ErrorCode.None, Assert.Single(created.Topics).ErrorCode);
        }
        first.Signal("KILL");
        await first.ExitCodeAsync();
        using BrokerProcess second = await BrokerProcess.StartAsync(first.Directory);
        using (TcpClient client = second.Connect())
        {
            MetadataResponse metadata = BrokerProcess.Ask(client, new MetadataRequest { Topics = null, AllowAutoTopicCreation = false }, 12);
            Assert.Equal(3, Assert.Single(metadata.Topics, t => t.Name == "kept").Partitions.Count);
        }
        second.Signal("TERM");
        Assert.Equal(0, await second.ExitCodeAsync());
    }

    [Fact]
    [Trait("Runs", "Alone")]
    public async Task A_second_signal_does_not_wait_for_clients()
    {
        using BrokerProcess broker = await BrokerProcess.StartAsync();
        using TcpClient client = broker.Connect();
        BrokerProcess.Ask(client, new CreateTopicsRequest { Topics = [new() { Name = "t", NumPartitions = 1, ReplicationFactor = 1 }], TimeoutMs = 10_000 }, 7);
        // A long poll that nothing will answer before its time.
        BrokerProcess.Send(client, new FetchRequest
        {
            ReplicaId = -1,
            MaxWaitMs = 60_000,
            MinBytes = 1,
            MaxBytes = 1000,
            Topics = [new() { Topic = "t", Partitions = [new() { Partition = 0, PartitionMaxBytes = 1000 }] }],
        }, 11);
        await Task.Delay(200);
        long began = Environment.TickCount64;
        broker.Signal("TERM");
        await broker.LogLineAsync("Stopping");
        using var http = new HttpClient { BaseAddress = new Uri($"http://{broker.Http}") };
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await http.GetAsync("/readyz")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/healthz")).StatusCode);
        broker.Signal("TERM");
        Assert.Equal(0, await broker.ExitCodeAsync());
        await broker.LogLineAsync("StoppingFaster");
        Assert.InRange(Environment.TickCount64 - began, 0, 4500);
    }

    [Theory]
    [InlineData("log.dri=/x", "Did you mean log.dir?")]
    [InlineData("num.partitions=0", "num.partitions")]
    [InlineData("sluice.http.listen=nowhere", "is not HOST:PORT")]
    public async Task A_wrong_property_is_refused_at_start(string property, string expected)
    {
        using BrokerProcess broker = BrokerProcess.Launch(null, property);
        Assert.Equal(2, await broker.ExitCodeAsync());
        Assert.Contains(expected, broker.Errors);
        Assert.Empty(broker.Log);
    }

    [Fact]
    public async Task An_address_in_use_and_a_directory_in_use_are_named()
    {
        using BrokerProcess broker = await BrokerProcess.StartAsync();
        using (BrokerProcess sameAddress = BrokerProcess.Launch(null, $"listeners=PLAINTEXT://{broker.Address}"))
        {
            Assert.Equal(1, await sameAddress.ExitCodeAsync());
            string reason = (await sameAddress.LogLineAsync("StartFailed")).GetProperty("reason").GetString()!;
            Assert.Contains($"cannot listen on {broker.Address}", reason);
        }
        using BrokerProcess sameDirectory = BrokerProcess.Launch(broker.Directory);
        Assert.Equal(1, await sameDirectory.ExitCodeAsync());
        Assert.Contains("data", (await sameDirectory.LogLineAsync("StartFailed")).GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Bytes_of_another_protocol_are_told_by_one_line()
    {
        using BrokerProcess broker = await BrokerProcess.StartAsync();
        using (TcpClient client = broker.Connect())
        {
            client.GetStream().Write([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]);
            try
            {
                Assert.Equal(0, client.GetStream().Read(new byte[1]));
            }
            catch (IOException)
            {
                // A reset is an end as well.
            }
        }
        JsonElement line = await broker.LogLineAsync("ConnectionClosed");
        Assert.Equal("warning", line.GetProperty("level").GetString());
        Assert.Contains("looks like TLS", line.GetProperty("detail").GetString());
        Assert.Single(broker.Log, l => l.GetProperty("event").GetString() == "ConnectionClosed");
    }

    [Fact]
    public async Task Without_arguments_it_says_what_is_missing()
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "sluice-broker"))
        {
            RedirectStandardError = true,
        })!;
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(2, process.ExitCode);
        Assert.Contains("node.id is not set", errors);
        Assert.Contains("log.dirs is not set", errors);
    }
}
