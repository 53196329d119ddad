using System.Text;
using Sluice.Client.Consuming;
using Sluice.Client.Producing;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;
using Support;

namespace Sluice.Client.Tests.Consuming;

/// <summary>The consumer without a group against a real broker process.</summary>
public sealed class ConsumerBrokerTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    [Fact]
    public async Task A_record_comes_back_as_it_was_sent()
    {
        string topic = await broker.NewTopic(1);
        await using (var producer = new Producer(new ProducerOptions { BootstrapServers = broker.Bootstrap, Compression = CompressionCodec.Gzip }))
        {
            producer.Send(new ProducerRecord(topic, "key"u8.ToArray(), null) { TimestampMs = 1_600_000_000_000, Headers = new RecordHeader[] { new("h", "1"u8.ToArray()), new("h", null) } });
            producer.Send(new ProducerRecord(topic, null, Array.Empty<byte>()));
        }

        await using Consumer consumer = Consumer(topic);
        using ConsumedRecords records = await Next(consumer);
        Assert.Equal(2, records.Count);
        ConsumedRecord first = records[0];
        Assert.Equal((0L, 1_600_000_000_000L, "key", true), (first.Offset, first.TimestampMs, Reading.Text(first.Key), first.ValueIsNull));
        RecordHeader[] headers = first.ReadHeaders();
        Assert.Equal(("h", "1", "h", false), (headers[0].Key, Reading.Text(headers[0].Value!.Value), headers[1].Key, headers[1].Value.HasValue));
        Assert.Equal((true, false, 0), (records[1].KeyIsNull, records[1].ValueIsNull, records[1].Value.Length));
    }

    [Fact]
    public async Task Seeking_goes_on_elsewhere_and_forgets_what_was_fetched()
    {
        string topic = await Filled(1, 5000);
        var partition = new TopicPartition(topic, 0);
        await using Consumer consumer = Consumer(topic, o => o with { MaxPollRecords = 10 });
        Assert.Equal(0, (await Next(consumer))[0].Offset);
        consumer.Seek(partition, 4000);
        Assert.Equal(4000, (await Next(consumer))[0].Offset);
        Assert.Equal(4010, consumer.Position(partition)!.Value.Offset);
        consumer.SeekToBeginning([partition]);
        Assert.Equal(0, (await Next(consumer))[0].Offset);
        consumer.SeekToEnd([partition]);
        Assert.Empty(await consumer.PollAsync(TimeSpan.FromMilliseconds(200)));
        Assert.Equal(5000, consumer.Position(partition)!.Value.Offset);
    }

    [Fact]
    public async Task A_paused_partition_is_silent_until_it_is_resumed()
    {
        string topic = await Filled(2, 200);
        await using Consumer consumer = Consumer(topic, partitions: 2);
        consumer.Pause([new TopicPartition(topic, 0)]);
        var seen = new List<int>();
        while (seen.Count < 100)
        {
            using ConsumedRecords records = await Next(consumer);
            seen.AddRange(Enumerable.Repeat(records.Partition.Partition, records.Count));
        }

        Assert.All(seen, p => Assert.Equal(1, p));
        consumer.Resume([new TopicPartition(topic, 0)]);
        Assert.Equal(0, (await Next(consumer)).Partition.Partition);
    }

    [Fact]
    public async Task An_offset_beyond_the_end_is_reset_or_reported_as_the_option_says()
    {
        string topic = await Filled(1, 10);
        await using Consumer earliest = Consumer(topic);
        earliest.Seek(new TopicPartition(topic, 0), 1000);
        Assert.Equal(0, (await Next(earliest))[0].Offset);

        await using Consumer none = Consumer(topic, o => o with { AutoOffsetReset = AutoOffsetReset.None });
        none.Seek(new TopicPartition(topic, 0), 1000);
        var error = await Assert.ThrowsAsync<KafkaException>(() => Next(none));
        Assert.Equal(ErrorCode.OffsetOutOfRange, error.Code);
        none.Seek(new TopicPartition(topic, 0), 3);
        Assert.Equal(3, (await Next(none))[0].Offset);
    }

    [Fact]
    public async Task Reading_goes_on_after_the_broker_was_killed()
    {
        using var mortal = new TestBroker();
        string topic = await Topics.NewAsync(mortal.Bootstrap, 2);
        await using var producer = new Producer(new ProducerOptions { BootstrapServers = mortal.Bootstrap });
        await using var consumer = new Consumer(new ConsumerOptions { BootstrapServers = mortal.Bootstrap, AutoOffsetReset = AutoOffsetReset.Earliest });
        consumer.Assign([new TopicPartition(topic, 0), new TopicPartition(topic, 1)]);
        var seen = new List<string>();
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < 500; i++) producer.Send(new ProducerRecord(topic, null, Encoding.UTF8.GetBytes($"{round}-{i}")));
            await producer.FlushAsync();
            while (seen.Count < (round + 1) * 500)
            {
                using ConsumedRecords records = await Next(consumer);
                foreach (ConsumedRecord record in records.Span) seen.Add(Reading.Text(record.Value));
            }

            mortal.KillHard();
            mortal.Start();
        }

        Assert.Equal(1500, seen.Distinct().Count());
        Assert.Equal(1500, seen.Count);
    }

    [Fact]
    public async Task Records_may_be_kept_when_they_are_not_disposed_of()
    {
        string topic = await Filled(1, 20_000);
        await using Consumer consumer = Consumer(topic);
        var kept = new List<ConsumedRecord>();
        while (kept.Count < 20_000) kept.AddRange(await Next(consumer));
        Assert.Equal(Enumerable.Range(0, 20_000).Select(i => $"{i}"), kept.Select(r => Reading.Text(r.Value)));
    }

    private async Task<string> Filled(int partitions, int records)
    {
        string topic = await broker.NewTopic(partitions);
        await using var producer = new Producer(new ProducerOptions { BootstrapServers = broker.Bootstrap });
        for (int i = 0; i < records; i++) producer.Send(new ProducerRecord(topic, null, Encoding.UTF8.GetBytes($"{i}")) { Partition = i % partitions });
        return topic;
    }

    private Consumer Consumer(string topic, Func<ConsumerOptions, ConsumerOptions>? change = null, int partitions = 1)
    {
        var options = new ConsumerOptions { BootstrapServers = broker.Bootstrap, AutoOffsetReset = AutoOffsetReset.Earliest };
        var consumer = new Consumer(change?.Invoke(options) ?? options);
        consumer.Assign(Enumerable.Range(0, partitions).Select(p => new TopicPartition(topic, p)));
        return consumer;
    }

    private static async Task<ConsumedRecords> Next(Consumer consumer)
    {
        using var limit = new CancellationTokenSource(Reading.Patience);
        while (true)
        {
            ConsumedRecords records = await consumer.PollAsync(TimeSpan.FromSeconds(5), limit.Token);
            if (records.Count > 0) return records;
        }
    }
}
