using System.Diagnostics;
using System.Text.Json;

namespace Support.Clients;

/// <summary>
/// Kafka's own command-line tools, one after another in one JVM that lives as long as the test process: its start costs more than most tools do.
/// </summary>
internal sealed class KafkaTools
{
    private static readonly Lazy<KafkaTools> Instance = new(() => new KafkaTools());
    private static readonly Dictionary<string, string> Mains = new()
    {
        ["acls"] = "AclCommand",
        ["broker-api-versions"] = "BrokerApiVersionsCommand",
        ["client-compatibility-test"] = "ClientCompatibilityTest",
        ["cluster"] = "ClusterTool",
        ["configs"] = "../kafka.admin.ConfigCommand",
        ["console-consumer"] = "consumer.ConsoleConsumer",
        ["console-producer"] = "ConsoleProducer",
        ["consumer-groups"] = "consumer.group.ConsumerGroupCommand",
        ["consumer-perf-test"] = "ConsumerPerformance",
        ["delete-records"] = "DeleteRecordsCommand",
        ["dump-log"] = "DumpLogSegments",
        ["features"] = "FeatureCommand",
        ["get-offsets"] = "GetOffsetShell",
        ["groups"] = "GroupsCommand",
        ["log-dirs"] = "LogDirsCommand",
        ["metadata-quorum"] = "MetadataQuorumCommand",
        ["producer-perf-test"] = "ProducerPerformance",
        ["reassign-partitions"] = "reassign.ReassignPartitionsCommand",
        ["share-groups"] = "consumer.group.ShareGroupCommand",
        ["streams-groups"] = "streams.StreamsGroupCommand",
        ["topics"] = "TopicCommand",
        ["transactions"] = "TransactionsCommand",
    };

    private readonly Process _java;

    private KafkaTools()
    {
        string library = Path.Combine(Judges.Folder, "kafka", "lib", "*");
        string source = Path.Combine(Judges.Repository, "tests", "Compatibility", "Clients", "java", "Tools.java");
        string logging = Path.Combine(Judges.Folder, "kafka", "config", "log4j2.yaml");
        var start = new ProcessStartInfo("java", ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8", $"-Dlog4j2.configurationFile={logging}", "-cp", library, source])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = new System.Text.UTF8Encoding(false),
            StandardOutputEncoding = System.Text.Encoding.UTF8,
        };
        _java = Process.Start(start)!;
    }

    /// <summary>Skips the calling test where Kafka, Java or its compiler is absent.</summary>
    public static void Require()
    {
        Judges.Kafka();
        Judges.Command("javac");
    }

    /// <summary>Runs a tool by the name that Kafka's <c>bin/kafka-NAME.sh</c> has, and gives what it printed.</summary>
    public static Finished Run(string tool, string[] arguments, string input = "") => Instance.Value.Ask(tool, arguments, input);

    private Finished Ask(string tool, string[] arguments, string input)
    {
        string main = Mains[tool];
        main = main.StartsWith("../", StringComparison.Ordinal) ? main[3..] : $"org.apache.kafka.tools.{main}";
        lock (_java)
        {
            _java.StandardInput.WriteLine(JsonSerializer.Serialize(new { main, args = arguments, input }));
            _java.StandardInput.Flush();
            Task<string?> line = _java.StandardOutput.ReadLineAsync();
            if (!line.Wait(TimeSpan.FromMinutes(4))) _java.Kill(); // which ends the line that is waited for
            string? text = line.GetAwaiter().GetResult();
            if (text is null) throw new InvalidOperationException($"the JVM of the tools ended, or did not end, at {tool} {string.Join(' ', arguments)}");
            JsonElement answer = JsonDocument.Parse(text).RootElement;
            return new Finished(answer.GetProperty("code").GetInt32(), answer.GetProperty("output").GetString()!, answer.GetProperty("errors").GetString()!);
        }
    }
}
