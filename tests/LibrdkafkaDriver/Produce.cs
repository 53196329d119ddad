using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;

namespace LibrdkafkaDriver;

internal sealed record ProduceOptions(string Bootstrap, string Topic, CodecName Codec, bool Idempotent, string File);

/// <summary>Sends the records of a file, a JSON object a line, and waits for their acknowledgements.</summary>
internal static class Produce
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private sealed record Line(int Partition, string? Key, string? Value, string?[][] Headers);

    public static void Run(ProduceOptions o)
    {
        var errors = new ConcurrentQueue<Error>();
        using IProducer<string?, string?> producer = new ProducerBuilder<string?, string?>(new ProducerConfig
        {
            BootstrapServers = o.Bootstrap, CompressionType = o.Codec.Type, EnableIdempotence = o.Idempotent, Acks = Acks.All, LingerMs = 20, MessageMaxBytes = 1048588,
        }).Build();
        foreach (string line in File.ReadLines(o.File))
        {
            Line record = JsonSerializer.Deserialize<Line>(line, JsonSerializerOptions.Web)!;
            var message = new Message<string?, string?> { Key = record.Key, Value = record.Value, Headers = [] };
            foreach (string?[] header in record.Headers) message.Headers.Add(header[0], header[1] is { } value ? Encoding.UTF8.GetBytes(value) : null);
            producer.Produce(new TopicPartition(o.Topic, record.Partition), message, report => { if (report.Error.IsError) errors.Enqueue(report.Error); });
        }

        int left = producer.Flush(Patience);
        if (left > 0 || !errors.IsEmpty) throw new InvalidOperationException($"{left} unsent, {errors.Count} errors: {string.Join("; ", errors.Take(3))}");
    }
}
