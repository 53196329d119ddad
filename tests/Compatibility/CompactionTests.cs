using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Support;
using Support.Clients;

namespace Compatibility;

/// <summary>Apache Kafka's tools judge what is left of topics that are compacted or cut.</summary>
public sealed class CompactionTests
{
    /// <summary>Settings under which a topic of some megabytes is compacted while a test waits. Segments end by their size alone, so that the speed of the machine decides nothing.</summary>
    private static readonly string[] Eager =
    [
        "log.segment.bytes=1048576", "log.cleaner.backoff.ms=100", "log.cleaner.min.cleanable.ratio=0.01", "log.segment.delete.delay.ms=500",
    ];

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private const int Stop = 19;
    private const int Continue = 18;

    [SkippableTheory]
    [InlineData("none", 0, 1, 400_000, 200)] // several segments lose every record
    [InlineData("lz4", 20, 2, 200_000, 20)]
    [InlineData("zstd", 5, 2, 200_000, 20)]
    public void The_log_compaction_tester_finds_the_last_record_of_every_key(string codec, int percentDeletes, int topics, int messages, int duplicates)
    {
        string kafka = Judges.Kafka();
        using var broker = new TestBroker(Eager);
        var start = new ProcessStartInfo(kafka, ["log-compaction-tester", "--bootstrap-server", broker.Bootstrap, "--messages", $"{messages}", "--topics", $"{topics}",
            "--duplicates", $"{duplicates}", "--compression-type", codec, "--percent-deletes", $"{percentDeletes}", "--sleep", "5"]);
        using var tester = new ClientProcess(start);
        using var isWritten = new ManualResetEventSlim();
        var output = new List<string>();
        tester.OnLine(line =>
        {
            lock (output) output.Add(line);
            if (!line.StartsWith("Sleeping", StringComparison.Ordinal)) return;
            // It gives the cleaner a time; it is held instead until the cleaner has done its work.
            tester.Signal(Stop);
            isWritten.Set();
        });
        Wait.Until("the tester has written its records", Patience, () => isWritten.IsSet || tester.HasExited, () => tester.Errors);
        Wait.Until("what can be compacted is compacted", Patience, () => IsCompacted(broker, messages * topics) || tester.HasExited, () => broker.Metrics() + broker.Log);
        tester.Signal(Continue);

        Assert.True(tester.WaitForEnd() == 0, $"{string.Join('\n', output)}\n{tester.Errors}");
        Assert.Contains("Data verification is completed", output);
        Assert.Contains(output, line => line.Contains(" 0 mismatches", StringComparison.Ordinal));
        Assert.Contains("sluice_cleaner_failures_total{} 0\n", broker.Metrics());
    }

    [SkippableFact]
    public void Records_are_deleted_by_kafkas_tool_and_stay_deleted_after_a_kill()
    {
        KafkaTools.Require();
        Judges.Command("kcat");
        using var broker = new TestBroker();
        KafkaTools.Run("topics", ["--bootstrap-server", broker.Bootstrap, "--create", "--topic", "cut", "--partitions", "2"]).Succeeded();
        Shell.Bash("seq 1 100 | kcat -b $1 -t cut -p 0 -P; seq 1 100 | kcat -b $1 -t cut -p 1 -P", broker.Bootstrap).Succeeded();
        string plan = Path.Combine(broker.Folder, "offsets.json");
        string Delete(long first, long second)
        {
            File.WriteAllText(plan, $$"""{"partitions": [{"topic": "cut", "partition": 0, "offset": {{first}}}, {"topic": "cut", "partition": 1, "offset": {{second}}}], "version": 1}""");
            Finished finished = KafkaTools.Run("delete-records", ["--bootstrap-server", broker.Bootstrap, "--offset-json-file", plan]);
            return finished.Output + finished.Errors;
        }

        string deleted = Delete(40, -1);
        Assert.Contains("partition: cut-0\tlow_watermark: 40", deleted);
        Assert.Contains("partition: cut-1\tlow_watermark: 100", deleted);
        Assert.Contains("OffsetOutOfRangeException", Delete(101, 100));
        broker.KillHard();
        broker.Start();
        string earliest = KafkaTools.Run("get-offsets", ["--bootstrap-server", broker.Bootstrap, "--topic", "cut", "--time", "earliest"]).Succeeded();
        Assert.Equal(["cut:0:40", "cut:1:100"], earliest.Trim().Split('\n').Order());
        string values = Shell.Bash("kcat -b $1 -t cut -p 0 -C -o beginning -e -q", broker.Bootstrap).Succeeded();
        Assert.Equal(Enumerable.Range(41, 60).Select(i => i.ToString(CultureInfo.InvariantCulture)), values.Trim().Split('\n'));
    }

    // A quarter: of a topic that compresses well, much is still in the segment that takes appends.
    private static bool IsCompacted(TestBroker broker, int written)
    {
        string metrics = broker.Metrics();
        double Value(string name) => double.Parse(Regex.Match(metrics, $@"^{name}{{}} (\S+)$", RegexOptions.Multiline).Groups[1].Value, CultureInfo.InvariantCulture);
        return Value("sluice_cleaner_dropped_records_total") > written / 4 && Value("sluice_cleaner_dirty_ratio_max") <= 0.01;
    }
}
