using System.Text;
using Sluice.Client.Producing;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;

namespace Sluice.Client.Tests.Producing;

public sealed class PartitionQueueTests
{
    private readonly ProducerClock _clock = new(TimeProvider.System);
    private readonly BufferMemory _memory = new(1 << 20, TimeProvider.System);

    [Fact]
    public void Records_are_encoded_as_the_batch_format_says()
    {
        PartitionQueue queue = Queue();
        RecordHeader[] headers = [new("a", "1"u8.ToArray()), new("ü", null)];
        Append(queue, new ProducerRecord("t", "key"u8.ToArray(), "value"u8.ToArray()) { Headers = headers, TimestampMs = 1000 }, 1000);
        Append(queue, new ProducerRecord("t", null, (byte[]?)null) { TimestampMs = 900 }, 900);
        Append(queue, new ProducerRecord("t", [], new byte[300]) { TimestampMs = 2000 }, 2000);

        foreach (CompressionCodec codec in Enum.GetValues<CompressionCodec>())
        {
            PartitionQueue again = Queue();
            Append(again, new ProducerRecord("t", "key"u8.ToArray(), "value"u8.ToArray()), 1000);
            ProducerBatch compressed = again.Take();
            compressed.Finish(codec, null);
            compressed.Seal(7, 1, 5);
            Assert.Equal(BatchError.None, new RecordBatch(compressed.Bytes.Span).ValidateFromClient());
            Assert.Equal(codec, new RecordBatch(compressed.Bytes.Span).Codec);
        }

        ProducerBatch sent = queue.Take();
        sent.Finish(CompressionCodec.None, null);
        sent.Seal(7, 1, 5);
        var batch = new RecordBatch(sent.Bytes.Span);
        Assert.Equal(BatchError.None, batch.ValidateFromClient());
        Assert.Equal((7L, (short)1, 5, 3), (batch.ProducerId, batch.ProducerEpoch, batch.BaseSequence, batch.RecordCount));
        Assert.Equal((1000L, 2000L), (batch.BaseTimestamp, batch.MaxTimestamp));
        var reader = new RecordReader(batch.Body, 3);
        Assert.True(reader.TryRead(out Protocol.Batches.Record first));
        Assert.Equal("key", Encoding.UTF8.GetString(first.Key));
        Assert.Equal("value", Encoding.UTF8.GetString(first.Value));
        Assert.Equal(["a", "ü"], first.ReadHeaders().Select(h => h.Key));
        Assert.True(reader.TryRead(out Protocol.Batches.Record second));
        Assert.Equal((true, true, -100L), (second.KeyIsNull, second.ValueIsNull, second.TimestampDelta));
        Assert.True(reader.TryRead(out Protocol.Batches.Record third));
        Assert.Equal((false, 0, 300), (third.KeyIsNull, third.Key.Length, third.Value.Length));
        Assert.False(reader.TryRead(out _));
        Assert.Equal(BatchError.None, reader.Error);
    }

    [Fact]
    public void A_full_batch_is_closed_and_wakes_the_sender_and_memory_is_counted()
    {
        PartitionQueue queue = Queue(batchBytes: 16 * 1024);
        int wakes = 0;
        for (int i = 0; i < 40; i++) wakes += Append(queue, new ProducerRecord("t", null, new byte[1000]), 1000) ? 1 : 0;

        ProducerBatch first = queue.Take();
        Assert.True(first.Closed);
        Assert.InRange(first.Length, 15_000, 16 * 1024);
        // Once for the idle queue, once for each batch that became full.
        Assert.Equal(3, wakes);
        long reserved = first.Reserved;
        while (queue.Peek(out _) is not null) reserved += queue.Take().Reserved;
        Assert.Equal((1 << 20) - reserved, _memory.Free);
    }

    [Fact]
    public void A_record_larger_than_a_batch_gets_one_of_its_own()
    {
        PartitionQueue queue = Queue(batchBytes: 1024);
        Append(queue, new ProducerRecord("t", null, new byte[10]), 1000);
        Append(queue, new ProducerRecord("t", null, new byte[100_000]), 1000);
        Append(queue, new ProducerRecord("t", null, new byte[10]), 1000);
        Assert.Equal([1, 1, 1], Enumerable.Range(0, 3).Select(_ => queue.Take().Count));
    }

    [Fact]
    public async Task Who_waits_for_memory_goes_on_in_order_and_nobody_overtakes()
    {
        var memory = new BufferMemory(100, TimeProvider.System);
        Assert.True(memory.TryTake(100));
        Task large = memory.TakeAsync(80, TimeSpan.FromMinutes(1), default);
        Task small = memory.TakeAsync(10, TimeSpan.FromMinutes(1), default);
        memory.Give(20);
        Assert.False(memory.TryTake(1));
        Assert.False(small.IsCompleted);
        memory.Give(80);
        await Task.WhenAll(large, small);
        Assert.Equal(10, memory.Free);
    }

    [Fact]
    public async Task Who_gives_up_waiting_lets_others_pass()
    {
        var memory = new BufferMemory(100, TimeProvider.System);
        Assert.True(memory.TryTake(50));
        await Assert.ThrowsAsync<TimeoutException>(() => memory.TakeAsync(80, TimeSpan.FromMilliseconds(1), default));
        Assert.False(memory.HasWaiters);
        Assert.True(memory.TryTake(50));
    }

    private PartitionQueue Queue(int batchBytes = 16 * 1024) =>
        new(new TopicPartition("t", 0), new ProducerOptions { BootstrapServers = "localhost:1", BatchBytes = batchBytes }, _memory);

    private bool Append(PartitionQueue queue, ProducerRecord record, long timestamp)
    {
        Assert.NotNull(queue.Append(record, RecordEncoder.BodySize(record), timestamp, _clock, null, null, 0, out bool wake, out _).Batch);
        return wake;
    }
}
