using System.Text;
using Sluice.Client.Producing;
using Sluice.Protocol;
using Sluice.Protocol.Compression;
using Support;

namespace Sluice.Client.Tests.Producing;

/// <summary>The producer against a real broker process.</summary>
public sealed class ProducerBrokerTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    [Fact]
    public async Task Each_record_learns_where_it_was_written()
    {
        string topic = await broker.NewTopic(3);
        await using var producer = new Producer(new ProducerOptions { BootstrapServers = broker.Bootstrap });
        ValueTask<RecordMetadata>[] sent = [.. Enumerable.Range(0, 300).Select(i => producer.SendAsync(Record(topic, $"{i}", partition: i % 3)))];
        for (int i = 0; i < sent.Length; i++) Assert.Equal(new RecordMetadata(topic, i % 3, i / 3, -1), await sent[i]);

        var read = await Reading.AllAsync(broker.Bootstrap, topic, 3, 300);
        Assert.All(read, r => Assert.Equal($"{(r.Offset * 3) + r.Partition.Partition}", r.Value));
    }

    [Theory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public async Task Every_codec_and_a_megabyte_arrive(CompressionCodec codec)
    {
        string topic = await broker.NewTopic(1);
        string large = new('x', 1_000_000);
        await using (var producer = new Producer(new ProducerOptions { BootstrapServers = broker.Bootstrap, Compression = codec }))
        {
            for (int i = 0; i < 5000; i++) producer.Send(Record(topic, $"value {i}"));
            producer.Send(Record(topic, large));
            await producer.FlushAsync();
        }

        var read = await Reading.AllAsync(broker.Bootstrap, topic, 1, 5001);
        Assert.Equal(Enumerable.Range(0, 5000).Select(i => $"value {i}").Append(large), read.Select(r => r.Value));
    }

    [Fact]
    public async Task Callbacks_come_in_order_and_flush_waits_for_them()
    {
        string topic = await broker.NewTopic(1);
        await using var producer = new Producer(new ProducerOptions { BootstrapServers = broker.Bootstrap, Linger = TimeSpan.FromHours(1), DeliveryTimeout = TimeSpan.FromHours(2) });
        var seen = new List<(long Offset, int State)>();
        DeliveryCallback callback = (in RecordMetadata metadata, Exception? error, object? state) => seen.Add((metadata.Offset, (int)state!));
        for (int i = 0; i < 1000; i++) producer.Send(Record(topic, $"{i}"), callback, i);
        await producer.FlushAsync();
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => ((long)i, i)), seen);
    }

    [Fact]
    public async Task A_small_buffer_slows_the_sender_down_and_loses_nothing()
    {
        string topic = await broker.NewTopic(2);
        await using (var producer = new Producer(new ProducerOptions
        {
            BootstrapServers = broker.Bootstrap, BufferBytes = 64 * 1024, BatchBytes = 16 * 1024, RecordBytesMax = 32 * 1024, Linger = TimeSpan.FromMinutes(1), DeliveryTimeout = TimeSpan.FromMinutes(3),
        }))
        {
            // Not awaited one by one: records of a partition keep the order of the calls even so.
            List<Task> sent = [.. Enumerable.Range(0, 2000).Select(i => producer.SendAsync(Record(topic, $"{i:D200}", partition: i % 2)).AsTask())];
            await producer.FlushAsync();
            await Task.WhenAll(sent);
            Assert.Equal(64 * 1024, producer.FreeBufferBytes);
        }

        var read = await Reading.AllAsync(broker.Bootstrap, topic, 2, 2000);
        Assert.All(read, r => Assert.Equal((r.Offset * 2) + r.Partition.Partition, int.Parse(r.Value)));
    }

    [Fact]
    public async Task A_full_buffer_without_a_broker_fails_after_max_block()
    {
        string topic;
        using var mortal = new TestBroker();
        topic = await Topics.NewAsync(mortal.Bootstrap, 1);
        var producer = new Producer(new ProducerOptions
        {
            BootstrapServers = mortal.Bootstrap, BufferBytes = 64 * 1024, BatchBytes = 16 * 1024, RecordBytesMax = 32 * 1024, MaxBlock = TimeSpan.FromMilliseconds(300),
        });
        await producer.SendAsync(Record(topic, "first"));
        mortal.KillHard();
        var error = Assert.Throws<TimeoutException>(() =>
        {
            for (int i = 0; i < 100; i++) producer.Send(Record(topic, new string('x', 10_000)));
        });
        Assert.Contains("BufferBytes", error.Message);
        await producer.CloseAsync(TimeSpan.Zero);
        Assert.Throws<ObjectDisposedException>(() => producer.Send(Record(topic, "late")));
    }

    [Fact]
    public async Task A_record_that_is_refused_fails_alone_and_the_next_ones_go_on()
    {
        string topic = await broker.NewTopic(1, ("max.message.bytes", "5000"));
        await using var producer = new Producer(new ProducerOptions { BootstrapServers = broker.Bootstrap, Linger = TimeSpan.Zero });
        await producer.SendAsync(Record(topic, "before"));
        var refused = await Assert.ThrowsAsync<KafkaException>(async () => await producer.SendAsync(Record(topic, new string('x', 10_000))));
        Assert.Equal(ErrorCode.MessageTooLarge, refused.Code);
        Assert.Equal(1, (await producer.SendAsync(Record(topic, "after"))).Offset);
        Assert.Equal(2, (await producer.SendAsync(Record(topic, "and on"))).Offset);
    }

    [Fact]
    public async Task Flushing_and_closing_wait_for_records_of_a_topic_that_is_not_known_yet()
    {
        string topic = await broker.NewTopic(1);
        await using var producer = new Producer(new ProducerOptions { BootstrapServers = broker.Bootstrap, Linger = TimeSpan.FromHours(1), DeliveryTimeout = TimeSpan.FromHours(2) });
        ValueTask<RecordMetadata>[] sent = [.. Enumerable.Range(0, 20).Select(i => producer.SendAsync(Record(topic, $"{i}")))];
        await producer.FlushAsync();
        for (int i = 0; i < sent.Length; i++) Assert.Equal(i, (await sent[i].AsTask().WaitAsync(Reading.Patience)).Offset);

        string other = await broker.NewTopic(1);
        ValueTask<RecordMetadata> last = producer.SendAsync(Record(other, "last"));
        await producer.CloseAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(0, (await last.AsTask().WaitAsync(Reading.Patience)).Offset);
    }

    [Fact]
    public async Task A_topic_that_does_not_exist_is_named()
    {
        await using var producer = new Producer(new ProducerOptions { BootstrapServers = broker.Bootstrap, MaxBlock = TimeSpan.FromMilliseconds(500) });
        var error = await Assert.ThrowsAsync<KafkaException>(async () => await producer.SendAsync(Record("no-such\u00e9topic", "x")));
        Assert.Contains("no-such\u00e9topic", error.Message);
    }

    [Fact]
    public async Task Without_acknowledgements_records_arrive_too()
    {
        string topic = await broker.NewTopic(1);
        await using (var producer = new Producer(new ProducerOptions { BootstrapServers = broker.Bootstrap, Acks = Acks.None, EnableIdempotence = false }))
        {
            Assert.Equal(-1, (await producer.SendAsync(Record(topic, "0"))).Offset);
            for (int i = 1; i < 100; i++) producer.Send(Record(topic, $"{i}"));
        }

        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), (await Reading.AllAsync(broker.Bootstrap, topic, 1, 100)).Select(r => r.Value));
    }

    [Fact]
    public async Task Nothing_is_lost_and_nothing_twice_when_the_broker_is_killed_again_and_again()
    {
        const int Partitions = 3;
        using var mortal = new TestBroker();
        string topic = await Topics.NewAsync(mortal.Bootstrap, Partitions);
        int delivered = 0;
        int failed = 0;
        int sent = 0;
        await using (var producer = new Producer(new ProducerOptions { BootstrapServers = mortal.Bootstrap, BatchBytes = 2048, RequestTimeout = TimeSpan.FromSeconds(10) }))
        {
            DeliveryCallback count = (in RecordMetadata _, Exception? error, object? _) => _ = error is null ? Interlocked.Increment(ref delivered) : Interlocked.Increment(ref failed);
            for (int kill = 0; kill < 4; kill++)
            {
                // The kill comes while thousands of records are on the way.
                for (int i = 0; i < 3000; i++, sent++) producer.Send(Record(topic, $"{sent}", partition: sent % Partitions), count);
                mortal.KillHard();
                for (int i = 0; i < 300; i++, sent++) producer.Send(Record(topic, $"{sent}", partition: sent % Partitions), count);
                mortal.Start();
            }

            await producer.FlushAsync();
        }

        Assert.Equal((sent, 0), (delivered, failed));
        var read = await Reading.AllAsync(mortal.Bootstrap, topic, Partitions, sent);
        Assert.Equal(sent, read.Count);
        Assert.All(read, r => Assert.Equal((r.Offset * Partitions) + r.Partition.Partition, int.Parse(r.Value)));
    }

    private static ProducerRecord Record(string topic, string value, int? partition = null) => new(topic, null, Encoding.UTF8.GetBytes(value)) { Partition = partition };
}
