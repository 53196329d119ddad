using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace LibrdkafkaDriver;

internal sealed record MemberOptions(string Bootstrap, string Group, string Topic, int Session, string? Strategy, string? Instance);

/// <summary>A member of a group, until it is told to stop. It tells what it is given, what is taken from it, and what it reads.</summary>
internal static class Member
{
    public static void Run(MemberOptions o)
    {
        using var stop = new CancellationTokenSource();
        using PosixSignalRegistration registration = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            stop.Cancel();
        });
        using IConsumer<string?, string?> consumer = new ConsumerBuilder<string?, string?>(Settings(o))
            .SetErrorHandler((_, error) => Output.Complain(error))
            .SetPartitionsAssignedHandler((_, partitions) => Output.Say(new { assigned = Names(partitions) }))
            .SetPartitionsRevokedHandler((_, partitions) => Output.Say(new { revoked = Names(partitions.Select(p => p.TopicPartition)) }))
            .SetPartitionsLostHandler((_, partitions) => Output.Say(new { lost = Names(partitions.Select(p => p.TopicPartition)) }))
            .Build();
        consumer.Subscribe(o.Topic);
        while (!stop.IsCancellationRequested) Read(consumer, stop.Token);
        consumer.Close();
    }

    private static ConsumerConfig Settings(MemberOptions o)
    {
        var settings = new ConsumerConfig
        {
            BootstrapServers = o.Bootstrap, GroupId = o.Group, AutoOffsetReset = AutoOffsetReset.Earliest, SessionTimeoutMs = o.Session,
            HeartbeatIntervalMs = Math.Min(o.Session / 4, 1500), AutoCommitIntervalMs = 200, EnableAutoOffsetStore = false, GroupInstanceId = o.Instance,
        };
        settings.Set("partition.assignment.strategy", o.Strategy ?? "range,roundrobin");
        return settings;
    }

    private static void Read(IConsumer<string?, string?> consumer, CancellationToken stop)
    {
        try
        {
            ConsumeResult<string?, string?> record = consumer.Consume(stop);
            Output.Say(new { v = record.Message.Value });
            consumer.StoreOffset(record);
        }
        catch (OperationCanceledException)
        {
        }
        catch (ConsumeException e) when (!e.Error.IsFatal)
        {
            Output.Complain(e.Error);
        }
        catch (KafkaException e) when (e.Error.Code is ErrorCode.Local_State or ErrorCode.Local_UnknownPartition)
        {
            // The partition was taken away meanwhile: its next owner reads the record again.
        }
    }

    private static IEnumerable<string> Names(IEnumerable<TopicPartition> partitions) => partitions.Select(p => $"{p.Topic}-{p.Partition.Value}");
}
