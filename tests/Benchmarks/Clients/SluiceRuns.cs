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
        Send(producer, task.Topic, value, ClientTask.WarmUpPasses * task.Records);
        await producer.FlushAsync();
        Meter meter = Meter.Start();
        Send(producer, task.Topic, value, task.Records);
        await producer.FlushAsync();
        return meter.Stop(task.Records);
    }

    public static async Task<ClientFigures> Consume(ClientTask task)
    {
        await using var consumer = new Consumer(new ConsumerOptions { BootstrapServers = task.Bootstrap, AutoOffsetReset = AutoOffsetReset.Earliest });
        TopicPartition[] partitions = [.. Enumerable.Range(0, task.Partitions).Select(p => new TopicPartition(task.Topic, p))];
        consumer.Assign(partitions);
        ClientTask.Warm(() => Pass(consumer, partitions, task.Stored).GetAwaiter().GetResult());
        long read = 0;
        Meter meter = Meter.Start();
        for (int pass = 0; pass < ClientTask.Passes; pass++) read += await Pass(consumer, partitions, task.Stored);
        return meter.Stop(read);
    }

    private static Task<long> Pass(Consumer consumer, TopicPartition[] partitions, long records)
    {
        foreach (TopicPartition partition in partitions) consumer.Seek(partition, 0);
        return Read(consumer, records);
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
