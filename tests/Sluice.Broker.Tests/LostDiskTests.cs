using System.Net.Sockets;
using System.Text.Json;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Broker.Tests;

/// <summary>A broker process whose data directory goes away ends, so that it is started again, and serves again when the directory is back.</summary>
public sealed class LostDiskTests
{
    private static ErrorCode Create(BrokerProcess broker, string topic)
    {
        using TcpClient client = broker.Connect();
        return BrokerProcess.Ask(client, new CreateTopicsRequest { Topics = [new() { Name = topic, NumPartitions = 1, ReplicationFactor = 1 }], TimeoutMs = 30_000 }, 7).Topics[0].ErrorCode;
    }

    [Fact]
    public async Task A_data_directory_that_vanishes_ends_the_process_although_nobody_writes()
    {
        using BrokerProcess broker = await BrokerProcess.StartAsync();
        Assert.Equal(ErrorCode.None, Create(broker, "t"));
        string data = $"{broker.Directory}/data";
        Directory.Move(data, data + "-away");
        Assert.Equal(3, await broker.ExitCodeAsync());
        JsonElement halted = await broker.LogLineAsync("Halted");
        Assert.Contains($"the data directory {data} failed, and there is no other", halted.GetProperty("reason").GetString(), StringComparison.Ordinal);

        Directory.Move(data + "-away", data);
        using BrokerProcess again = await BrokerProcess.StartAsync(broker.Directory);
        Assert.Equal(ErrorCode.TopicAlreadyExists, Create(again, "t"));
        Assert.Equal(ErrorCode.None, Create(again, "u"));
    }

    [Fact]
    public async Task Metadata_that_lost_its_end_stops_the_start_with_what_to_do()
    {
        using BrokerProcess broker = await BrokerProcess.StartAsync();
        Assert.Equal(ErrorCode.None, Create(broker, "t"));
        broker.Signal("KILL");
        await broker.ExitCodeAsync();
        string metadata = $"{broker.Directory}/data/__cluster_metadata-0/{0:D20}.log";
        using (FileStream file = File.OpenWrite(metadata)) file.SetLength(file.Length - 20);

        using BrokerProcess refused = BrokerProcess.Launch(broker.Directory);
        Assert.Equal(1, await refused.ExitCodeAsync());
        string reason = (await refused.LogLineAsync("StartFailed")).GetProperty("reason").GetString()!;
        const string Setting = "sluice.metadata.accepted.end.offset=";
        int at = reason.IndexOf(Setting, StringComparison.Ordinal);
        Assert.True(at > 0, reason);
        string accepted = reason[at..reason.IndexOf(':', at)];

        using BrokerProcess without = await BrokerProcess.StartAsync(broker.Directory, accepted);
        Assert.Single(Directory.GetDirectories($"{broker.Directory}/data", "t-0.*-stray"));
        using var http = new HttpClient();
        string metrics = await http.GetStringAsync($"http://{without.Http}/metrics");
        Assert.Contains("\nsluice_stray_directories{} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\nsluice_partitions_lost_records{} 0\n", metrics, StringComparison.Ordinal);
        Assert.Equal(ErrorCode.None, Create(without, "t"));
    }
}
