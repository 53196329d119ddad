using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Support;

namespace Compatibility;

/// <summary>Apache Kafka's tools judge what is left of topics that are compacted or cut.</summary>
public sealed partial class CompactionTests
{
    /// <summary>Settings under which a topic of some megabytes is compacted while a test waits.</summary>
    private static readonly string[] Eager =
    [
        "log.segment.bytes=1048576", "log.roll.ms=500", "log.cleaner.backoff.ms=100", "log.cleaner.min.cleanable.ratio=0.01", "log.segment.delete.delay.ms=500",
    ];

    [SkippableTheory]
    [InlineData("none", 0)]
    [InlineData("lz4", 20)]
    [InlineData("zstd", 5)]
    public void The_log_compaction_tester_finds_the_last_record_of_every_key(string codec, int percentDeletes)
    {
        string kafka = Judges.Kafka();
        using var broker = new TestBroker(Eager);
        var tester = new ProcessStartInfo(kafka, ["log-compaction-tester", "--bootstrap-server", broker.Bootstrap, "--messages", "50000", "--topics", "2", "--duplicates", "20",
            "--compression-type", codec, "--percent-deletes", percentDeletes.ToString(CultureInfo.InvariantCulture), "--sleep", "5"]);
        string output = Shell.Run(tester, null, TimeSpan.FromMinutes(6)).Succeeded();
        Assert.Contains("Data verification is completed", output);
        Assert.Contains(" 0 mismatches", output);
        // Most of the records are followed by one of the same key.
        double reduction = double.Parse(Reduction().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.True(reduction > 20, output);
    }

    [SkippableFact]
    public void Records_are_deleted_by_kafkas_tool_and_stay_deleted_after_a_kill()
    {
        string kafka = Judges.Kafka();
        Judges.Command("kcat");
        using var broker = new TestBroker();
        Shell.Run(kafka, "topics", "--bootstrap-server", broker.Bootstrap, "--create", "--topic", "cut", "--partitions", "2").Succeeded();
        Shell.Bash("seq 1 100 | kcat -b $1 -t cut -p 0 -P; seq 1 100 | kcat -b $1 -t cut -p 1 -P", broker.Bootstrap).Succeeded();
        string plan = Path.Combine(broker.Folder, "offsets.json");
        string Delete(long first, long second)
        {
            File.WriteAllText(plan, $$"""{"partitions": [{"topic": "cut", "partition": 0, "offset": {{first}}}, {"topic": "cut", "partition": 1, "offset": {{second}}}], "version": 1}""");
            Finished finished = Shell.Run(kafka, "delete-records", "--bootstrap-server", broker.Bootstrap, "--offset-json-file", plan);
            return finished.Output + finished.Errors;
        }

        string deleted = Delete(40, -1);
        Assert.Contains("partition: cut-0\tlow_watermark: 40", deleted);
        Assert.Contains("partition: cut-1\tlow_watermark: 100", deleted);
        Assert.Contains("OffsetOutOfRangeException", Delete(101, 100));
        broker.KillHard();
        broker.Start();
        string earliest = Shell.Run(kafka, "get-offsets", "--bootstrap-server", broker.Bootstrap, "--topic", "cut", "--time", "earliest").Succeeded();
        Assert.Equal(["cut:0:40", "cut:1:100"], earliest.Trim().Split('\n').Order());
        string values = Shell.Bash("kcat -b $1 -t cut -p 0 -C -o beginning -e -q", broker.Bootstrap).Succeeded();
        Assert.Equal(Enumerable.Range(41, 60).Select(i => i.ToString(CultureInfo.InvariantCulture)), values.Trim().Split('\n'));
    }

    [GeneratedRegex(@"\(([0-9.]+)% reduction\)")]
    private static partial Regex Reduction();
}
