using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using Sluice.Protocol;
using Sluice.Protocol.Frames;
using Sluice.Protocol.Messages;
using Support;

namespace Sluice.Broker.Tests;

/// <summary>The settings that bound connections and requests, on a real broker.</summary>
public sealed class ConnectionLimitTests
{
    private static readonly ApiVersionsRequest Question = new() { ClientSoftwareName = "test", ClientSoftwareVersion = "1" };

    [Fact]
    public async Task A_connection_without_traffic_is_closed_after_connections_max_idle_ms()
    {
        const int IdleMs = 1500;
        using BrokerProcess broker = await BrokerProcess.StartAsync(null, $"connections.max.idle.ms={IdleMs}");
        using TcpClient client = broker.Connect();
        long began = Stopwatch.GetTimestamp();
        BrokerProcess.Ask(client, Question, 3);
        Assert.Equal(0, client.Client.Receive(new byte[1]));
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalMilliseconds, IdleMs - 500, 30_000);
    }

    [Fact]
    public async Task A_request_of_socket_request_max_bytes_is_answered_and_a_larger_one_closes_its_connection()
    {
        const int Max = 50_000;
        using BrokerProcess broker = await BrokerProcess.StartAsync(null, $"socket.request.max.bytes={Max}");
        using (TcpClient client = broker.Connect())
        {
            client.Client.Send(Padded(Max));
            Assert.Equal(sizeof(int), client.Client.Receive(new byte[sizeof(int)]));
        }
        using (TcpClient client = broker.Connect())
        {
            client.Client.Send(Padded(Max + 1).AsSpan(0, 1000));
            Assert.Equal(0, ReceiveOrReset(client));
        }
        await Wait.UntilAsync(() => broker.Log.Any(line => line.ToString().Contains($"a request of {Max + 1} bytes is larger than socket.request.max.bytes ({Max})", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Max_connection_creation_rate_delays_new_connections_and_is_changed_at_run_time()
    {
        const int Rate = 3, Clients = 9;
        using BrokerProcess broker = await BrokerProcess.StartAsync(null, "max.connection.creation.rate=1000");
        using TcpClient admin = broker.Connect();
        SetRate(admin, $"{Rate}");
        long began = Stopwatch.GetTimestamp();
        TcpClient[] clients = [.. Enumerable.Range(0, Clients).Select(_ => broker.Connect())];
        foreach (TcpClient client in clients) BrokerProcess.Ask(client, Question, 3);
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, ((double)(Clients - Rate) / Rate) - 0.1, 60);
        SetRate(admin, "0");
        using TcpClient one = broker.Connect();
        // Kafka never lets one wait for longer than a second, whatever the rate.
        BrokerProcess.Ask(one, Question, 3);
        foreach (TcpClient client in clients) client.Dispose();
    }

    private static void SetRate(TcpClient admin, string value)
    {
        const sbyte BrokerResource = 4;
        var request = new IncrementalAlterConfigsRequest
        {
            Resources = [new() { ResourceType = BrokerResource, ResourceName = "", Configs = [new() { Name = "max.connection.creation.rate", Value = value }] }],
        };
        Assert.Equal(ErrorCode.None, BrokerProcess.Ask(admin, request, 1).Responses[0].ErrorCode);
    }

    /// <summary>A request with bytes behind it, over which brokers pass; its length on the wire is given.</summary>
    private static byte[] Padded(int length)
    {
        using RequestFrame frame = RequestFrame.Encode(Question, 3, correlationId: 1, "test");
        byte[] bytes = new byte[sizeof(int) + length];
        frame.ToArray().CopyTo(bytes, 0);
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        return bytes;
    }

    private static int ReceiveOrReset(TcpClient client)
    {
        try
        {
            return client.Client.Receive(new byte[1]);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return 0;
        }
    }
}
