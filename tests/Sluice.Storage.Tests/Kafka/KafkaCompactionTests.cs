using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;
using Sluice.Storage.Cleaning;
using Sluice.Storage.Disk;
using Sluice.Storage.Logs;
using Sluice.Storage.Segments;
using Sluice.Storage.Tests.Cleaning;

namespace Sluice.Storage.Tests.Kafka;

/// <summary>Apache Kafka reads what Sluice has compacted, also of what Kafka itself had written.</summary>
public sealed class KafkaCompactionTests : IDisposable
{
    private readonly string _root = System.IO.Directory.CreateTempSubdirectory("sluice-compaction-").FullName;

    public void Dispose() => System.IO.Directory.Delete(_root, recursive: true);

    [SkippableFact]
    public void Kafka_finds_nothing_wrong_with_cleaned_segments()
    {
        KafkaJudge.SkipWithout();
        string directory = Path.Combine(_root, "mine-0");
        using var files = new OpenFiles(new FileDisk());
        PartitionLog log = PartitionLog.Open(files, directory, LogConfig.Default with { Compact = true, SegmentBytes = 3000, IndexIntervalBytes = 200 }, default);
        for (int i = 0; i < 400; i++)
        {
            var codec = (CompressionCodec)(i % 5);
            log.Append(CompactedLog.Batch([($"k{i % 37}", $"v{i}"), ($"k{i % 53}", i % 9 == 0 ? null : $"w{i}")], 1_700_000_000_000 + i, codec, producerId: 5, sequence: 2 * i), 0, 0);
        }
        log.Roll(0);
        log.Flush(0);
        Clean(log, 1_700_000_001_000);
        Assert.InRange(log.SegmentCount, 3, 30);
        log.Close(clean: true, 0);
        Judge(directory);
    }

    [SkippableFact]
    public void Kafka_opens_a_partition_that_it_wrote_and_sluice_compacted()
    {
        KafkaJudge.SkipWithout();
        string kafka = Path.Combine(_root, "kafka"), read = Path.Combine(_root, "read.txt"), partition = Path.Combine(kafka, "data-1/live-0");
        string port = FreePort().ToString(CultureInfo.InvariantCulture), address = $"127.0.0.1:{port}";
        try
        {
            KafkaJudge.Run("start", kafka, "1", port);
            KafkaJudge.RunJava(Path.Combine(KafkaJudge.SourceFolder, "WriteLog.java"), address, "live", read);
            KafkaJudge.Run("stop", kafka);
            string[] kept = Compact(partition, File.ReadAllLines(read));
            Judge(partition);
            KafkaJudge.Run("start", kafka, "1", port);
            string values = KafkaJudge.Run("console-consumer", "--bootstrap-server", address, "--topic", "live", "--from-beginning", "--isolation-level", "read_committed",
                "--max-messages", kept.Length.ToString(CultureInfo.InvariantCulture), "--timeout-ms", "60000", "--property", "print.offset=true", "--property", "print.key=true");
            foreach (string line in kept)
                Assert.Contains($"Offset:{line.Split('|')[0]}\t{line.Split('|')[2]}\t{line.Split('|')[3]}", values, StringComparison.Ordinal);
        }
        finally
        {
            KafkaJudge.Run("stop", kafka);
        }
    }

    /// <summary>Compacts what Kafka wrote: every key is there once, so that only records without key and those of aborted transactions go.</summary>
    private static string[] Compact(string partition, string[] read)
    {
        using var files = new OpenFiles(new FileDisk());
        long end = long.Parse(read[0].Split(' ')[1], CultureInfo.InvariantCulture);
        PartitionLog log = PartitionLog.Open(files, partition, LogConfig.Default with { Compact = true, RetentionMs = -1 }, new LogOpenOptions(end, 0, true, 1_700_000_200_000));
        log.Roll(0);
        log.Flush(0);
        Clean(log, 1_700_000_200_000);
        var found = new List<string>();
        CompactedLog.Visit(log, (long offset, in RecordBatch batch, in Sluice.Protocol.Batches.Record record) =>
        {
            if (!batch.IsControl) found.Add($"{offset}|{Encoding.UTF8.GetString(record.Key)}|{(record.ValueIsNull ? "null" : Encoding.UTF8.GetString(record.Value))}");
        });
        string[] kept = [.. read[1..].Where(line => line.Split('|')[2] != "null" && !line.Contains("aborted record", StringComparison.Ordinal))];
        // A record without value does not tell whose it was; aborted ones are known by what Kafka's committed readers are shown.
        Assert.Equal(kept.Where(line => line.Split('|')[3] != "null").Select(line => $"{line.Split('|')[0]}|{line.Split('|')[2]}|{line.Split('|')[3]}"), found.Where(line => !line.EndsWith("|null", StringComparison.Ordinal)));
        Assert.True(log.Close(clean: true, 0));
        return [.. kept.Where(line => found.Exists(f => f.StartsWith(line.Split('|')[0] + "|", StringComparison.Ordinal)))];
    }

    private static void Clean(PartitionLog log, long nowMs)
    {
        using LogCleaning cleaning = log.BeginCleaning(log.FindCleanable(null, log.LogEndOffset, nowMs), new CleaningLimits(1 << 20, 1 << 16, 0.9), nowMs);
        CleaningStep step;
        do
        {
            step = cleaning.Step(1 << 20);
            if (step == CleaningStep.SwapDue) log.SwapCleaned(cleaning, nowMs);
        }
        while (step is CleaningStep.Working or CleaningStep.SwapDue);
        Assert.Equal(CleaningStep.Finished, step);
        log.EndCleaning(cleaning);
        while (log.TakeDeletion(long.MaxValue) is { } deletion)
            deletion.Execute();
    }

    private static void Judge(string directory)
    {
        string Files(string pattern) => string.Join(',', System.IO.Directory.GetFiles(directory, pattern).Order());
        string[] outputs =
        [
            KafkaJudge.Run("dump-log", "--deep-iteration", "--files", Files("*.log")),
            KafkaJudge.Run("dump-log", "--index-sanity-check", "--files", string.Join(',', new[] { Files("*.index"), Files("*.timeindex") }.Where(f => f.Length > 0))),
            KafkaJudge.Run("dump-log", "--verify-index-only", "--files", string.Join(',', new[] { Files("*.index"), Files("*.timeindex") }.Where(f => f.Length > 0))),
        ];
        Assert.Contains("baseOffset: ", outputs[0], StringComparison.Ordinal);
        foreach (string output in outputs)
        {
            foreach (string complaint in new[] { "ismatch", "Exception", "rror", "orrupt", "out of order", "not found", "isvalid: false", "nvalid bytes" })
                Assert.DoesNotContain(complaint, output, StringComparison.Ordinal);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
