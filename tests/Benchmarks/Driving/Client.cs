using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Sluice.Protocol;
using Sluice.Protocol.Frames;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;
using Sluice.Protocol.Wire;

namespace Benchmarks.Driving;

/// <summary>A blocking connection for what happens outside the measured time: topics, offsets, groups.</summary>
internal sealed class Client(string address) : IDisposable
{
    internal const string Id = "bench";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>Kafka's controller takes fewer than 10,000 changes at once.</summary>
    private const int PartitionsARequest = 5000;

    private readonly Socket _socket = Connect(address);
    private byte[] _frame = new byte[64 * 1024];

    internal static Socket Connect(string address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Connect(IPEndPoint.Parse(address));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request and waits for its answer.</summary>
    internal TResponse Ask<TResponse>(IRequest request, short version)
        where TResponse : class, IResponse, new()
    {
        using (RequestFrame frame = RequestFrame.Encode(request, version, correlationId: 1, Id)) _socket.Send(frame.Buffer.Span);
        int length = ReceiveFrame();
        var header = new ResponseHeader();
        var response = new TResponse();
        var reader = new WireReader(_frame.AsMemory(0, length), AllocationBudget.ForTrusted(length));
        header.Read(ref reader, ApiTable.Get(request.ApiKey).ResponseHeaderVersion(version));
        response.Read(ref reader, version);
        return response;
    }

    /// <summary>Sends a frame made before and answers whether what came back has no error, by a template's own way to look.</summary>
    internal bool IsAccepted(ProduceFrame frame)
    {
        _socket.Send(frame.Bytes);
        int length = ReceiveFrame();
        return frame.ErrorIn(_frame.AsSpan(0, length)) == ErrorCode.None;
    }

    /// <summary>Makes a topic and waits until every partition of it has a leader.</summary>
    internal Uuid CreateTopic(string name, int partitions, params (string Name, string Value)[] configs)
    {
        var topic = new CreateTopicsRequest.CreatableTopic { Name = name, NumPartitions = Math.Min(partitions, PartitionsARequest), ReplicationFactor = 1 };
        foreach ((string config, string value) in configs) topic.Configs.Add(new() { Name = config, Value = value });
        ErrorCode error = Ask<CreateTopicsResponse>(new CreateTopicsRequest { TimeoutMs = 120_000, Topics = [topic] }, 7).Topics[0].ErrorCode;
        if (error is not (ErrorCode.None or ErrorCode.TopicAlreadyExists)) throw new InvalidOperationException($"topic {name} with {partitions} partitions was not created: {error}");
        for (int made = PartitionsARequest; made < partitions; made += PartitionsARequest) AddPartitions(name, Math.Min(partitions, made + PartitionsARequest));
        Uuid id = Uuid.Zero;
        Until(() => TryFindTopic(name, partitions, out id), $"topic {name} with {partitions} partitions has leaders");
        return id;
    }

    internal void DeleteTopic(string name) =>
        Ask<DeleteTopicsResponse>(new DeleteTopicsRequest { TimeoutMs = 120_000, TopicNames = [name] }, 5);

    /// <summary>Sends each frame once, again until it is accepted: a new partition needs a moment to be led.</summary>
    internal void Prime(IEnumerable<ProduceFrame> frames)
    {
        foreach (ProduceFrame frame in frames) Until(() => IsAccepted(frame), "a new partition takes records");
    }

    /// <summary>The offset that a partition's next record gets.</summary>
    internal long EndOffset(string topic, int partition)
    {
        var request = new ListOffsetsRequest
        {
            ReplicaId = -1,
            Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = partition, CurrentLeaderEpoch = -1, Timestamp = -1 }] }],
        };
        ListOffsetsResponse.ListOffsetsPartitionResponse answer = Ask<ListOffsetsResponse>(request, 7).Topics[0].Partitions[0];
        return answer.ErrorCode == ErrorCode.None ? answer.Offset : throw new InvalidOperationException($"{topic}-{partition} has no end offset: {answer.ErrorCode}");
    }

    internal static void Until(Func<bool> condition, string what)
    {
        long began = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(began) > Patience) throw new TimeoutException($"not within {Patience.TotalSeconds:0} s: {what}");
            Thread.Sleep(5);
        }
    }

    internal static void Receive(Socket socket, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int got = socket.Receive(destination);
            if (got == 0) throw new EndOfStreamException();
            destination = destination[got..];
        }
    }

    public void Dispose() => _socket.Dispose();

    private void AddPartitions(string topic, int count)
    {
        var request = new CreatePartitionsRequest { TimeoutMs = 120_000, Topics = [new() { Name = topic, Count = count, Assignments = null }] };
        CreatePartitionsResponse.CreatePartitionsTopicResult result = Ask<CreatePartitionsResponse>(request, 3).Results[0];
        if (result.ErrorCode != ErrorCode.None) throw new InvalidOperationException($"topic {topic} did not get {count} partitions: {result.ErrorCode} {result.ErrorMessage}");
    }

    private int ReceiveFrame()
    {
        Receive(_socket, _frame.AsSpan(0, sizeof(int)));
        int length = BinaryPrimitives.ReadInt32BigEndian(_frame);
        if (length > _frame.Length) _frame = new byte[length];
        Receive(_socket, _frame.AsSpan(0, length));
        return length;
    }

    private bool TryFindTopic(string name, int partitions, out Uuid id)
    {
        MetadataResponse.MetadataResponseTopic topic = Ask<MetadataResponse>(new MetadataRequest { Topics = [new() { Name = name }] }, 12).Topics[0];
        id = topic.TopicId;
        return topic.ErrorCode == ErrorCode.None && topic.Partitions.Count == partitions && topic.Partitions.TrueForAll(p => p.ErrorCode == ErrorCode.None && p.LeaderId >= 0);
    }
}
