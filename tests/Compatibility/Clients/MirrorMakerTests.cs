using System.Diagnostics;
using Compatibility.Differential;
using Support;
using Support.Clients;

namespace Compatibility.Clients;

/// <summary>MirrorMaker 2 moves topics and the offsets of groups from Apache Kafka to Sluice: how one changes over, with the configuration that docs/coming-from-kafka.md shows.</summary>
public sealed class MirrorMakerTests
{
    private const int Consumed = 200;
    private const int Records = 500;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    [SkippableFact]
    public void Topics_and_group_offsets_move_from_Kafka_to_Sluice()
    {
        KafkaTools.Require();
        using var kafka = KafkaServer.Start();
        using var sluice = new TestBroker("group.initial.rebalance.delay.ms=0");
        Tool("topics", kafka.Bootstrap, "--create", "--topic", "moved", "--partitions", "2", "--config", "retention.ms=123456789");
        Write(kafka.Bootstrap, 0, Consumed);
        string[] before = Read(kafka.Bootstrap, Consumed);

        using ClientProcess mirror = Start(kafka.Bootstrap, sluice.Bootstrap, sluice.Folder);
        Wait.Until("the records are moved", Patience, () => mirror.HasExited || Moved(sluice.Bootstrap) == Consumed, () => mirror.Errors);
        Assert.False(mirror.HasExited, mirror.Errors);
        Assert.Contains("retention.ms=123456789", Tool("topics", sluice.Bootstrap, "--describe", "--topic", "moved"));
        Wait.Until("the group's offsets are moved", Patience, () => Committed(sluice.Bootstrap).Length == 2, () => Groups(sluice.Bootstrap) + mirror.Errors);
        Write(kafka.Bootstrap, Consumed, Records);
        Wait.Until("new records are moved too", Patience, () => Moved(sluice.Bootstrap) == Records, () => mirror.Errors);
        mirror.Signal(15);
        mirror.WaitForEnd();

        // Offsets are translated with caution: the group may see some records again, and misses none.
        int left = Records - Committed(sluice.Bootstrap).Sum();
        Assert.InRange(left, Records - Consumed, Records);
        string[] after = Read(sluice.Bootstrap, left);
        Assert.Equal(Enumerable.Range(0, Records).Select(i => $"origin:kafka k{i} v{i}").Order(), before.Concat(after).Distinct().Order());
    }

    private static void Write(string bootstrap, int from, int to) => KafkaTools.Run("console-producer",
        ["--bootstrap-server", bootstrap, "--topic", "moved", "--compression-codec", "lz4", "--reader-property", "parse.key=true", "--reader-property", "parse.headers=true"],
        string.Concat(Enumerable.Range(from, to - from).Select(i => $"origin:kafka\tk{i}\tv{i}\n"))).Succeeded();

    private static ClientProcess Start(string from, string to, string folder)
    {
        string settings = Path.Combine(folder, "mirror.properties");
        File.WriteAllText(settings, MovingPage.MirrorMaker(from, to));
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

    /// <summary>The group's committed offsets, of those partitions that have one.</summary>
    private static int[] Committed(string bootstrap) => [.. Groups(bootstrap).Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Where(f => f.Length > 3 && f[0] == "movers" && f[1] == "moved" && int.TryParse(f[3], out _)).Select(f => int.Parse(f[3]))];

    private static string Groups(string bootstrap) => KafkaTools.Run("consumer-groups", ["--bootstrap-server", bootstrap, "--describe", "--group", "movers"]).Output;

    private static string Tool(string tool, string bootstrap, params string[] arguments) => KafkaTools.Run(tool, ["--bootstrap-server", bootstrap, .. arguments]).Succeeded();
}
