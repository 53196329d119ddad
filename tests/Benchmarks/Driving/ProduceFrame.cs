using System.Buffers.Binary;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;
using Sluice.Protocol.Frames;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;

namespace Benchmarks.Driving;

/// <summary>The records of one request, the same each time it is sent.</summary>
/// <param name="Records">How many.</param>
/// <param name="ValueBytes">Bytes of each value.</param>
/// <param name="Codec">How the batch is compressed.</param>
internal sealed record BatchShape(int Records, int ValueBytes, CompressionCodec Codec = CompressionCodec.None)
{
    /// <summary>Kafka's default <c>batch.size</c>.</summary>
    private const int DefaultBatchBytes = 16 * 1024;

    /// <summary>As many records of a size as a producer with default settings puts into a batch.</summary>
    internal static BatchShape Full(int valueBytes, CompressionCodec codec = CompressionCodec.None) =>
        new((DefaultBatchBytes - RecordBatch.HeaderSize) / (valueBytes + 8), valueBytes, codec);

    internal byte[] Encode()
    {
        using var builder = new RecordBatchBuilder { Codec = Codec };
        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var random = new Random(1);
        for (int i = 0; i < Records; i++) builder.Append(now, null, SampleText.Make(random, ValueBytes));
        return builder.Build();
    }
}

/// <summary>A Produce request of one batch for one partition, whole, ready to be sent again and again.</summary>
internal sealed class ProduceFrame
{
    internal const short Version = 13;
    private const int CorrelationAt = 8;

    /// <summary>Where the error stands in the answer to a request for one partition: after correlation id, tags, two counts, topic id and index.</summary>
    private const int ErrorAt = 4 + 1 + 1 + 16 + 1 + 4;

    private const int ErrorPartitionAt = ErrorAt - 4;

    private readonly int _partition;

    internal ProduceFrame(Uuid topic, int partition, int records, byte[] batch)
    {
        _partition = partition;
        Records = records;
        var request = new ProduceRequest
        {
            Acks = -1,
            TimeoutMs = 30_000,
            TopicData = [new() { TopicId = topic, PartitionData = [new() { Index = partition, Records = new Records(batch) }] }],
        };
        using RequestFrame frame = RequestFrame.Encode(request, Version, correlationId: 0, Client.Id);
        Bytes = frame.ToArray();
        BatchBytes = batch.Length;
    }

    /// <summary>The frame with its length; the correlation id is for whoever sends it to set.</summary>
    internal byte[] Bytes { get; }

    internal int Records { get; }

    internal int BatchBytes { get; }

    internal static ProduceFrame[] ForPartitions(Uuid topic, int partitions, BatchShape shape)
    {
        byte[] batch = shape.Encode();
        return [.. Enumerable.Range(0, partitions).Select(partition => new ProduceFrame(topic, partition, shape.Records, batch))];
    }

    internal static void SetCorrelation(Span<byte> frame, int correlation) => BinaryPrimitives.WriteInt32BigEndian(frame[CorrelationAt..], correlation);

    internal static int CorrelationOf(ReadOnlySpan<byte> answer) => BinaryPrimitives.ReadInt32BigEndian(answer);

    /// <summary>What the answer, without its length, says of the partition.</summary>
    internal ErrorCode ErrorIn(ReadOnlySpan<byte> answer)
    {
        if (answer.Length < ErrorAt + 2 || BinaryPrimitives.ReadInt32BigEndian(answer[ErrorPartitionAt..]) != _partition)
            throw new InvalidDataException($"an answer to Produce for partition {_partition} has another form: {Convert.ToHexString(answer[..Math.Min(64, answer.Length)])}");
        return (ErrorCode)BinaryPrimitives.ReadInt16BigEndian(answer[ErrorAt..]);
    }

    /// <summary>An answer that a broker may give to this request.</summary>
    internal byte[] SampleAnswer()
    {
        var answer = new ProduceResponse
        {
            Responses = [new() { TopicId = Uuid.Zero, PartitionResponses = [new() { Index = _partition, BaseOffset = 1, LogAppendTimeMs = -1, LogStartOffset = 0 }] }],
        };
        using ResponseFrame frame = ResponseFrame.Encode(answer, Version, correlationId: 0, ApiTable.Get(ApiKey.Produce).ResponseHeaderVersion(Version));
        return frame.ToArray();
    }
}
