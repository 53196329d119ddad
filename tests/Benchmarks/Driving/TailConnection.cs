using System.Diagnostics;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Frames;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Wire;

namespace Benchmarks.Driving;

/// <summary>A consumer at the end of a topic: one fetch after the other, each answered when a record is there.</summary>
internal sealed class TailConnection : LoadConnection
{
    private readonly Queue<long>[] _flights;
    private readonly LatencyHistogram _latency;
    private readonly int _recordsARequest;
    private readonly FetchRequest _request;
    private readonly FetchResponse _response = new();
    private readonly ResponseHeader _header = new();
    private int _correlation;

    /// <param name="address">The broker.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="ends">Where to begin in each partition.</param>
    /// <param name="recordsARequest">Records that one request of a producer brings.</param>
    /// <param name="flights">For each partition, when what is to come should have been sent.</param>
    /// <param name="latency">Where to count.</param>
    internal TailConnection(string address, Uuid topic, long[] ends, int recordsARequest, Queue<long>[] flights, LatencyHistogram latency)
        : base(address)
    {
        _flights = flights;
        _latency = latency;
        _recordsARequest = recordsARequest;
        _request = FetchRequests.Make(topic, Enumerable.Range(0, ends.Length), bytesMax: 1024 * 1024, minBytes: 1);
        for (int i = 0; i < ends.Length; i++) _request.Topics[0].Partitions[i].FetchOffset = ends[i];
    }

    protected override int HeadBytesMax => 64 * 1024 * 1024;

    internal override void Begin(long now) => Ask();

    protected override void OnFrame(ReadOnlyMemory<byte> head, int length, long now)
    {
        var reader = new WireReader(head, AllocationBudget.ForTrusted(head.Length));
        _header.Read(ref reader, 1);
        _response.Read(ref reader, FetchConnection.Version);
        if (_response.ErrorCode != ErrorCode.None) throw new InvalidOperationException($"a fetch failed: {_response.ErrorCode}");
        // After the receive: the time between is not the server's, but a consumer has its records only now.
        long seen = Stopwatch.GetTimestamp();
        foreach (FetchResponse.FetchableTopicResponse topic in _response.Responses)
        {
            foreach (FetchResponse.PartitionData partition in topic.Partitions) Take(partition, seen);
        }
        Ask();
    }

    protected override void OnReceived(long now)
    {
    }

    private void Take(FetchResponse.PartitionData data, long seen)
    {
        if (data.ErrorCode != ErrorCode.None) throw new InvalidOperationException($"a fetch of partition {data.PartitionIndex} failed: {data.ErrorCode}");
        FetchRequest.FetchPartition asked = _request.Topics[0].Partitions[data.PartitionIndex];
        foreach (RecordBatch batch in RecordBatches.Split(data.Records.Memory.Span))
        {
            if (batch.BaseOffset != asked.FetchOffset || batch.RecordCount != _recordsARequest)
                throw new InvalidDataException($"offset {asked.FetchOffset} of partition {data.PartitionIndex} was asked for, and a batch of {batch.RecordCount} records from {batch.BaseOffset} came");
            asked.FetchOffset = batch.NextOffset;
            _latency.Add(seen - _flights[data.PartitionIndex].Dequeue());
        }
    }

    private void Ask()
    {
        using RequestFrame frame = RequestFrame.Encode(_request, FetchConnection.Version, _correlation++, Client.Id);
        Send(frame.Buffer.Span);
    }
}
