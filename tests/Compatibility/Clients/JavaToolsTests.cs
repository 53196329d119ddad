using System.Globalization;
using System.Text.RegularExpressions;
using Support;
using Support.Clients;

namespace Compatibility.Clients;

/// <summary>Apache Kafka's own tools, one after another in one JVM, against one broker.</summary>
public sealed class JavaToolsTests(JavaToolsTests.SharedBroker shared) : IClassFixture<JavaToolsTests.SharedBroker>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public sealed class SharedBroker : IDisposable
    {
        internal TestBroker Broker { get; } = new("group.initial.rebalance.delay.ms=0");

        public void Dispose() => Broker.Dispose();
    }

    private string Bootstrap => shared.Broker.Bootstrap;

    [SkippableFact]
    public void Groups_are_described_reset_and_deleted()
    {
        KafkaTools.Require();
        Tool("topics", "--create", "--topic", "grouped", "--partitions", "2");
        Finished produced = KafkaTools.Run("console-producer", ["--bootstrap-server", Bootstrap, "--topic", "grouped", "--reader-property", "parse.key=true", "--reader-property", "key.separator=:"],
            string.Concat(Enumerable.Range(0, 20).Select(i => $"k{i}:v{i}\n")));
        produced.Succeeded();
        string[] read = Lines(Tool("console-consumer", "--topic", "grouped", "--group", "tools", "--from-beginning", "--max-messages", "20", "--timeout-ms", "60000"));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"v{i}").Order(), read.Order());

        Assert.Contains("tools", Groups("--list"));
        Assert.Equal(0, LagOf("tools"));
        Assert.Matches(@"tools\s.*Empty\s+0", Groups("--describe", "--group", "tools", "--state"));
        Groups("--reset-offsets", "--group", "tools", "--topic", "grouped", "--to-earliest", "--execute");
        Assert.Equal(20, LagOf("tools"));
        Groups("--reset-offsets", "--group", "tools", "--topic", "grouped", "--to-latest", "--dry-run");
        Assert.Equal(20, LagOf("tools"));
        Groups("--reset-offsets", "--group", "tools", "--topic", "grouped:0", "--to-latest", "--execute");
        Assert.InRange(LagOf("tools"), 1, 19);
        Groups("--delete-offsets", "--group", "tools", "--topic", "grouped:0");
        Assert.DoesNotMatch(@"tools\s+grouped\s+0\s+\d", Groups("--describe", "--group", "tools", "--offsets"));

        Assert.Contains("tools", Tool("groups", "--list"));
        Groups("--delete", "--group", "tools");
        Assert.DoesNotContain("tools", Groups("--list"));
        Assert.Contains("not found", Output(TryTool("consumer-groups", "--describe", "--group", "tools")));
    }

    [SkippableFact]
    public void A_group_with_members_is_described_and_cannot_be_deleted_or_reset()
    {
        KafkaTools.Require();
        Tool("topics", "--create", "--topic", "watched", "--partitions", "2");
        using GroupMember member = JavaClient.StartConsoleConsumer(Bootstrap, "living", "watched");
        Wait.Until("the member joins", Patience, () => Groups("--describe", "--group", "living", "--state").Contains("Stable", StringComparison.Ordinal), () => member.Errors);

        string members = Groups("--describe", "--group", "living", "--members", "--verbose");
        Assert.Contains("console-consumer", members);
        Assert.Contains("watched:0,1", Regex.Replace(members, @"watched\(0,1\)", "watched:0,1"));
        Assert.Contains("not empty", Output(TryTool("consumer-groups", "--delete", "--group", "living")), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Stable", Output(TryTool("consumer-groups", "--reset-offsets", "--group", "living", "--topic", "watched", "--to-latest", "--execute")));

        member.Stop();
        Groups("--delete", "--group", "living");
        Assert.DoesNotContain("living", Groups("--list"));
    }

    [SkippableFact]
    public void Records_are_deleted_and_offsets_follow()
    {
        KafkaTools.Require();
        Tool("topics", "--create", "--topic", "shortened", "--partitions", "1");
        KafkaTools.Run("console-producer", ["--bootstrap-server", Bootstrap, "--topic", "shortened"], string.Concat(Enumerable.Range(0, 10).Select(i => $"{i}\n"))).Succeeded();
        string request = Path.Combine(shared.Broker.Folder, "delete-records.json");
        File.WriteAllText(request, """{"partitions": [{"topic": "shortened", "partition": 0, "offset": 4}], "version": 1}""");

        Assert.Contains("low_watermark: 4", Tool("delete-records", "--offset-json-file", request));
        Assert.Equal("shortened:0:4", Tool("get-offsets", "--topic", "shortened", "--time", "earliest").Trim());
        Assert.Equal("shortened:0:10", Tool("get-offsets", "--topic", "shortened", "--time", "latest").Trim());
        Assert.Equal(["4", "5", "6", "7", "8", "9"], Lines(Tool("console-consumer", "--topic", "shortened", "--from-beginning", "--max-messages", "6", "--timeout-ms", "60000")));
    }

    [SkippableFact]
    public void Log_directories_are_described()
    {
        KafkaTools.Require();
        Tool("topics", "--create", "--topic", "measured", "--partitions", "1");
        KafkaTools.Run("console-producer", ["--bootstrap-server", Bootstrap, "--topic", "measured"], "something\n").Succeeded();
        string described = Tool("log-dirs", "--describe", "--topic-list", "measured");
        Assert.Contains($"\"logDir\":\"{shared.Broker.Data}\"", described);
        Assert.Matches("\"partition\":\"measured-0\",\"size\":[1-9]", described);
    }

    [SkippableFact]
    public void Features_quorum_and_cluster_are_described()
    {
        KafkaTools.Require();
        Assert.Contains("Feature: metadata.version", Tool("features", "describe"));
        string status = Tool("metadata-quorum", "describe", "--status");
        Assert.Matches(@"LeaderId:\s+1", status);
        Assert.Matches(@"MaxFollowerLag:\s+0", status);
        Assert.Matches(@"1\s+\S+\s+\d+\s+0\s+\S+\s+\S+\s+Leader", Tool("metadata-quorum", "describe", "--replication"));
        Assert.Contains("Cluster ID:", Tool("cluster", "cluster-id"));
        Assert.Contains($"{shared.Broker.Port}", Tool("cluster", "list-endpoints"));
    }

    [SkippableFact]
    public void The_performance_tools_write_and_read()
    {
        KafkaTools.Require();
        Tool("topics", "--create", "--topic", "load", "--partitions", "4");
        string written = KafkaTools.Run("producer-perf-test",
            ["--topic", "load", "--num-records", "50000", "--record-size", "200", "--throughput", "-1", "--bootstrap-server", Bootstrap, "--command-property", "acks=all"]).Succeeded();
        Assert.Contains("50000 records sent", written);
        Assert.Equal(50000, Lines(Tool("get-offsets", "--topic", "load")).Sum(line => int.Parse(line.Split(':')[2], CultureInfo.InvariantCulture)));

        string read = Lines(Tool("consumer-perf-test", "--topic", "load", "--num-records", "50000", "--timeout", "60000"))[^1];
        Assert.Equal("50000", read.Split(',')[4].Trim());
    }

    [SkippableFact]
    public void The_compatibility_test_of_the_Java_clients_passes()
    {
        KafkaTools.Require();
        Tool("topics", "--create", "--topic", "compatible", "--partitions", "1");
        string[] supported = ["offsets-for-times", "cluster-id", "create-topics", "describe-acls", "describe-configs", "idempotent-producer"];
        Finished finished = KafkaTools.Run("client-compatibility-test",
        [
            "--bootstrap-server", Bootstrap, "--topic", "compatible", "--num-cluster-nodes", "1", .. supported.SelectMany(s => new[] { $"--{s}-supported", "True" }), "--expect-record-too-large-exception", "False",
        ]);
        Assert.True(finished.ExitCode == 0, finished.Output + finished.Errors);
    }

    private string Groups(params string[] arguments) => Tool("consumer-groups", arguments);

    private string Tool(string tool, params string[] arguments) => TryTool(tool, arguments).Succeeded();

    private Finished TryTool(string tool, params string[] arguments) => KafkaTools.Run(tool, tool is "features" or "metadata-quorum"
        ? ["--bootstrap-server", Bootstrap, .. arguments]
        : [.. arguments, "--bootstrap-server", Bootstrap]);

    private int LagOf(string group) => Lines(Groups("--describe", "--group", group)).Select(line => Regex.Match(line, $@"^{group}\s+\S+\s+\d+\s+\d+\s+\d+\s+(\d+)"))
        .Where(m => m.Success).Sum(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture));

    private static string Output(Finished finished) => finished.Output + finished.Errors;

    private static string[] Lines(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
