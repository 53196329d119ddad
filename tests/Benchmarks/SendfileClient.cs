using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Messages;

namespace Benchmarks;

/// <summary>Fills one partition and reads it over and over with Fetch requests.</summary>
internal sealed class SendfileClient : IDisposable
{
    internal const string Topic = "bench";
    private const short FetchVersion = 12;
    private const int RecordBytes = 1000;
    private const int RecordsABatch = 100;

    private readonly Socket _socket;
    private byte[] _frame = new byte[2 * 1024 * 1024];
    private long _endOffset;

    internal SendfileClient(string address) => _socket = Connect(address);

    internal static Socket Connect(string address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPEndPoint.Parse(address));
        return socket;
    }

    internal void Fill(int bytes)
    {
        var create = new CreateTopicsRequest { TimeoutMs = 30_000, Topics = [new() { Name = Topic, NumPartitions = 1, ReplicationFactor = 1 }] };
        ErrorCode created = Ask<CreateTopicsResponse>(create, 7).Topics[0].ErrorCode;
        if (created != ErrorCode.None) throw new InvalidOperationException($"the topic was not created: {created}");
        using var builder = new RecordBatchBuilder();
        byte[] value = new byte[RecordBytes];
        new Random(1).NextBytes(value);
        for (int i = 0; i < RecordsABatch; i++) builder.Append(1_700_000_000_000, null, value);
        byte[] batch = builder.Build();
        for (int written = 0; written < bytes; written += batch.Length)
        {
            var produce = new ProduceRequest
            {
                Acks = 1,
                TimeoutMs = 30_000,
                TopicData = [new() { Name = Topic, PartitionData = [new() { Index = 0, Records = new Records(batch) }] }],
            };
            ErrorCode error = Ask<ProduceResponse>(produce, 9).Responses[0].PartitionResponses[0].ErrorCode;
            if (error != ErrorCode.None) throw new InvalidOperationException($"produce failed: {error}");
            _endOffset += RecordsABatch;
        }
    }

    /// <summary>Fetches until so many bytes came; answers how many did.</summary>
    internal long Read(long bytes, int fetchBytes)
    {
        long received = 0;
        for (long offset = 0; received < bytes;)
        {
            var fetch = new FetchRequest
            {
                ReplicaId = -1,
                MaxWaitMs = 500,
                MinBytes = 1,
                MaxBytes = 50 * 1024 * 1024,
                SessionEpoch = -1,
                Topics = [new() { Topic = Topic, Partitions = [new() { Partition = 0, FetchOffset = offset, PartitionMaxBytes = fetchBytes, CurrentLeaderEpoch = -1 }] }],
            };
            FetchResponse.PartitionData answer = Ask<FetchResponse>(fetch, FetchVersion).Responses[0].Partitions[0];
            if (answer.ErrorCode != ErrorCode.None) throw new InvalidOperationException($"fetch failed: {answer.ErrorCode}");
            foreach (RecordBatch batch in RecordBatches.Split(answer.Records.Memory.Span))
            {
                received += batch.SizeInBytes;
                offset = batch.LastOffset + 1;
            }
            if (offset >= _endOffset) offset = 0;
        }
        return received;
    }

    public void Dispose() => _socket.Dispose();

    private TResponse Ask<TResponse>(IRequest request, short version)
        where TResponse : class, IResponse, new()
    {
        using (RequestFrame frame = RequestFrame.Encode(request, version, correlationId: 1, clientId: "bench")) _socket.Send(frame.Buffer.Span);
        Receive(_socket, _frame.AsSpan(0, 4));
        int length = BinaryPrimitives.ReadInt32BigEndian(_frame);
        if (length > _frame.Length) _frame = new byte[length];
        Receive(_socket, _frame.AsSpan(0, length));
        var header = new ResponseHeader();
        var response = new TResponse();
        var reader = new WireReader(_frame.AsMemory(0, length));
        header.Read(ref reader, ApiTable.Get(request.ApiKey).ResponseHeaderVersion(version));
        response.Read(ref reader, version);
        return response;
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
}
