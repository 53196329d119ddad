using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Sluice.Cli.Data.Dump;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;
using Support;

namespace Sluice.Cli.Tests.Data;

/// <summary>`sluice log dump` of what is no segment of a plain topic; kafka-dump-log is the judge.</summary>
public sealed class LogDumpTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-test-").FullName;

    [Fact]
    public void A_producer_snapshot_is_shown_and_damage_is_told()
    {
        string path = Path.Combine(_folder, "00000000000000000110.snapshot");
        File.WriteAllBytes(path, Snapshot());
        (int code, string output) = Dump(path);
        Assert.Equal(ExitCodes.Done, code);
        Assert.Contains("producerId 7 producerEpoch 1 coordinatorEpoch 3 currentTxnFirstOffset 105 lastTimestamp 1700 firstSequence 90 lastSequence 99 lastOffset 109 offsetDelta 9", output);
        // Sequence numbers begin again at 0 after the largest.
        Assert.Contains("firstSequence 2147483647 lastSequence 1 ", output);
        Assert.Contains("currentTxnFirstOffset null", output);

        byte[] damaged = Snapshot();
        damaged[20] ^= 1;
        File.WriteAllBytes(path, damaged);
        Assert.Equal(ExitCodes.Failed, Dump(path).Code);
        File.WriteAllBytes(path, damaged[..8]);
        Assert.Equal(ExitCodes.Failed, Dump(path).Code);
    }

    [Fact]
    public void Aborted_transactions_are_shown()
    {
        byte[] bytes = new byte[34];
        for (int i = 0; i < 4; i++) BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(2 + (8 * i)), 10 + i);
        string path = Path.Combine(_folder, "00000000000000000000.txnindex");
        File.WriteAllBytes(path, bytes);
        (int code, string output) = Dump(path, json: true);
        JsonNode entry = JsonNode.Parse(output)!;
        Assert.Equal((ExitCodes.Done, 10L, 11L, 12L, 13L), (code, (long)entry["producerId"]!, (long)entry["firstOffset"]!, (long)entry["lastOffset"]!, (long)entry["lastStableOffset"]!));

        File.WriteAllBytes(path, [.. bytes, 0]);
        Assert.Equal(ExitCodes.Failed, Dump(path).Code);
    }

    [Fact]
    public void Every_record_of_the_brokers_own_topics_can_be_shown_in_every_version()
    {
        int shown = 0;
        foreach (CoordinatorRecordTable table in (CoordinatorRecordTable[])[CoordinatorRecordTable.Groups, CoordinatorRecordTable.Transactions, CoordinatorRecordTable.ShareGroups])
        {
            for (short key = 0; key < 100; key++)
            {
                if (table.NewKey(key) is not { } message) continue;
                shown += Show(message) + Show(table.NewValue(key)!);
            }
        }

        for (short key = 0; key < 100; key++) shown += MetadataRecordTable.New(key) is { } record ? Show(record) : 0;
        Assert.InRange(shown, 80, 1000);

        static int Show(IMessage message)
        {
            for (short version = message.FirstVersion; version <= message.LastVersion; version++) Assert.NotNull(MessageJson.Of(message, version).ToJsonString());
            return message.LastVersion - message.FirstVersion + 1;
        }
    }

    [Fact]
    public void Control_records_and_records_that_are_not_of_their_topic_are_told_apart()
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, "__consumer_offsets-3")).FullName;
        string path = Path.Combine(folder, "00000000000000000000.log");
        byte[] key = new byte[ControlRecord.KeySize], marker = new byte[ControlRecord.MarkerValueSize];
        ControlRecord.WriteKey(key, ControlRecordType.Commit);
        ControlRecord.WriteMarkerValue(marker, 17);
        using var control = new RecordBatchBuilder { IsControl = true, IsTransactional = true, ProducerId = 5, ProducerEpoch = 0 };
        control.Append(1700, key, marker);
        byte[] commit = control.Build();
        File.WriteAllBytes(path, commit);
        (int code, string output) = Dump(path);
        Assert.Equal(ExitCodes.Done, code);
        Assert.Contains("control Commit coordinatorEpoch 17", output);

        using var strange = new RecordBatchBuilder { BaseOffset = 1 };
        strange.Append(1700, [0, 2, 9, 9], [1]);
        File.WriteAllBytes(path, [.. commit, .. strange.Build()]);
        Assert.Equal(ExitCodes.Failed, Dump(path).Code);
    }

    [SkippableFact]
    public void Kafkas_tool_prints_the_same_of_groups_and_metadata()
    {
        string kafka = Judges.Kafka();
        using var broker = new TestBroker("group.initial.rebalance.delay.ms=0", "offsets.topic.num.partitions=1");
        string program = Path.Combine(Judges.Repository, "operator", "Sluice.Cli", "bin", "Release", "net10.0", "sluice");
        Shell.Run(program, "topic", "create", "orders", "--partitions", "2", "--config", "retention.ms=1000000", "--bootstrap", broker.Bootstrap).Succeeded();
        Shell.Bash($"seq 10 | '{program}' produce orders --bootstrap {broker.Bootstrap}").Succeeded();
        Shell.Run(program, "consume", "orders", "--group", "readers", "--from", "beginning", "--max", "10", "--bootstrap", broker.Bootstrap).Succeeded();

        Compare(kafka, Path.Combine(broker.Data, "__consumer_offsets-0", "00000000000000000000.log"), "--offsets-decoder", 3);
        Compare(kafka, Path.Combine(broker.Data, "__cluster_metadata-0", "00000000000000000000.log"), "--cluster-metadata-decoder", 6);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void Compare(string kafka, string path, string decoder, int least)
    {
        // A copy: the broker may append to it meanwhile.
        string copy = Path.Combine(Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}", Path.GetFileName(Path.GetDirectoryName(path)!))).FullName, Path.GetFileName(path));
        File.Copy(path, copy);
        List<JsonNode?> theirs = [.. Shell.Run(kafka, "dump-log", decoder, "--files", copy).Succeeded().Split('\n')
            .Select(line => line.IndexOf(" payload: ", StringComparison.Ordinal) is var at and >= 0 ? line[(at + 10)..] : null).Where(p => p is not null)
            .Select(p => p!.StartsWith('{') ? JsonNode.Parse(p) : null)];
        List<JsonNode?> ours = [.. Dump(copy, json: true).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(line => JsonNode.Parse(line)!["content"]!.AsArray()).Where(r => r!["control"] is null).Select(r => r!["value"])];
        Directory.Delete(Path.GetDirectoryName(Path.GetDirectoryName(copy))!, recursive: true);
        Assert.Equal(theirs.Count, ours.Count);
        Assert.InRange(ours.Count, least, int.MaxValue);
        for (int i = 0; i < ours.Count; i++) Assert.True(JsonNode.DeepEquals(theirs[i], ours[i]), $"Kafka: {theirs[i]?.ToJsonString()}\nSluice: {ours[i]?.ToJsonString()}");
    }

    private static (int Code, string Output) Dump(string path, bool json = false)
    {
        using var output = new StringWriter();
        var dump = new LogDump(output, json, records: true, values: true);
        dump.Dump(path);
        return (dump.Summary(TextWriter.Null), output.ToString());
    }

    private static byte[] Snapshot()
    {
        var snapshot = new ProducerSnapshot
        {
            ProducerEntries =
            [
                new ProducerSnapshot.ProducerEntry { ProducerId = 7, Epoch = 1, LastSequence = 99, LastOffset = 109, OffsetDelta = 9, Timestamp = 1700, CoordinatorEpoch = 3, CurrentTxnFirstOffset = 105 },
                new ProducerSnapshot.ProducerEntry { ProducerId = 8, LastSequence = 1, LastOffset = 108, OffsetDelta = 2, Timestamp = 1600, CoordinatorEpoch = -1, CurrentTxnFirstOffset = -1 },
            ],
        };
        byte[] bytes = [0, 1, .. snapshot.ToBytes(1)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(2), Crc32C.Compute(bytes.AsSpan(6)));
        return bytes;
    }
}
