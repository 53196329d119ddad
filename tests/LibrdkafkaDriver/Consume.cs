using System.Text;
using Confluent.Kafka;

namespace LibrdkafkaDriver;

internal sealed record ConsumeOptions(string Bootstrap, string[] Topics, int Count);

/// <summary>Prints that many records of the topics, each partition from its start.</summary>
internal static class Consume
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static void Run(ConsumeOptions o)
    {
        using IConsumer<string?, string?> consumer = new ConsumerBuilder<string?, string?>(new ConsumerConfig
        {
            BootstrapServers = o.Bootstrap, GroupId = $"reader-{Guid.NewGuid()}", AutoOffsetReset = AutoOffsetReset.Earliest, EnableAutoCommit = false, CheckCrcs = true,
        }).Build();
        using IAdminClient admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        consumer.Assign(o.Topics.SelectMany(topic => admin.GetMetadata(topic, Patience).Topics.Single().Partitions.Select(p => new TopicPartitionOffset(topic, p.PartitionId, 0))));
        for (int i = 0; i < o.Count; i++)
        {
            ConsumeResult<string?, string?> r = consumer.Consume(Patience) ?? throw new TimeoutException($"{i} of {o.Count} records came");
            Output.Say(new
            {
                topic = r.Topic, partition = r.Partition.Value, offset = r.Offset.Value, key = r.Message.Key, value = r.Message.Value,
                headers = r.Message.Headers.Select(h => new[] { h.Key, h.GetValueBytes() is { } bytes ? Encoding.UTF8.GetString(bytes) : null }),
            });
        }

        consumer.Close();
    }
}
