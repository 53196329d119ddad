using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Hostile.Tests.Brokers;
using Sluice.Broker.Tests;
using Sluice.Protocol;
using Sluice.Protocol.Frames;
using Sluice.Protocol.Messages;
using Xunit.Abstractions;

namespace Hostile.Tests.Crowds;

/// <summary>Very many connections, and connections that do not do their part. Nothing else may run beside it: it fills the machine.</summary>
[CollectionDefinition(nameof(CrowdTests), DisableParallelization = true)]
[Trait("Runs", "Alone")]
[Collection(nameof(CrowdTests))]
public sealed class CrowdTests(ITestOutputHelper output)
{
    private const int IdleConnections = 10_000;
    private const int IdleBytesMax = 4096;

    [SkippableFact]
    public async Task Ten_thousand_idle_connections_take_less_than_4_KB_each()
    {
        using VictimBroker broker = await VictimBroker.StartAsync();
        using var crowd = new Crowd(broker);
        // The first ones make the broker compile what serves them and fill its pools.
        crowd.Open(500);
        crowd.Ask();
        broker.Check();
        long before = await SettledMemoryAsync(broker);
        crowd.Open(IdleConnections);
        crowd.Ask();
        long each = (await SettledMemoryAsync(broker) - before) / IdleConnections;
        output.WriteLine($"{each} bytes of the broker's memory a connection");
        Assert.InRange(each, long.MinValue, IdleBytesMax);
        broker.Check();
        crowd.Ask();
        broker.Check();
    }

    [SkippableFact]
    public async Task A_thousand_busy_connections_are_all_served()
    {
        using VictimBroker broker = await VictimBroker.StartAsync();
        broker.Create("busy", 8);
        using var crowd = new Crowd(broker);
        crowd.Open(1000);
        byte[] batch = VictimBroker.Batch(new string('x', 900));
        for (int round = 0; round < 5; round++)
        {
            crowd.SendAll(i => VictimBroker.Produce("busy", batch, i % 8), 9);
            crowd.ReceiveAll();
            broker.CheckMemory();
        }
        broker.Check();
        using TcpClient client = broker.Connect();
        var ends = new ListOffsetsRequest { ReplicaId = -1, Topics = [new() { Name = "busy", Partitions = [.. Enumerable.Range(0, 8).Select(i => new ListOffsetsRequest.ListOffsetsPartition { PartitionIndex = i, Timestamp = -1, CurrentLeaderEpoch = -1 })] }] };
        Assert.Equal(5000, BrokerProcess.Ask(client, ends, 5).Topics[0].Partitions.Sum(p => p.Offset));
    }

    [SkippableFact]
    public async Task Clients_that_never_read_do_not_make_the_broker_keep_their_answers()
    {
        using VictimBroker broker = await VictimBroker.StartAsync(256L * 1024 * 1024, "socket.send.buffer.bytes=16384");
        // An answer of some hundred kilobytes to a request of a few bytes.
        for (int i = 0; i < 20; i++) broker.Create($"large-{i}", 200);
        using var crowd = new Crowd(broker) { ReceiveBufferBytes = 16 * 1024 };
        crowd.Open(200);
        for (int i = 0; i < 12; i++) crowd.SendAll(_ => new MetadataRequest { Topics = null }, 9, mayFail: true);
        for (int i = 0; i < 20; i++)
        {
            broker.Check();
            await Task.Delay(100);
        }
        output.WriteLine($"the broker took {broker.MemoryBytesSeenMax >> 20} MB at most");
    }

    /// <summary>What a broker does for those who do not read is bounded by their number, not by how much they ask: counted, not timed.</summary>
    [SkippableFact]
    public async Task Clients_that_never_read_are_served_a_few_requests_each_however_many_they_send()
    {
        const int Clients = 60, Asked = 200, ServedMax = 25;
        using VictimBroker broker = await VictimBroker.StartAsync();
        for (int i = 0; i < 8; i++) broker.Create($"large-{i}", 200);
        using var http = new HttpClient { BaseAddress = new Uri($"http://{broker.Process.Http}") };
        using var crowd = new Crowd(broker);
        crowd.Open(Clients);
        for (int i = 0; i < Asked; i++) crowd.SendAll(_ => new MetadataRequest { Topics = null }, 9, mayFail: true);
        long served = -1, before;
        do
        {
            before = served;
            for (int i = 0; i < 10; i++)
            {
                broker.Check();
                await Task.Delay(20);
            }
            served = await ServedAsync(http, "Metadata");
        }
        while (served != before);
        output.WriteLine($"{served} of {Clients * Asked} requests were served");
        Assert.InRange(served, 1, Clients * ServedMax);
        broker.CheckRecords();
    }

    [SkippableFact]
    public async Task Half_sent_requests_and_slow_lorises_leave_room_for_others()
    {
        using VictimBroker broker = await VictimBroker.StartAsync(256L * 1024 * 1024);
        using var crowd = new Crowd(broker);
        crowd.Open(1500);
        byte[] beginning = new byte[60_000];
        BinaryPrimitives.WriteInt32BigEndian(beginning, 20_000_000);
        crowd.SendBytes(_ => beginning);
        byte[] megabyte = VictimBroker.Batch(new string('x', 900_000));
        broker.Create("well-behaved");
        using TcpClient client = broker.Connect();
        for (int i = 0; i < 20; i++)
        {
            crowd.SendBytes(_ => [0]);
            Assert.Equal(ErrorCode.None, BrokerProcess.Ask(client, VictimBroker.Produce("well-behaved", megabyte), 9).Responses[0].PartitionResponses[0].ErrorCode);
            broker.Check();
        }
        output.WriteLine($"the broker took {broker.MemoryBytesSeenMax >> 20} MB at most");
    }

    [SkippableFact]
    public async Task A_storm_of_connections_passes()
    {
        using VictimBroker broker = await VictimBroker.StartAsync(512L * 1024 * 1024, "max.connections.per.ip=2000");
        for (int storm = 0; storm < 5; storm++)
        {
            using var crowd = new Crowd(broker) { Addresses = 4 };
            crowd.Open(1000);
            // Half of them go at once, without a word.
        }
        using var tooMany = new Crowd(broker) { Addresses = 1 };
        tooMany.Open(2100);
        broker.Check();
    }

    /// <summary>Waits until the collector has given back what it can.</summary>
    private static async Task<long> SettledMemoryAsync(VictimBroker broker)
    {
        long least = long.MaxValue;
        for (int quiet = 0; quiet < 6; quiet++)
        {
            await Task.Delay(500);
            long now = broker.MemoryBytes;
            if (now < least - (256 * 1024)) quiet = 0;
            least = Math.Min(least, now);
        }
        return least;
    }

    /// <summary>Many plain connections, from several addresses of loopback so that there are ports enough.</summary>
    private sealed class Crowd(VictimBroker broker) : IDisposable
    {
        private readonly List<Socket> _sockets = [];
        private readonly byte[] _scratch = new byte[64 * 1024];

        public int ReceiveBufferBytes { get; init; }

        public int Addresses { get; init; } = 8;

        public void Open(int count)
        {
            string address = broker.Process.Address;
            var server = new IPEndPoint(IPAddress.Loopback, int.Parse(address.AsSpan(address.LastIndexOf(':') + 1), System.Globalization.CultureInfo.InvariantCulture));
            for (int i = 0; i < count; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 30_000, SendTimeout = 30_000 };
                _sockets.Add(socket);
                if (ReceiveBufferBytes > 0) socket.ReceiveBufferSize = ReceiveBufferBytes;
                try
                {
                    socket.Bind(new IPEndPoint(new IPAddress([127, 0, 0, (byte)(2 + (i % Addresses))]), 0));
                    socket.Connect(server);
                }
                catch (SocketException e) when (e.SocketErrorCode == SocketError.TooManyOpenSockets)
                {
                    Skip.If(true, $"this process may not have {count} open files (ulimit -n)");
                }
            }
        }

        /// <summary>One small request on each, and its answer.</summary>
        public void Ask()
        {
            SendAll(_ => new ApiVersionsRequest { ClientSoftwareName = "crowd", ClientSoftwareVersion = "1" }, 3);
            ReceiveAll();
        }

        public void SendAll(Func<int, IRequest> request, short version, bool mayFail = false)
        {
            for (int i = 0; i < _sockets.Count; i++)
            {
                using RequestFrame frame = RequestFrame.Encode(request(i), version, 5, "crowd");
                Send(_sockets[i], frame.ToArray(), mayFail);
            }
        }

        public void SendBytes(Func<int, byte[]> bytes)
        {
            for (int i = 0; i < _sockets.Count; i++) Send(_sockets[i], bytes(i), mayFail: true);
        }

        public void ReceiveAll()
        {
            foreach (Socket socket in _sockets)
            {
                int length = 4;
                bool isPrefix = true;
                for (int have = 0; have < length;)
                {
                    int got = socket.Receive(_scratch.AsSpan(0, Math.Min(length - have, _scratch.Length)));
                    Assert.NotEqual(0, got);
                    have += got;
                    if (!isPrefix || have < 4) continue;
                    isPrefix = false;
                    length = 4 + BinaryPrimitives.ReadInt32BigEndian(_scratch);
                }
            }
        }

        public void Dispose()
        {
            foreach (Socket socket in _sockets) socket.Dispose();
        }

        /// <summary>A crowd that misbehaves does not wait: what the broker does not take now it does not get.</summary>
        private static void Send(Socket socket, byte[] bytes, bool mayFail)
        {
            try
            {
                if (mayFail) socket.Blocking = false;
                socket.Send(bytes);
            }
            catch (SocketException) when (mayFail)
            {
                // Closed by the broker, or its buffers are full.
            }
        }
    }

    private static async Task<long> ServedAsync(HttpClient http, string api)
    {
        string text = await http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        string? line = text.Split('\n').FirstOrDefault(line => line.StartsWith("sluice_request_duration_seconds_count", StringComparison.Ordinal) && line.Contains($"\"{api}\"", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }
}
