using System.Collections.Concurrent;
using Confluent.Kafka;

namespace LibrdkafkaDriver;

internal sealed record WriteOptions(string Bootstrap, string Topic, int Partitions, CodecName Codec, int Batch);

/// <summary>Sends 0, 1, 2… some at a time, till standard input ends, and tells which were acknowledged and what was given up.</summary>
internal static class Write
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static void Run(WriteOptions o)
    {
        Task end = Task.Run(Console.In.ReadToEnd);
        var failed = new ConcurrentQueue<Error>();
        using IProducer<Null, string> producer = new ProducerBuilder<Null, string>(new ProducerConfig
        {
            BootstrapServers = o.Bootstrap, CompressionType = o.Codec.Type, EnableIdempotence = true, Acks = Acks.All, LingerMs = 5, MessageTimeoutMs = 300_000,
            RetryBackoffMaxMs = 500, ReconnectBackoffMaxMs = 500,
        }).SetErrorHandler((_, error) => Output.Complain(error)).Build();
        long number = 0;
        while (!end.Wait(Pause))
        {
            for (int i = 0; i < o.Batch; i++, number++)
            {
                long sent = number;
                producer.Produce(new TopicPartition(o.Topic, (int)(sent % o.Partitions)), new Message<Null, string> { Value = $"{sent}" }, report =>
                {
                    if (report.Error.IsError) failed.Enqueue(report.Error);
                    else Output.Say(new { acked = sent, count = 1 });
                });
            }
        }

        int left = producer.Flush(Patience);
        if (left > 0) throw new TimeoutException($"{left} records are neither acknowledged nor given up");
        Output.Say(new { failed = failed.Take(3).Select(e => e.ToString()) });
    }
}
