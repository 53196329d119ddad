using System.Diagnostics;
using System.Text.Json;

namespace Support.Clients;

/// <summary>kcat, with the librdkafka of the distribution.</summary>
internal sealed class Kcat : KafkaClient
{
    private const char KeyEnds = '\x1f';

    /// <summary>kcat ends when its only connection does, and librdkafka ends one whose first answer takes 10 s.</summary>
    private const string BearsBusyMachines = "api.version.request.timeout.ms=120000";

    public override void Require() => Judges.Command("kcat");

    public override bool OutlivesTheBroker => false;

    /// <summary>When the signal to stop meets it as it takes a record, it commits that record and does not print it.</summary>
    public override bool StopsWithoutLoss => false;

    /// <summary>kcat makes nulls of all that is empty or of nothing, and gives every record of a call the same headers, which have values.</summary>
    public override ClientRecord Expressible(ClientRecord record)
    {
        bool nulls = record.Key is null || record.Value is null;
        string? Empty(string? text) => nulls && text == "" ? null : text;
        return record with { Key = Empty(record.Key), Value = Empty(record.Value), Headers = [.. record.Headers.Where(h => h.Value is not null)] };
    }

    public override void Produce(string bootstrap, string topic, string codec, IReadOnlyList<ClientRecord> records)
    {
        foreach (var alike in records.GroupBy(r => (r.Partition, Nulls: r.Key is null || r.Value is null, Headers: string.Join(KeyEnds, r.Headers))))
        {
            var start = new ProcessStartInfo("kcat",
            [
                "-b", bootstrap, "-P", "-t", topic, "-p", $"{alike.Key.Partition}", "-z", codec, "-K", $"{KeyEnds}", "-X", "enable.idempotence=true", "-X", "message.max.bytes=1048588",
                .. alike.Key.Nulls ? new[] { "-Z" } : [], .. alike.First().Headers.SelectMany(h => new[] { "-H", $"{h.Name}={h.Value}" }),
            ]);
            string lines = string.Concat(alike.Select(r => $"{r.Key}{KeyEnds}{r.Value}\n"));
            Shell.Run(start, System.Text.Encoding.UTF8.GetBytes(lines), TimeSpan.FromMinutes(2)).Succeeded();
        }
    }

    public override IReadOnlyList<ClientRecord> Consume(string bootstrap, string topic, int count) =>
        [.. Shell.Run("kcat", "-b", bootstrap, "-C", "-t", topic, "-o", "beginning", "-c", $"{count}", "-J", "-q", "-m", "60", "-X", "check.crcs=true").Succeeded()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Parse(JsonDocument.Parse(line).RootElement))];

    /// <summary>
    /// librdkafka counts a record as read before kcat prints it, so a commit at a time of its own may name one that a killed kcat never
    /// printed. The commits that remain, those of rebalances, are made between two records.
    /// </summary>
    public override GroupMember StartMember(string bootstrap, string group, string topic, string? strategy = null, string? instance = null) => new(new ClientProcess(new ProcessStartInfo("kcat",
    [
        "-b", bootstrap, "-u", "-q", "-f", "%s\\n", "-X", $"session.timeout.ms={(instance is null ? SessionMs : StaticSessionMs)}", "-X", "heartbeat.interval.ms=1500", "-X", "auto.offset.reset=earliest",
        "-X", "auto.commit.interval.ms=86400000", "-X", BearsBusyMachines, .. strategy is null ? Array.Empty<string>() : ["-X", $"partition.assignment.strategy={strategy}"],
        .. instance is null ? Array.Empty<string>() : ["-X", $"group.instance.id={instance}"], "-G", group, topic,
    ])), (member, line) => member.Read(line));

    /// <summary>kcat tells of no single acknowledgement; all that it was given is acknowledged when it ends well.</summary>
    public override NumberWriter StartWriter(string bootstrap, string topic, int partitions, string codec)
    {
        var process = new ClientProcess(new ProcessStartInfo("kcat",
        [
            "-b", bootstrap, "-P", "-t", topic, "-z", codec, "-X", "enable.idempotence=true", "-X", "message.timeout.ms=300000", "-X", BearsBusyMachines, "-X", "linger.ms=5",
            "-X", "sticky.partitioning.linger.ms=0",
        ]));
        return new KcatWriter(process);
    }

    private static ClientRecord Parse(JsonElement e)
    {
        string?[] headers = e.TryGetProperty("headers", out JsonElement list) ? [.. list.EnumerateArray().Select(h => h.GetString())] : [];
        return new ClientRecord(e.GetProperty("partition").GetInt32(), e.GetProperty("key").GetString(), e.GetProperty("payload").GetString(),
            [.. headers.Chunk(2).Select(h => (h[0]!, h[1]))]);
    }

    /// <summary>Feeds a kcat with numbers.</summary>
    private sealed class KcatWriter : NumberWriter
    {
        private readonly ClientProcess _process;
        private readonly Thread _feeding;
        private volatile bool _stop;
        private long _written;

        public KcatWriter(ClientProcess process) : base(process, (_, _) => { }, endsBySignal: false)
        {
            _process = process;
            _feeding = new Thread(Feed) { IsBackground = true };
            _feeding.Start();
        }

        public override int Count => (int)Volatile.Read(ref _written);

        public override void Finish()
        {
            _stop = true;
            _feeding.Join();
            base.Finish();
            Acknowledge(0, (int)_written);
        }

        private void Feed()
        {
            try
            {
                while (!_stop)
                {
                    for (int i = 0; i < 12; i++) _process.Input.Write($"{_written++}\n");
                    _process.Input.Flush();
                    Thread.Sleep(20);
                }
            }
            catch (IOException e)
            {
                Fail($"kcat takes no more: {e.Message}");
            }
        }
    }
}
