using System.Net.Sockets;
using System.Text.Json;
using Sluice.Broker.Startup;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Broker.Tests;

/// <summary>What a broker does with few files and sockets, and what it says of that.</summary>
public sealed class OpenFileLimitTests
{
    private static readonly ApiVersionsRequest Question = new() { ClientSoftwareName = "test", ClientSoftwareVersion = "1" };

    [Theory]
    [InlineData(256, 60, 90)]
    [InlineData(1024, 400, 800)]
    [InlineData(20_000, 10_100, 19_000)]
    [InlineData(1_000_000, 980_000, 999_000)]
    public void Open_files_leave_room_for_connections(int descriptors, int least, int most) =>
        Assert.InRange(new OpenFileLimit(descriptors).ConnectionsMax, least, most);

    [Fact]
    public void The_soft_limit_is_raised_to_the_hard_one() =>
        Assert.InRange(OpenFileLimit.Raise()!.Value.Descriptors, 1024, int.MaxValue);

    [Fact]
    public void Few_are_told_and_too_few_are_refused()
    {
        Assert.Null(new OpenFileLimit(20_000).Note);
        Assert.Contains("may have 256 open files only: connections beyond 72 are refused", new OpenFileLimit(256).Note);
        Assert.Null(new OpenFileLimit(OpenFileLimit.DescriptorsMin).Error);
        Assert.Contains("needs 192 at least", new OpenFileLimit(OpenFileLimit.DescriptorsMin - 1).Error);
    }

    [Fact]
    public async Task With_few_the_broker_serves_as_many_clients_as_it_says()
    {
        using BrokerProcess broker = await BrokerProcess.StartUnderAsync(Limit(256), null);
        JsonElement note = await broker.LogLineAsync("PropertyNote");
        Assert.Equal("warning", note.GetProperty("level").GetString());
        string said = note.GetProperty("message").GetString()!;
        Assert.Contains("256 open files", said);
        Assert.Contains("ulimit -Hn", said);
        int most = new OpenFileLimit(256).ConnectionsMax;
        Assert.Contains($"beyond {most} ", said);
        TcpClient[] clients = [.. Enumerable.Range(0, most).Select(_ => broker.Connect())];
        var create = new CreateTopicsRequest { Topics = [new() { Name = "t", NumPartitions = 100, ReplicationFactor = 1 }], TimeoutMs = 30_000 };
        Assert.Equal(ErrorCode.None, Assert.Single(BrokerProcess.Ask(clients[0], create, 7).Topics).ErrorCode);
        foreach (TcpClient client in clients) Assert.Equal(ErrorCode.None, BrokerProcess.Ask(client, Question, 3).ErrorCode);
        using var http = new HttpClient();
        Assert.Equal("ok\n", await http.GetStringAsync(new Uri($"http://{broker.Http}/healthz")));
        using (TcpClient beyond = broker.Connect())
        {
            Assert.True(IsClosed(beyond));
            Assert.Contains("open files", (await broker.LogLineAsync("ConnectionRefused")).GetProperty("message").GetString());
        }
        foreach (TcpClient client in clients) client.Dispose();
    }

    [Fact]
    public async Task With_too_few_the_start_is_refused_with_the_reason()
    {
        using BrokerProcess broker = BrokerProcess.LaunchUnder(Limit(150), null);
        Assert.Equal(2, await broker.ExitCodeAsync());
        Assert.Contains("This process may have 150 open files, and a broker needs 192 at least", broker.Errors);
    }

    private static string[] Limit(int descriptors) => ["/bin/sh", "-c", $"ulimit -n {descriptors}; exec \"$0\" \"$@\""];

    private static bool IsClosed(TcpClient client)
    {
        try
        {
            return client.Client.Receive(new byte[1]) == 0;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return true;
        }
    }
}
