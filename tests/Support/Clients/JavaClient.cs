using System.Diagnostics;
using System.Text.Json;

namespace Support.Clients;

/// <summary>Kafka's Java clients, through the tools that it ships: console and verifiable producer and consumer.</summary>
internal sealed class JavaClient : KafkaClient
{
    private const string Null = "<NULL>";

    public override void Require() => KafkaTools.Require();

    public override void Produce(string bootstrap, string topic, string codec, IReadOnlyList<ClientRecord> records)
    {
        string Text(string? value) => value ?? Null;
        string Headers(ClientRecord r) => r.Headers.Length == 0 ? Null : string.Join(',', r.Headers.Select(h => $"{h.Name}:{Text(h.Value)}"));
        string lines = string.Concat(records.Select(r => $"{Headers(r)}\t{Text(r.Key)}\t{Text(r.Value)}\n"));
        Finished sent = KafkaTools.Run("console-producer",
        [
            "--bootstrap-server", bootstrap, "--topic", topic, "--compression-codec", codec, "--reader-property", "parse.key=true",
            "--reader-property", "parse.headers=true", "--reader-property", $"null.marker={Null}", "--command-property", "enable.idempotence=true",
        ], lines);
        sent.Succeeded();
        // The tool logs what could not be sent, and ends well nevertheless.
        if (sent.Errors.Contains("Error", StringComparison.Ordinal)) throw new Xunit.Sdk.XunitException(sent.Errors);
    }

    public override IReadOnlyList<ClientRecord> Consume(string bootstrap, string topic, int count)
    {
        string[] formats = ["print.partition=true", "print.headers=true", "print.key=true", $"null.literal={Null}"];
        string output = KafkaTools.Run("console-consumer",
        [
            "--bootstrap-server", bootstrap, "--topic", topic, "--from-beginning", "--max-messages", $"{count}", "--timeout-ms", "60000",
            .. formats.SelectMany(f => new[] { "--formatter-property", f }),
        ]).Succeeded();
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse)];
    }

    public override GroupMember StartMember(string bootstrap, string group, string topic, string? strategy = null, string? instance = null)
    {
        string settings = Path.GetTempFileName();
        // A leader that begins anew with its bootstrap servers, as it does by default where no broker answers (KIP-899), forgets the topics for
        // a moment and asks for a rebalance.
        if (instance is not null) File.WriteAllLines(settings, ["metadata.recovery.strategy=none"]);
        return new(Start("verifiable-consumer",
        [
            "--bootstrap-server", bootstrap, "--topic", topic, "--group-id", group, "--session-timeout", $"{(instance is null ? SessionMs : StaticSessionMs)}", "--reset-policy", "earliest",
            "--verbose", "--command-config", settings, .. strategy is null ? Array.Empty<string>() : ["--assignment-strategy", strategy],
            .. instance is null ? Array.Empty<string>() : ["--group-instance-id", instance],
        ], settings), OnMemberEvent);
    }

    public override NumberWriter StartWriter(string bootstrap, string topic, int partitions, string codec)
    {
        string settings = Path.GetTempFileName();
        File.WriteAllLines(settings, ["enable.idempotence=true", "retries=2147483647", $"compression.type={codec}", "batch.size=512", "delivery.timeout.ms=300000"]);
        ClientProcess process = Start("verifiable-producer", ["--bootstrap-server", bootstrap, "--topic", topic, "--throughput", "500", "--command-config", settings], settings);
        return new NumberWriter(process, OnWriterEvent, endsBySignal: true);
    }

    /// <summary>A console consumer of a group, whose members print values alone.</summary>
    public static GroupMember StartConsoleConsumer(string bootstrap, string group, string topic) => new(Start("console-consumer",
        ["--bootstrap-server", bootstrap, "--topic", topic, "--group", group, "--from-beginning"]), (member, line) => member.Read(line));

    private static ClientProcess Start(string tool, string[] arguments, string? settings = null)
    {
        var start = new ProcessStartInfo(Judges.Kafka(), [tool, .. arguments]);
        // Short lives: what the second compiler would gain, it would not get back.
        start.Environment["KAFKA_JIT"] = "1";
        start.Environment["KAFKA_HEAP_OPTS"] = "-Xmx128m -XX:ParallelGCThreads=1 -XX:ConcGCThreads=1";
        return new ClientProcess(start) { Settings = settings };
    }

    private static ClientRecord Parse(string line)
    {
        string[] fields = line.Split('\t');
        string? Value(string text) => text == Null ? null : text;
        (string, string?)[] headers = fields[1] == "NO_HEADERS" ? [] : [.. fields[1].Split(',').Select(h => (h[..h.IndexOf(':')], Value(h[(h.IndexOf(':') + 1)..])))];
        return new ClientRecord(int.Parse(fields[0]["Partition:".Length..]), Value(fields[2]), Value(fields[3]), headers);
    }

    private static void OnMemberEvent(GroupMember member, string line)
    {
        JsonElement e = JsonDocument.Parse(line).RootElement;
        switch (e.GetProperty("name").GetString())
        {
            case "record_data": member.Read(e.GetProperty("value").GetString()!); break;
            case "partitions_assigned": member.Assign(e.GetProperty("partitions").EnumerateArray().Select(p => $"{p.GetProperty("topic").GetString()}-{p.GetProperty("partition").GetInt32()}")); break;
        }
    }

    private static void OnWriterEvent(NumberWriter writer, string line)
    {
        JsonElement e = JsonDocument.Parse(line).RootElement;
        if (e.GetProperty("name").GetString() == "producer_send_success") writer.Acknowledge(long.Parse(e.GetProperty("value").GetString()!), 1);
        if (e.GetProperty("name").GetString() == "producer_send_error") writer.Fail(e.GetProperty("message").GetString()!);
    }
}
