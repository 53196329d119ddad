using System.Diagnostics;
using System.Text.Json;

namespace Support.Clients;

/// <summary>librdkafka through Confluent.Kafka, which brings it: tests/LibrdkafkaDriver, built with the tests.</summary>
/// <param name="launcher">A command that the driver's own follows, as for example of <see cref="HiddenLibraries"/>; empty for none.</param>
internal sealed class Librdkafka(params string[] launcher) : DrivenClient
{
    private static readonly string Program = Path.Combine(Judges.Repository, "tests", "LibrdkafkaDriver", "bin", "Release", "net10.0", "LibrdkafkaDriver");

    /// <summary>Whatever builds the tests builds it too.</summary>
    public override void Require()
    {
    }

    /// <summary>Reads that many records from the topic's start, each with its offset.</summary>
    public IReadOnlyList<(long Offset, ClientRecord Record)> ConsumeWithOffsets(string bootstrap, string topic, int count) =>
        [.. Lines(Run("consume", new { bootstrap, topics = new[] { topic }, count })).Select(e => (e.GetProperty("offset").GetInt64(), ReadRecord(e)))];

    /// <summary>Begins to use transactions.</summary>
    /// <param name="bootstrap">The broker.</param>
    /// <param name="id">The <c>transactional.id</c>.</param>
    /// <param name="patience">Seconds that the client may try.</param>
    /// <returns>How that ended.</returns>
    public TransactionStart Transact(string bootstrap, string id, int patience)
    {
        JsonElement e = Lines(Run("transact", new { bootstrap, id, patience })).Last();
        return new TransactionStart(e.GetProperty("seconds").GetDouble(), e.GetProperty("fatal").GetBoolean(), e.GetProperty("error").GetString()!);
    }

    protected override ProcessStartInfo Driver()
    {
        string[] command = [.. launcher, Program];
        return new ProcessStartInfo(command[0], command[1..]);
    }
}

/// <summary>How a client's first step into transactions ended.</summary>
/// <param name="Seconds">After how long.</param>
/// <param name="IsFatal">Whether the client takes it for final.</param>
/// <param name="Error">What it says.</param>
internal sealed record TransactionStart(double Seconds, bool IsFatal, string Error);
