using Support;
using Support.Clients;

namespace Compatibility;

/// <summary>Apache Kafka's own tools, on its Java clients, work against a broker.</summary>
public sealed class KafkaToolsTests
{
    [SkippableFact]
    public void Topics_are_created_described_grown_and_deleted()
    {
        KafkaTools.Require();
        using var broker = new TestBroker();
        string Topics(params string[] arguments) => KafkaTools.Run("topics", ["--bootstrap-server", broker.Bootstrap, .. arguments]).Succeeded();

        Topics("--create", "--topic", "orders", "--partitions", "3", "--config", "retention.ms=1000000");
        Assert.Equal("orders", Topics("--list").Trim());
        string described = Topics("--describe", "--topic", "orders");
        Assert.Contains("PartitionCount: 3", described);
        Assert.Contains("retention.ms=1000000", described);
        Topics("--alter", "--topic", "orders", "--partitions", "5");
        Assert.Contains("PartitionCount: 5", Topics("--describe", "--topic", "orders"));
        Topics("--delete", "--topic", "orders");
        Assert.Equal("", Topics("--list").Trim());
    }

    [SkippableFact]
    public void Settings_of_topics_are_changed_and_described_with_their_source()
    {
        KafkaTools.Require();
        using var broker = new TestBroker();
        KafkaTools.Run("topics", ["--bootstrap-server", broker.Bootstrap, "--create", "--topic", "orders"]).Succeeded();
        string Configs(params string[] arguments) =>
            KafkaTools.Run("configs", ["--bootstrap-server", broker.Bootstrap, "--entity-type", "topics", "--entity-name", "orders", .. arguments]).Succeeded();

        Configs("--alter", "--add-config", "segment.bytes=2097152,cleanup.policy=[compact,delete]");
        string described = Configs("--describe");
        Assert.Contains("segment.bytes=2097152", described);
        Assert.Contains("DYNAMIC_TOPIC_CONFIG:cleanup.policy=compact,delete", described);
        Configs("--alter", "--delete-config", "segment.bytes");
        Assert.DoesNotContain("segment.bytes=2097152", Configs("--describe"));

        Finished refused = KafkaTools.Run("configs", ["--bootstrap-server", broker.Bootstrap, "--entity-type", "topics", "--entity-name", "orders", "--alter", "--add-config", "segment.bytes=12"]);
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("segment.bytes", refused.Output + refused.Errors);
    }

    [SkippableFact]
    public void Dump_log_reads_the_log_and_the_metadata_log_of_a_running_broker()
    {
        KafkaTools.Require();
        Judges.Command("kcat");
        using var broker = new TestBroker();
        Shell.Bash("seq 1 5000 | kcat -b $1 -t dumped -p 0 -P -z zstd", broker.Bootstrap).Succeeded();
        Assert.Equal(0, broker.StopCleanly());

        string dump = KafkaTools.Run("dump-log", ["--deep-iteration", "--print-data-log", "--files", Path.Combine(broker.Data, "dumped-0", "00000000000000000000.log")]).Succeeded();
        Assert.Contains("payload: 5000", dump);
        Assert.DoesNotContain("isvalid: false", dump);

        string metadata = KafkaTools.Run("dump-log", ["--cluster-metadata-decoder", "--files", Path.Combine(broker.Data, "__cluster_metadata-0", "00000000000000000000.log")]).Succeeded();
        Assert.Contains("\"name\":\"dumped\"", metadata);
        Assert.Contains("REGISTER_BROKER_RECORD", metadata);
    }
}
