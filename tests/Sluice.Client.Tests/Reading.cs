using System.Text;
using Sluice.Client.Consuming;

namespace Sluice.Client.Tests;

/// <summary>Helpers to read what a test wrote. Waits are for records, never for times.</summary>
internal static class Reading
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    /// <summary>Every value of a topic, in the order of each partition, up to the number wanted.</summary>
    public static async Task<List<(TopicPartition Partition, long Offset, string Value)>> AllAsync(string bootstrap, string topic, int partitions, int count)
    {
        await using var consumer = new Consumer(new ConsumerOptions { BootstrapServers = bootstrap, AutoOffsetReset = AutoOffsetReset.Earliest });
        consumer.Assign(Enumerable.Range(0, partitions).Select(p => new TopicPartition(topic, p)));
        var read = new List<(TopicPartition, long, string)>();
        using var limit = new CancellationTokenSource(Patience);
        while (read.Count < count)
        {
            using ConsumedRecords records = await consumer.PollAsync(TimeSpan.FromSeconds(5), limit.Token);
            foreach (ConsumedRecord record in records.Span) read.Add((records.Partition, record.Offset, Text(record.Value)));
        }

        return read;
    }
}
