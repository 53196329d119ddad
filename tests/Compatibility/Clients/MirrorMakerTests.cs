using System.Diagnostics;
using Compatibility.Differential;
using Support;
using Support.Clients;

namespace Compatibility.Clients;

/// <summary>MirrorMaker 2 moves topics and the offsets of groups from Apache Kafka to Sluice: how one changes over.</summary>
public sealed class MirrorMakerTests
{
    private const int Consumed = 200;
    private const int Records = 500;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    [SkippableFact]
    public void Topics_and_group_offsets_move_from_Kafka_to_Sluice()
    {
        KafkaTools.Require();
        using var kafka = new KafkaServer();
        using var sluice = new TestBroker("group.initial.rebalance.delay.ms=0");
        Tool("topics", kafka.Bootstrap, "--create", "--topic", "moved", "--partitions", "2", "--config", "retention.ms=123456789");
        Write(kafka.Bootstrap, 0, Consumed);
        string[] before = Read(kafka.Bootstrap, Consumed);

        using ClientProcess mirror = Start(kafka.Bootstrap, sluice.Bootstrap, sluice.Folder);
        Wait.Until("the records are moved", Patience, () => mirror.HasExited || Moved(sluice.Bootstrap) == Consumed, () => mirror.Errors);
        Assert.False(mirror.HasExited, mirror.Errors);
        Assert.Contains("retention.ms=123456789", Tool("topics", sluice.Bootstrap, "--describe", "--topic", "moved"));
        // MirrorMaker translates an offset at the log's end exactly, and others with caution.
        Wait.Until("the group's offsets are moved", Patience, () => Committed(sluice.Bootstrap) == Consumed, () => Groups(sluice.Bootstrap) + mirror.Errors);
        Write(kafka.Bootstrap, Consumed, Records);
        Wait.Until("new records are moved too", Patience, () => Moved(sluice.Bootstrap) == Records, () => mirror.Errors);
        mirror.Signal(15);
        mirror.WaitForEnd();

        string[] after = Read(sluice.Bootstrap, Records - Consumed);
        Assert.Equal(Enumerable.Range(0, Records).Select(i => $"origin:kafka k{i} v{i}").Order(), before.Concat(after).Order());
    }

    private static void Write(string bootstrap, int from, int to) => KafkaTools.Run("console-producer",
        ["--bootstrap-server", bootstrap, "--topic", "moved", "--compression-codec", "lz4", "--reader-property", "parse.key=true", "--reader-property", "parse.headers=true"],
        string.Concat(Enumerable.Range(from, to - from).Select(i => $"origin:kafka\tk{i}\tv{i}\n"))).Succeeded();

    private static ClientProcess Start(string from, string to, string folder)
    {
        string settings = Path.Combine(folder, "mirror.properties");
        File.WriteAllLines(settings,
        [
            "clusters=kafka,sluice", $"kafka.bootstrap.servers={from}", $"sluice.bootstrap.servers={to}", "kafka->sluice.enabled=true", "sluice->kafka.enabled=false",
            "topics=moved", "groups=movers", "replication.policy.class=org.apache.kafka.connect.mirror.IdentityReplicationPolicy", "tasks.max=1",
            "replication.factor=1", "checkpoints.topic.replication.factor=1", "heartbeats.topic.replication.factor=1", "offset-syncs.topic.replication.factor=1",
            "config.storage.replication.factor=1", "offset.storage.replication.factor=1", "status.storage.replication.factor=1", "offset.lag.max=0",
            "emit.heartbeats.enabled=false", "emit.checkpoints.interval.seconds=1", "sync.group.offsets.enabled=true", "sync.group.offsets.interval.seconds=1",
            "refresh.groups.interval.seconds=5", "refresh.topics.interval.seconds=5", "offset.flush.interval.ms=1000",
        ]);
        var start = new ProcessStartInfo(Judges.Kafka(), ["connect-mirror-maker", settings]);
        start.Environment["KAFKA_JIT"] = "1";
        start.Environment["KAFKA_HEAP_OPTS"] = "-Xmx256m";
        var process = new ClientProcess(start);
        process.OnLine(_ => { });
        return process;
    }

    /// <summary>Reads on as the group, and commits.</summary>
    private static string[] Read(string bootstrap, int count) =>
        [.. Tool("console-consumer", bootstrap, "--topic", "moved", "--group", "movers", "--from-beginning", "--max-messages", $"{count}", "--timeout-ms", "60000",
            "--formatter-property", "print.key=true", "--formatter-property", "print.headers=true", "--formatter-property", "key.separator= ", "--formatter-property", "headers.separator= ")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    private static int Moved(string bootstrap)
    {
        Finished offsets = KafkaTools.Run("get-offsets", ["--bootstrap-server", bootstrap, "--topic", "moved"]);
        return offsets.ExitCode != 0 ? 0 : offsets.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Sum(line => int.Parse(line.Split(':')[2]));
    }

    private static int Committed(string bootstrap) => Groups(bootstrap).Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Where(f => f.Length > 3 && f[0] == "movers" && f[1] == "moved").Sum(f => int.TryParse(f[3], out int offset) ? offset : 0);

    private static string Groups(string bootstrap) => KafkaTools.Run("consumer-groups", ["--bootstrap-server", bootstrap, "--describe", "--group", "movers"]).Output;

    private static string Tool(string tool, string bootstrap, params string[] arguments) => KafkaTools.Run(tool, ["--bootstrap-server", bootstrap, .. arguments]).Succeeded();
}
