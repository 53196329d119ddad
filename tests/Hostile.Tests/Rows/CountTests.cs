using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using Hostile.Tests.Brokers;
using Sluice.Broker.Tests;
using Sluice.Protocol;
using Sluice.Protocol.Frames;
using Sluice.Protocol.Generator.Model;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;
using Sluice.Protocol.Tests.Support;

namespace Hostile.Tests.Rows;

/// <summary>Counts: none, one, more than there are bytes, and as many as there is room for.</summary>
[Collection(nameof(SharedBroker))]
public sealed class CountTests(SharedBroker shared)
{
    private VictimBroker Broker => shared.Broker;

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(0x0FFF_FFFF)]
    [InlineData(1_000_000)]
    public void An_array_of_more_elements_than_bytes_is_refused(int count)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, count);
        // Metadata version 1: nothing but the array of topics. Fetch version 4 and Produce version 3: one within another.
        Refused([.. RawClient.Header(3, 1), .. bytes]);
        Refused([.. RawClient.Header(1, 4), .. new byte[17], .. bytes]);
        Refused([.. RawClient.Header(0, 3), 0xFF, 0xFF, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, (byte)'t', .. bytes]);
    }

    [Fact]
    public void An_array_with_as_many_elements_as_bytes_does_not_multiply_memory()
    {
        // Ten million texts without a letter: each is an element of two bytes. Kafka made an object of each (CVE-2026-111108).
        const int Count = 10_000_000;
        byte[] body = new byte[4 + (2 * Count)];
        BinaryPrimitives.WriteInt32BigEndian(body, Count);
        for (int i = 0; i < 3; i++)
        {
            using var client = new RawClient(Broker);
            client.SendFrame([.. RawClient.Header(3, 1), .. body]);
            Assert.True(client.IsClosed());
            Broker.CheckMemory();
        }
        Broker.Check();
    }

    [Fact]
    public void Unknown_tagged_fields_are_skipped_without_memory_and_an_absurd_number_of_them_is_refused()
    {
        // ApiVersions version 3: two compact texts, then tagged fields. A million of one byte each, with growing tags.
        var tags = new List<byte>();
        const int Count = 1_000_000;
        Varint(tags, Count);
        for (int tag = 0; tag < Count; tag++)
        {
            Varint(tags, tag);
            tags.Add(1);
            tags.Add(0);
        }
        long before = Broker.MemoryBytes;
        using (var client = new RawClient(Broker))
        {
            client.SendFrame([.. RawClient.FlexibleHeader(18, 3), 2, (byte)'a', 2, (byte)'b', .. tags]);
            Assert.NotEmpty(client.ReceiveFrame());
        }
        Refused([.. RawClient.FlexibleHeader(18, 3), 2, (byte)'a', 2, (byte)'b', 0xFF, 0xFF, 0xFF, 0xFF, 0x07]);
        Refused([.. RawClient.Header(18, 3), 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 2, (byte)'a', 2, (byte)'b', 0]);
        Assert.InRange(Broker.MemoryBytes - before, long.MinValue, 128L * 1024 * 1024);
        Broker.Check();
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [InlineData(40, false)]
    public void Every_API_takes_none_one_and_many_of_everything(int count, bool isNull)
    {
        using TcpClient client = Broker.Connect();
        ApiVersionsResponse served = BrokerProcess.Ask(client, new ApiVersionsRequest { ClientSoftwareName = "t", ClientSoftwareVersion = "1" }, 3);
        foreach (ApiVersionsResponse.ApiVersion api in served.ApiKeys)
        {
            for (short version = Math.Max(api.MinVersion, ApiTable.Get((ApiKey)api.ApiKey).MinVersion); version <= api.MaxVersion; version++)
            {
                using var connection = new RawClient(Broker);
                IMessage request = MessageFiller.New($"{(ApiKey)api.ApiKey}Request", version, new Plain(count, isNull));
                using (RequestFrame frame = RequestFrame.Encode((IRequest)request, version, 1, "t")) connection.Send(frame.ToArray());
                // Some of them wait for what never comes, some are answered, some refused; the broker goes on in any case.
            }
            Broker.Check();
        }
    }

    [Fact]
    public void What_is_asked_a_hundred_thousand_times_costs_no_more_than_its_bytes()
    {
        Broker.Create("often", 2);
        using TcpClient client = Broker.Connect();
        client.ReceiveTimeout = 120_000;
        const int Times = 100_000;
        var time = Stopwatch.StartNew();
        BrokerProcess.Ask(client, new MetadataRequest { Topics = [.. Repeat(Times, i => new MetadataRequest.MetadataRequestTopic { Name = "often" })] }, 9);
        BrokerProcess.Ask(client, new ListOffsetsRequest { ReplicaId = -1, Topics = [new() { Name = "often", Partitions = [.. Repeat(Times, i => new ListOffsetsRequest.ListOffsetsPartition { PartitionIndex = i % 3, Timestamp = -1 })] }] }, 5);
        BrokerProcess.Ask(client, new OffsetCommitRequest { GroupId = "g", Topics = [.. Repeat(Times, i => new OffsetCommitRequest.OffsetCommitRequestTopic { Name = i % 2 == 0 ? $"no-{i}" : "often", Partitions = [new() { PartitionIndex = i % 3 }] })] }, 8);
        BrokerProcess.Ask(client, new OffsetFetchRequest { Groups = [.. Repeat(Times / 50, i => new OffsetFetchRequest.OffsetFetchRequestGroup { GroupId = "g" })] }, 8);
        BrokerProcess.Ask(client, new FindCoordinatorRequest { CoordinatorKeys = [.. Repeat(Times, i => "g")] }, 4);
        BrokerProcess.Ask(client, new DescribeGroupsRequest { Groups = [.. Repeat(Times / 10, i => "g")] }, 5);
        BrokerProcess.Ask(client, new DeleteTopicsRequest { TimeoutMs = 1000, TopicNames = [.. Repeat(Times, i => "none")] }, 5);
        BrokerProcess.Ask(client, new CreateTopicsRequest { TimeoutMs = 30_000, ValidateOnly = true, Topics = [.. Repeat(Times / 50, i => new CreateTopicsRequest.CreatableTopic { Name = $"t{i % 7}", NumPartitions = 1, ReplicationFactor = 1 })] }, 5);
        FetchRequest fetch = VictimBroker.Fetch("often", 0);
        fetch.Topics[0].Partitions = [.. Repeat(Times, i => new FetchRequest.FetchPartition { Partition = i % 2, PartitionMaxBytes = 1 << 20, CurrentLeaderEpoch = -1 })];
        BrokerProcess.Ask(client, fetch, 11);
        // Squares of these numbers would take hours.
        Assert.InRange(time.Elapsed.TotalSeconds, 0, 100);
        Broker.Check();
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(10_000_000)]
    [InlineData(0)]
    [InlineData(-2)]
    public void An_absurd_number_of_partitions_is_refused(int partitions)
    {
        using TcpClient client = Broker.Connect();
        var create = new CreateTopicsRequest { TimeoutMs = 30_000, Topics = [new() { Name = $"absurd{partitions}", NumPartitions = partitions, ReplicationFactor = 1 }] };
        Assert.NotEqual(ErrorCode.None, BrokerProcess.Ask(client, create, 7).Topics[0].ErrorCode);
        Broker.Create("few");
        if (partitions > 0)
        {
            var grow = new CreatePartitionsRequest { TimeoutMs = 30_000, Topics = [new() { Name = "few", Count = partitions }] };
            Assert.NotEqual(ErrorCode.None, BrokerProcess.Ask(client, grow, 3).Results[0].ErrorCode);
        }
        Broker.Check();
    }

    private void Refused(byte[] body)
    {
        using var client = new RawClient(Broker);
        client.SendFrame(body);
        Assert.True(client.IsClosed());
        Broker.Check();
    }

    private static IEnumerable<T> Repeat<T>(int count, Func<int, T> make) => Enumerable.Range(0, count).Select(make);

    private static void Varint(List<byte> bytes, int value)
    {
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
    }

    /// <summary>The same of everything, and nothing that makes anybody wait.</summary>
    private sealed class Plain(int count, bool isNull) : IValueSource
    {
        private readonly RandomSource _scalars = new(count);

        public bool IsNull(FieldSchema field) => isNull;

        public int Count(FieldSchema field) => field.Struct is null || count < 2 ? count : 2;

        public object Scalar(FieldKind kind) => kind switch
        {
            FieldKind.String => "x",
            FieldKind.Int32 => 0,
            _ => _scalars.Scalar(kind),
        };
    }
}
