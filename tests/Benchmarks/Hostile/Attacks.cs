using System.Buffers.Binary;
using System.Net.Sockets;
using Benchmarks.Driving;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;
using Sluice.Protocol.Frames;
using Sluice.Protocol.Messages;

namespace Benchmarks.Hostile;

/// <summary>Connections that asked something once and are silent.</summary>
internal sealed class IdleCrowd() : Attack("10,000 idle connections", 10_000, 0)
{
    protected override void Greet(Socket socket) => Send(socket, Frames.ApiVersions);

    protected override void Act(Socket socket)
    {
    }
}

/// <summary>Requests that begin and go on by a byte now and then.</summary>
internal sealed class SlowLoris() : Attack("1,000 half-sent requests, a byte at a time", 1000, 2000)
{
    private static readonly byte[] Beginning = Frames.Beginning(30_000);

    protected override void Greet(Socket socket) => Send(socket, Beginning);

    protected override void Act(Socket socket) => Send(socket, [0]);
}

/// <summary>Large requests of which half comes at once and the rest never.</summary>
internal sealed class HalfSentGiants() : Attack("500 half-sent requests of 50 MB", 500, 100)
{
    private static readonly byte[] Beginning = Frames.Beginning(50_000_000, sent: 200_000);

    protected override void Greet(Socket socket) => Send(socket, Beginning);

    protected override void Act(Socket socket) => Send(socket, Beginning.AsSpan(0, 1000));
}

/// <summary>Clients that ask for much and read nothing.</summary>
internal class DeafClients(string name, int connections, double actionsASecond) : Attack(name, connections, actionsASecond)
{
    private const int Topics = 10;
    private const int Partitions = 200;

    private static string _prepared = "";

    internal DeafClients()
        : this("300 clients that never read, metadata 1,000/s", 300, 1000)
    {
    }

    protected static byte[] Question { get; } = Frames.Encode(new MetadataRequest { Topics = null }, 9);

    protected override bool Reads => false;

    protected override void Prepare()
    {
        if (_prepared == Address) return;
        _prepared = Address;
        using var client = new Client(Address);
        for (int i = 0; i < Topics; i++) client.CreateTopic($"large-{Guid.NewGuid():N}", Partitions);
    }

    protected override void Act(Socket socket) => Send(socket, Question);
}

/// <summary>The same with many requests at once, so that there always is one more to serve.</summary>
internal sealed class DeafFlood() : DeafClients("300 clients that never read, metadata 20,000/s", 300, 200)
{
    private static readonly byte[] Questions = [.. Enumerable.Repeat(Question, 100).SelectMany(bytes => bytes)];

    protected override void Act(Socket socket) => Send(socket, Questions);
}

/// <summary>Consumers that read nothing.</summary>
internal sealed class DeafFetchers() : Attack("300 clients that never read, fetches 1,000/s", 300, 1000)
{
    private const long FilledBytes = 64L * 1024 * 1024;
    private static readonly BatchShape Shape = new(100, 1000);

    private static string _prepared = "";
    private static byte[] _question = [];

    protected override bool Reads => false;

    protected override void Prepare()
    {
        if (_prepared == Address) return;
        _prepared = Address;
        using var client = new Client(Address);
        Uuid topic = client.CreateTopic($"fetched-{Guid.NewGuid():N}", 1);
        using (var load = new ProduceLoad(Address, ProduceFrame.ForPartitions(topic, 1, Shape), 1, 5))
        {
            load.Run(300, FilledBytes);
            load.End();
        }
        _question = Frames.Encode(
            new FetchRequest
            {
                MaxWaitMs = 500,
                MinBytes = 1,
                MaxBytes = 50 << 20,
                SessionEpoch = -1,
                Topics = [new() { TopicId = topic, Partitions = [new() { PartitionMaxBytes = 1 << 20, CurrentLeaderEpoch = -1, LastFetchedEpoch = -1, LogStartOffset = -1 }] }],
            },
            13);
    }

    protected override void Act(Socket socket) => Send(socket, _question);
}

/// <summary>Bytes that are no requests.</summary>
internal sealed class Garbage() : Attack("garbage, 500 frames a second", 50, 500)
{
    private readonly Random _random = new(1);
    private readonly byte[] _bytes = new byte[2000];

    protected override void Act(Socket socket)
    {
        _random.NextBytes(_bytes);
        BinaryPrimitives.WriteInt32BigEndian(_bytes, _bytes.Length - sizeof(int));
        BinaryPrimitives.WriteInt16BigEndian(_bytes.AsSpan(4), (short)_random.Next(60));
        BinaryPrimitives.WriteInt16BigEndian(_bytes.AsSpan(6), (short)_random.Next(14));
        Send(socket, _bytes);
    }
}

/// <summary>Requests that name very many things.</summary>
internal sealed class AbsurdCounts() : Attack("20,000 partitions a request, 10 a second", 10, 10)
{
    private static readonly byte[] Fetch = Frames.Encode(
        new FetchRequest
        {
            MaxWaitMs = 0,
            MaxBytes = 1 << 20,
            SessionEpoch = -1,
            Topics = [new() { Topic = "absurd", Partitions = [.. Enumerable.Range(0, 20_000).Select(i => new FetchRequest.FetchPartition { Partition = i, PartitionMaxBytes = 1 << 20, CurrentLeaderEpoch = -1 })] }],
        },
        11);

    protected override void Act(Socket socket) => Send(socket, Fetch);
}

/// <summary>Small batches that are large inside, to a topic whose records must be looked at.</summary>
internal sealed class Bombs() : Attack("decompression bombs, 20 a second", 10, 20)
{
    private byte[] _frame = [];

    protected override void Prepare()
    {
        using var client = new Client(Address);
        Uuid topic = client.CreateTopic($"bombed-{Guid.NewGuid():N}", 1, ("cleanup.policy", "compact"));
        _frame = new ProduceFrame(topic, 0, 1, Frames.Bomb(200_000_000)).Bytes;
    }

    protected override void Act(Socket socket) => Send(socket, _frame);
}

/// <summary>Connections that come and go without a word.</summary>
internal sealed class ConnectionStorm() : Attack("300 connections a second", 1, 300)
{
    protected override void Act(Socket socket)
    {
        using Socket another = Client.Connect(Address);
    }
}

/// <summary>Bytes that attacks send.</summary>
internal static class Frames
{
    internal static byte[] ApiVersions { get; } = Encode(new ApiVersionsRequest { ClientSoftwareName = "crowd", ClientSoftwareVersion = "1" }, 3);

    internal static byte[] Encode(IRequest request, short version)
    {
        using RequestFrame frame = RequestFrame.Encode(request, version, correlationId: 1, "hostile");
        return frame.ToArray();
    }

    /// <summary>The beginning of a frame that claims a length.</summary>
    internal static byte[] Beginning(int length, int sent = 5000)
    {
        byte[] bytes = new byte[sent];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        return bytes;
    }

    /// <summary>A batch that is sound but for the size of what it holds.</summary>
    internal static byte[] Bomb(int bytes)
    {
        const int CrcAt = 17, LengthAt = 8, AttributesAt = 21;
        using var builder = new RecordBatchBuilder();
        builder.Append(1_700_000_000_000, [1], [2]);
        using var body = new PooledBuffer();
        Codecs.Compress(CompressionCodec.Zstd, new byte[bytes], body);
        byte[] batch = [.. builder.Build().AsSpan(0, RecordBatch.HeaderSize), .. body.WrittenSpan];
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(LengthAt), batch.Length - RecordBatch.LengthOverhead);
        BinaryPrimitives.WriteInt16BigEndian(batch.AsSpan(AttributesAt), (short)CompressionCodec.Zstd);
        BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(CrcAt), Crc32C.Compute(batch.AsSpan(AttributesAt)));
        return batch;
    }
}
