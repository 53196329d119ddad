using System.Diagnostics;
using Sluice.Core.Tests.Nodes;
using Sluice.Protocol.Messages;
using Support;

namespace Sluice.Core.Tests.Metadata;

/// <summary>Apache Kafka's own tool reads the metadata log and its snapshots.</summary>
public sealed class KafkaReadsMetadataTests
{
    private static string Dump(string file)
    {
        string kafka = Path.Combine(Judges.Folder, "kafka", "kafka");
        Skip.IfNot(File.Exists(kafka), $"needs Apache Kafka at {kafka}");
        var start = new ProcessStartInfo(kafka, ["dump-log", "--cluster-metadata-decoder", "--deep-iteration", "--files", file]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{text}\n{errors.Result}");
        Assert.DoesNotContain("isvalid: false", text);
        Assert.DoesNotContain("malformed", text + errors.Result, StringComparison.OrdinalIgnoreCase);
        return text;
    }

    private static TestNode Filled()
    {
        var node = new TestNode(properties: ("broker.rack", "r1"));
        node.Ask(new CreateTopicsRequest { Topics = [new() { Name = "a", NumPartitions = 2, ReplicationFactor = 1, Configs = [new() { Name = "retention.ms", Value = "5000" }] }], TimeoutMs = 1000 }, 7);
        node.Ask(new CreateTopicsRequest { Topics = [new() { Name = "b", NumPartitions = 1, ReplicationFactor = 1 }], TimeoutMs = 1000 }, 7);
        node.Ask(new DeleteTopicsRequest { TopicNames = ["b"], TimeoutMs = 1000 }, 5);
        node.Ask(new InitProducerIdRequest { TransactionalId = null }, 5);
        node.Crash();
        return node;
    }

    [SkippableFact]
    public void The_log()
    {
        using TestNode node = Filled();
        string text = Dump($"{node.MetadataPath}/00000000000000000000.log");
        foreach (string expected in new[]
        {
            "LeaderChange: {\"version\":0,\"leaderId\":1,\"voters\":[{\"voterId\":1}],\"grantingVoters\":[{\"voterId\":1}]}",
            "{\"type\":\"FEATURE_LEVEL_RECORD\",\"version\":0,\"data\":{\"name\":\"metadata.version\",\"featureLevel\":30}}",
            "{\"type\":\"REGISTER_BROKER_RECORD\",\"version\":4,\"data\":{\"brokerId\":1,",
            "\"rack\":\"r1\",\"fenced\":true",
            "{\"type\":\"BROKER_REGISTRATION_CHANGE_RECORD\",\"version\":0,\"data\":{\"brokerId\":1,",
            "{\"type\":\"TOPIC_RECORD\",\"version\":0,\"data\":{\"name\":\"a\",",
            "{\"type\":\"PARTITION_RECORD\",\"version\":1,\"data\":{\"partitionId\":1,",
            "{\"type\":\"CONFIG_RECORD\",\"version\":0,\"data\":{\"resourceType\":2,\"resourceName\":\"a\",\"name\":\"retention.ms\",\"value\":\"5000\"}}",
            "{\"type\":\"REMOVE_TOPIC_RECORD\",\"version\":0,",
            "{\"type\":\"PRODUCER_IDS_RECORD\",\"version\":0,\"data\":{\"brokerId\":1,",
            "\"nextProducerId\":1000}}",
            "{\"type\":\"PARTITION_CHANGE_RECORD\",\"version\":0,\"data\":{\"partitionId\":0,",
        })
            Assert.Contains(expected, text);
    }

    [SkippableFact]
    public void A_snapshot()
    {
        using TestNode node = Filled();
        node.Pass(3_600_000);
        string text = Dump(Assert.Single(Directory.GetFiles(node.MetadataPath, "*.checkpoint")));
        foreach (string expected in new[]
        {
            $"Snapshot end offset: {node.Image.Offset + 1}, epoch: 1",
            "SnapshotHeader {\"version\":0,\"lastContainedLogTimestamp\":",
            "\"type\":\"FEATURE_LEVEL_RECORD\"",
            "\"type\":\"REGISTER_BROKER_RECORD\"",
            "\"type\":\"TOPIC_RECORD\",\"version\":0,\"data\":{\"name\":\"a\"",
            "\"type\":\"PARTITION_RECORD\"",
            "\"nextProducerId\":1000}}",
            "SnapshotFooter {\"version\":0}",
        })
            Assert.Contains(expected, text);
        Assert.DoesNotContain("\"name\":\"b\"", text);
    }
}
