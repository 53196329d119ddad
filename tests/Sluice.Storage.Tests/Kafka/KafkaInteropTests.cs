using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;
using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Logs;
using Sluice.Storage.Producers;
using Sluice.Storage.Segments;
using Sluice.Storage.Tests.Support;

namespace Sluice.Storage.Tests.Kafka;

/// <summary>Files go both ways between Sluice and Apache Kafka.</summary>
public sealed partial class KafkaInteropTests : IDisposable
{
    private const int Port = 31100;
    private static readonly string Fixture = Path.Combine(KafkaJudge.SourceFolder, "Fixture");
    private readonly string _root = Path.Combine(Path.GetTempPath(), "sluice-" + Guid.NewGuid().ToString("N"));

    public KafkaInteropTests() => System.IO.Directory.CreateDirectory(_root);

    public void Dispose() => System.IO.Directory.Delete(_root, recursive: true);

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_directory_that_kafka_wrote_reads_as_kafkas_consumer_read_it(bool clean)
    {
        MemoryDisk disk = LoadFixture(_ => true);
        string[] expected = File.ReadAllLines(Path.Combine(Fixture, "expected.txt"));
        PartitionLog log = TestLog.Open(disk, TestLog.DefaultConfig with { IndexIntervalBytes = 200 }, recoveryPoint: clean ? 116 : 0, clean: clean, nowMs: 1_700_000_200_000);
        Assert.Equal((0, clean ? 0 : 4), (log.Recovery.BytesCut, log.Recovery.SegmentsChecked));
        Assert.Equal(expected, Describe(log));
        Assert.Equal(new EpochEnd(0, 116), log.EndOffsetForEpoch(0));
        Assert.Equal("Gr-86Cg2Rwat3Z-_P-zOUg", PartitionMetadataFile.Read(disk, TestLog.Directory));
        Assert.Equal(new TimestampOffset(1_700_000_050_000, 50, 0), log.OffsetForTimestamp(1_700_000_049_500));
        Assert.Equal(6, log.Producers.Count);
        Assert.Equal([new AbortedTransaction(5, 104, 107, 108), new AbortedTransaction(5, 112, 115, 116)],
            log.AbortedTransactions(0, 116).Select(aborted => aborted with { ProducerId = 5 }));
    }

    [SkippableFact]
    public void Indexes_snapshots_and_epochs_made_from_kafkas_batches_are_kafkas_own()
    {
        MemoryDisk theirs = LoadFixture(_ => true), ours = LoadFixture(name => name.EndsWith(".log", StringComparison.Ordinal));
        PartitionLog log = TestLog.Open(ours, LogConfig.Default with { IndexIntervalBytes = 200 }, nowMs: 1_700_000_200_000);
        log.Close(clean: true, 0);
        foreach (DiskEntry file in theirs.List(TestLog.Directory))
        {
            string path = $"{TestLog.Directory}/{file.Name}";
            if (file.Name == "partition.metadata")
                continue;
            if (file.Name.EndsWith(".snapshot", StringComparison.Ordinal))
                Assert.Equal(Producers(theirs, path), Producers(ours, path));
            else
                Assert.True(theirs.Content(path).AsSpan().SequenceEqual(ours.Content(path)), $"{file.Name} differs");
        }
    }

    [SkippableFact]
    public void Kafkas_dump_log_reads_what_sluice_wrote()
    {
        KafkaJudge.SkipWithout();
        (string directory, int records) = WriteLog();
        string[] files = System.IO.Directory.GetFiles(directory);
        string batches = string.Join(',', files.Where(file => file.EndsWith(".log", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        string others = string.Join(',', files.Where(file => Suffixes().IsMatch(file)).Order(StringComparer.Ordinal));

        string dump = KafkaJudge.Run("dump-log", "--deep-iteration", "--print-data-log", "--files", batches);
        AssertNoComplaint(dump);
        string[] printed = [.. dump.Split('\n').Where(line => line.StartsWith("| offset:", StringComparison.Ordinal))];
        Assert.Equal(records, printed.Length);
        for (int i = 0; i < records; i++)
            Assert.StartsWith($"| offset: {i} ", printed[i], StringComparison.Ordinal);
        foreach (string codec in new[] { "none", "gzip", "snappy", "lz4", "zstd" })
            Assert.Contains($"compresscodec: {codec}", dump, StringComparison.Ordinal);
        Assert.DoesNotContain("isvalid: false", dump, StringComparison.Ordinal);

        string rest = KafkaJudge.Run("dump-log", "--files", others);
        AssertNoComplaint(rest);
        Assert.Contains("producerId: 77 producerEpoch: 3", rest, StringComparison.Ordinal);
        Assert.Contains("producerId: 88", rest, StringComparison.Ordinal);
        string indexes = string.Join(',', files.Where(file => file.EndsWith("index", StringComparison.Ordinal) && !file.EndsWith(".txnindex", StringComparison.Ordinal)));
        string sane = KafkaJudge.Run("dump-log", "--index-sanity-check", "--files", indexes);
        AssertNoComplaint(sane);
        Assert.Equal(indexes.Split(',').Length, sane.Split('\n').Count(line => line.EndsWith("passed sanity check.", StringComparison.Ordinal) || line.EndsWith("is empty.", StringComparison.Ordinal)));
        AssertNoComplaint(KafkaJudge.Run("dump-log", "--verify-index-only", "--files", indexes));
    }

    [SkippableFact]
    public void Sluice_opens_what_a_running_kafka_wrote_and_kafka_opens_what_sluice_added()
    {
        KafkaJudge.SkipWithout();
        string kafka = Path.Combine(_root, "kafka"), read = Path.Combine(_root, "read.txt"), partition = Path.Combine(kafka, "data-1/live-0");
        string address = $"127.0.0.1:{Port}";
        try
        {
            KafkaJudge.Run("start", kafka, "1", Port.ToString(CultureInfo.InvariantCulture));
            KafkaJudge.RunJava(Path.Combine(KafkaJudge.SourceFolder, "WriteLog.java"), address, "live", read);
            CheckLive(partition, clean: false, read, append: false);
            KafkaJudge.Run("stop", kafka);
            long end = CheckLive(partition, clean: true, read, append: true);
            // The recovery point that Kafka wrote still stands; a new one would only spare it the check of what Sluice added.
            KafkaJudge.Run("start", kafka, "1", Port.ToString(CultureInfo.InvariantCulture));
            Assert.Contains($"live:0:{end}", KafkaJudge.Run("get-offsets", "--bootstrap-server", address, "--topic", "live"), StringComparison.Ordinal);
            string values = KafkaJudge.Run("console-consumer", "--bootstrap-server", address, "--topic", "live", "--partition", "0", "--offset", $"{end - 3}", "--max-messages", "3");
            Assert.Contains("from sluice 2", values, StringComparison.Ordinal);
        }
        finally
        {
            KafkaJudge.Run("stop", kafka);
        }
    }

    private long CheckLive(string partition, bool clean, string read, bool append)
    {
        string copy = Path.Combine(_root, clean ? "clean" : "unclean");
        System.IO.Directory.CreateDirectory(copy);
        foreach (string file in System.IO.Directory.GetFiles(partition))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        using var files = new OpenFiles(new FileDisk());
        PartitionLog log = PartitionLog.Open(files, append ? partition : copy, LogConfig.Default with { RetentionMs = -1 }, new LogOpenOptions(clean ? 116 : 0, 0, clean, 1_700_000_200_000));
        Assert.Equal(0, log.Recovery.BytesCut);
        Assert.Equal(clean, log.Recovery.SegmentsChecked == 0);
        Assert.Equal(File.ReadAllLines(read), Describe(log));
        if (append)
        {
            using var builder = new RecordBatchBuilder { Codec = CompressionCodec.Lz4 };
            for (int i = 0; i < 3; i++)
                builder.Append(1_700_000_100_000 + i, null, Encoding.UTF8.GetBytes($"from sluice {i}"));
            log.Append(builder.Build(), Math.Max(0, log.LatestEpoch), 0);
        }
        log.Close(clean: true, 0);
        return log.LogEndOffset;
    }

    private (string Directory, int Records) WriteLog()
    {
        string directory = Path.Combine(_root, "mine-0");
        using var files = new OpenFiles(new FileDisk());
        LogConfig config = LogConfig.Default with { SegmentBytes = 4000, IndexIntervalBytes = 300 };
        PartitionLog log = PartitionLog.Open(files, directory, config, default);
        int sequence = 0;
        for (int i = 0; i < 60; i++)
        {
            byte[] batch = TestLog.Batch(4, timestamp: 1_700_000_000_000 + 500 * (i % 7) + 100 * i, codec: (CompressionCodec)(i % 5), seed: i,
                producerId: i % 2 == 0 ? 77 : -1, epoch: (short)(i % 2 == 0 ? 3 : -1), sequence: i % 2 == 0 ? sequence : -1);
            sequence += i % 2 == 0 ? 4 : 0;
            Assert.Equal(ProducerCheck.Accepted, log.Append(batch, leaderEpoch: i / 25, 0).Check);
        }
        log.Append(TestLog.Batch(2, producerId: 88, epoch: 0, sequence: 0, transactional: true), 2, 0);
        log.Append(TestLog.Marker(ControlRecordType.Abort, 88, 0, coordinatorEpoch: 4), 2, 0, AppendOrigin.Coordinator);
        log.Append(TestLog.Batch(2, producerId: 88, epoch: 0, sequence: 2, transactional: true), 2, 0);
        Assert.True(log.SegmentCount >= 3);
        Assert.True(log.Close(clean: true, 0));
        return (directory, (int)log.LogEndOffset);
    }

    private static void AssertNoComplaint(string output)
    {
        foreach (string complaint in new[] { "ismatch", "Exception", "rror", "orrupt", "out of order", "not found", "invalid", "nvalid bytes" })
            Assert.DoesNotContain(complaint, output, StringComparison.Ordinal);
    }

    private static MemoryDisk LoadFixture(Func<string, bool> take)
    {
        MemoryDisk disk = TestLog.NewDisk();
        disk.CreateDirectory(TestLog.Directory);
        foreach (string file in System.IO.Directory.GetFiles(Fixture))
        {
            string name = Path.GetFileName(file);
            if (name != "expected.txt" && take(name))
                disk.SetContent($"{TestLog.Directory}/{name}", File.ReadAllBytes(file));
        }
        return disk;
    }

    private static string[] Producers(IDisk disk, string path) =>
        [.. ProducerSnapshot.Read(disk, path).OrderBy(entry => entry.ProducerId).Select(entry => string.Join(' ', entry.ProducerId, entry.Epoch, entry.LastSequence,
            entry.Batches.IsEmpty ? "" : entry.Batches[^1].ToString(), entry.LastTimestamp, entry.CoordinatorEpoch, entry.TransactionFirstOffset))];

    /// <summary>The records of a log in the lines that WriteLog.java prints.</summary>
    private static List<string> Describe(PartitionLog log)
    {
        var lines = new List<string> { $"end {log.LogEndOffset}" };
        foreach (byte[] bytes in TestLog.ReadAll(log))
        {
            var batch = new RecordBatch(bytes);
            if (batch.IsControl)
                continue;
            using var body = new PooledBuffer();
            Codecs.Decompress(batch.Codec, batch.Body, body, new DecompressionLimit(int.MaxValue));
            var reader = new RecordReader(body.WrittenSpan, batch.RecordCount);
            while (reader.TryRead(out Sluice.Protocol.Batches.Record record))
            {
                string headers = string.Join(',', record.ReadHeaders().Select(header => $"{header.Key}={(header.Value is { } value ? Encoding.UTF8.GetString(value.Span) : "null")}"));
                lines.Add(string.Join('|', batch.BaseOffset + record.OffsetDelta, batch.BaseTimestamp + record.TimestampDelta,
                    record.KeyIsNull ? "null" : Encoding.UTF8.GetString(record.Key), record.ValueIsNull ? "null" : Encoding.UTF8.GetString(record.Value), headers));
            }
        }
        return lines;
    }

    [GeneratedRegex(@"\.(index|timeindex|snapshot|txnindex)$")]
    private static partial Regex Suffixes();
}
