using System.Text;
using Sluice.Client.Producing;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;

namespace Sluice.Client.Tests.Producing;

/// <summary>Batches that a broker finds too large.</summary>
public sealed class SplitTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    [Theory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Lz4)]
    public async Task Records_of_a_batch_larger_than_the_topic_takes_arrive_once_and_in_order(CompressionCodec codec)
    {
        string topic = await broker.NewTopic(1, ("max.message.bytes", "20000"));
        var called = new List<long>();
        var sent = new List<Task<RecordMetadata>>();
        await using (Producer producer = New(codec))
        {
            for (int i = 0; i < 1000; i++)
            {
                sent.Add(producer.SendAsync(Record(topic, Value(i, 1000))).AsTask());
                producer.Send(Record(topic, $"small {i}"), (in RecordMetadata metadata, Exception? error, object? _) => called.Add(error is null ? metadata.Offset : -1));
            }

            await producer.FlushAsync();
            Assert.Equal(64 * 1024 * 1024, producer.FreeBufferBytes);
        }

        for (int i = 0; i < sent.Count; i++) Assert.Equal(2 * i, (await sent[i]).Offset);
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => (2L * i) + 1), called);
        var read = await Reading.AllAsync(broker.Bootstrap, topic, 1, 2000);
        Assert.Equal(Enumerable.Range(0, 1000).SelectMany(i => new[] { Value(i, 1000), $"small {i}" }), read.Select(r => r.Value));
    }

    [Fact]
    public async Task Only_the_record_that_is_too_large_by_itself_fails()
    {
        string topic = await broker.NewTopic(1, ("max.message.bytes", "5000"));
        var outcomes = new List<Task<RecordMetadata>>();
        await using (Producer producer = New(CompressionCodec.None))
        {
            for (int i = 0; i < 50; i++) outcomes.Add(producer.SendAsync(Record(topic, i == 20 ? Value(i, 8000) : $"{i}")).AsTask());
            await producer.FlushAsync();
        }

        for (int i = 0; i < 50; i++)
        {
            if (i == 20) Assert.Equal(ErrorCode.MessageTooLarge, (await Assert.ThrowsAsync<KafkaException>(async () => await outcomes[20])).Code);
            else Assert.Equal(i < 20 ? i : i - 1, (await outcomes[i]).Offset);
        }

        var read = await Reading.AllAsync(broker.Bootstrap, topic, 1, 49);
        Assert.Equal(Enumerable.Range(0, 50).Where(i => i != 20).Select(i => $"{i}"), read.Select(r => r.Value));
    }

    [Fact]
    public void Parts_keep_the_numbers_that_the_batch_had_and_go_before_what_follows()
    {
        var queue = new PartitionQueue(new TopicPartition("t", 0), new ProducerOptions { BootstrapServers = "localhost:1" }, new BufferMemory(1 << 20, TimeProvider.System));
        ProducerBatch first = Begin(queue, 4), second = Begin(queue, 2);
        int reserved = first.Reserved;
        queue.Sequence.Split(first, null);

        List<ProducerBatch> flying = queue.Sequence.InFlight;
        Assert.Equal([0, 2, 4], flying.Select(b => new RecordBatch(b.Bytes.Span).BaseSequence));
        Assert.Same(second, flying[^1]);
        Assert.Equal(reserved, flying[0].Reserved + flying[1].Reserved);
        Assert.All(flying, b => Assert.Equal(BatchError.None, new RecordBatch(b.Bytes.Span).ValidateFromClient()));
        Assert.Equal([1_700_000_000_000, 1_700_000_000_002], flying.Take(2).Select(b => new RecordBatch(b.Bytes.Span).BaseTimestamp));
        Assert.Same(flying[0], queue.Sequence.Retry(0));
        Assert.False(queue.Sequence.TakesNew(new ProducerIdentity(42, 0)));

        // A part of a part reports to the whole, which is done when all of its records are.
        ProducerBatch half = flying[0];
        queue.Sequence.Split(half, null);
        Assert.Equal([0, 1, 2, 4], flying.Select(b => b.BaseSequence));
        foreach ((int index, int offset) in (ReadOnlySpan<(int, int)>)[(1, 11), (0, 10), (2, 20)])
        {
            Assert.Equal(System.Threading.Tasks.Sources.ValueTaskSourceStatus.Pending, first.GetStatus(3));
            flying[index].Complete(new RecordMetadata("t", 0, offset, -1), null);
        }

        Assert.Equal([10, 11, 20, 21], Enumerable.Range(0, 4).Select(i => first.GetResult((short)i).Offset));
    }

    private static ProducerBatch Begin(PartitionQueue queue, int records)
    {
        for (int i = 0; i < records; i++)
        {
            var record = new ProducerRecord("t", null, "value"u8.ToArray());
            queue.Append(record, RecordEncoder.BodySize(record), 1_700_000_000_000 + i, new ProducerClock(TimeProvider.System), null, null, 0, out _, out _);
        }

        ProducerBatch batch = queue.Take();
        batch.Finish(CompressionCodec.None, null);
        queue.Sequence.Begin(batch, new ProducerIdentity(42, 0));
        batch.State = BatchState.Outstanding;
        return batch;
    }

    private Producer New(CompressionCodec codec) => new(new ProducerOptions
    {
        BootstrapServers = broker.Bootstrap, Compression = codec, Linger = TimeSpan.FromMinutes(5), DeliveryTimeout = TimeSpan.FromMinutes(10),
    });

    /// <summary>Text that no codec makes much smaller.</summary>
    private static string Value(int seed, int length)
    {
        var random = new Random(seed);
        return string.Create(length, random, static (text, random) =>
        {
            for (int i = 0; i < text.Length; i++) text[i] = (char)random.Next('!', '~');
        });
    }

    private static ProducerRecord Record(string topic, string value) => new(topic, null, Encoding.UTF8.GetBytes(value));
}
