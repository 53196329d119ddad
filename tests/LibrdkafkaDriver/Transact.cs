using System.Diagnostics;
using Confluent.Kafka;

namespace LibrdkafkaDriver;

internal sealed record TransactOptions(string Bootstrap, string Id, int Patience);

/// <summary>The first step of a client that wants transactions.</summary>
internal static class Transact
{
    public static void Run(TransactOptions o)
    {
        using IProducer<Null, string> producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = o.Bootstrap, TransactionalId = o.Id }).Build();
        Error? error = null;
        long began = Stopwatch.GetTimestamp();
        try
        {
            producer.InitTransactions(TimeSpan.FromSeconds(o.Patience));
        }
        catch (KafkaException e)
        {
            error = e.Error;
        }

        Output.Say(new { seconds = Stopwatch.GetElapsedTime(began).TotalSeconds, fatal = error?.IsFatal ?? false, error = error?.ToString() ?? "" });
    }
}
