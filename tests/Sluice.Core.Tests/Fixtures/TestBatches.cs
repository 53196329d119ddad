using System.Text;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Fixtures;

/// <summary>Batches and requests that tests send.</summary>
internal static class TestBatches
{
    public static byte[] Batch(string[] values, long timestampMs = 1_800_000_000_000, CompressionCodec codec = CompressionCodec.None, bool keys = true, long producerId = -1, short epoch = -1, int sequence = -1, bool transactional = false, bool control = false)
    {
        using var builder = new RecordBatchBuilder { Codec = codec, ProducerId = producerId, ProducerEpoch = epoch, BaseSequence = sequence, IsTransactional = transactional, IsControl = control };
        foreach (string value in values) builder.Append(timestampMs, keys ? Encoding.UTF8.GetBytes("k" + value) : null, Encoding.UTF8.GetBytes(value));
        return builder.Build();
    }

    public static ProduceRequest Produce(string topic, byte[] batch, int partition = 0, short acks = 1, int timeoutMs = 1000) => new()
    {
        Acks = acks,
        TimeoutMs = timeoutMs,
        TopicData = [new() { Name = topic, PartitionData = [new() { Index = partition, Records = new Records(batch) }] }],
    };

    public static FetchRequest Fetch(string topic, long offset = 0, int partition = 0, int maxWaitMs = 0, int minBytes = 1) => new()
    {
        MaxWaitMs = maxWaitMs,
        MinBytes = minBytes,
        SessionEpoch = -1,
        Topics = [new() { Topic = topic, Partitions = [new() { Partition = partition, FetchOffset = offset, PartitionMaxBytes = 1 << 20 }] }],
    };

    public static ProduceResponse.PartitionProduceResponse Append(this MiniNode node, string topic, byte[] batch, short acks = 1, short version = 9, int partition = 0, int shard = 0) =>
        node.Ask(Produce(topic, batch, partition, acks), version, shard).Responses[0].PartitionResponses[0];

    public static FetchResponse.PartitionData Read(this MiniNode node, string topic, long offset = 0, int partition = 0, int shard = 0) =>
        node.Ask(Fetch(topic, offset, partition), 11, shard).Responses[0].Partitions[0];

    /// <summary>The values of the records of a fetch.</summary>
    public static List<string> Values(this FetchResponse.PartitionData data)
    {
        var values = new List<string>();
        RecordBatches.Enumerator batches = RecordBatches.Split(data.Records.ToArray());
        while (batches.MoveNext())
        {
            RecordBatch batch = batches.Current;
            Assert.Equal(BatchError.None, batch.Validate());
            using var body = new PooledBuffer();
            Codecs.Decompress(batch.Codec, batch.Body, body, new DecompressionLimit(1 << 24));
            var reader = new RecordReader(body.WrittenSpan, batch.RecordCount);
            while (reader.TryRead(out Protocol.Batches.Record record)) values.Add(Encoding.UTF8.GetString(record.Value));
        }
        return values;
    }
}
