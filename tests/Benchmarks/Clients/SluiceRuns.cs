using Sluice.Client;
using Sluice.Client.Consuming;
using Sluice.Client.Producing;
using Sluice.Protocol.Compression;

namespace Benchmarks.Clients;

/// <summary>Sluice.Client at work.</summary>
internal static class SluiceRuns
{
    public static async Task<ClientFigures> Produce(ClientTask task)
    {
        byte[] value = task.Value();
        await using var producer = new Producer(new ProducerOptions
        {
            BootstrapServers = task.Bootstrap, Compression = Enum.GetValues<CompressionCodec>().First(c => Codecs.Name(c) == task.Codec),
        });
        Send(producer, task.Topic, value, task.WarmUp);
        await producer.FlushAsync();
        Meter meter = Meter.Start();
        Send(producer, task.Topic, value, task.Records);
        await producer.FlushAsync();
        return meter.Stop(task.Records);
    }

    public static async Task<ClientFigures> Consume(ClientTask task)
    {
        await using var consumer = new Consumer(new ConsumerOptions { BootstrapServers = task.Bootstrap, AutoOffsetReset = AutoOffsetReset.Earliest });
        consumer.Assign(Enumerable.Range(0, task.Partitions).Select(p => new TopicPartition(task.Topic, p)));
        await Read(consumer, task.WarmUp);
        Meter meter = Meter.Start();
        return meter.Stop(await Read(consumer, task.Timed));
    }

    private static void Send(Producer producer, string topic, byte[] value, int records)
    {
        var record = new ProducerRecord(topic, null, value);
        for (int i = 0; i < records; i++) producer.Send(record);
    }

    private static async Task<long> Read(Consumer consumer, long records)
    {
        long read = 0;
        long bytes = 0;
        while (read < records)
        {
            using ConsumedRecords some = await consumer.PollAsync(TimeSpan.FromSeconds(10));
            if (some.Count == 0) throw new TimeoutException($"{read} of {records} records came");
            foreach (ref readonly ConsumedRecord record in some.Span) bytes += record.Value.Length;
            read += some.Count;
        }

        return bytes > 0 ? read : 0;
    }
}
