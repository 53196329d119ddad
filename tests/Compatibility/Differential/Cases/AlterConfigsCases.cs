using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Compatibility.Differential.Cases;

/// <summary>IncrementalAlterConfigs and AlterConfigs, of topics and brokers, and what DescribeConfigs then shows.</summary>
internal static class AlterConfigsCases
{
    private const sbyte Set = 0;
    private const sbyte Delete = 1;
    private const sbyte Append = 2;
    private const sbyte Subtract = 3;
    private const sbyte Topic = 2;
    private const sbyte Broker = 4;
    private const sbyte Logger = 8;

    public static IEnumerable<Case> All => [.. OfTopics(), .. OfBrokers(), .. OfOthers(), .. Replacing(), .. Clean()];

    private static IEnumerable<Case> OfTopics()
    {
        yield return Edit("a topic's setting", Topic, "configured", [("retention.ms", Set, "999")], changes: true);
        yield return Show("a topic after a setting", Topic, "configured", "retention.ms");
        yield return Edit("a topic's setting deleted", Topic, "configured", [("retention.ms", Delete, null)], changes: true);
        yield return Edit("a topic's setting deleted that is not there", Topic, "configured", [("flush.ms", Delete, null)]);
        yield return Edit("an unknown setting deleted", Topic, "configured", [("no.such.setting", Delete, null)]);
        yield return Edit("a list appended to", Topic, "configured", [("cleanup.policy", Append, "delete")], changes: true);
        yield return Edit("a list subtracted from", Topic, "configured", [("cleanup.policy", Subtract, "compact")], changes: true);
        yield return Show("a topic after a subtraction", Topic, "configured", "cleanup.policy");
        yield return Edit("a list emptied", Topic, "configured", [("cleanup.policy", Subtract, "delete")], validateOnly: true);
        yield return Edit("what is no list appended to", Topic, "configured", [("retention.ms", Append, "5")]);
        yield return Edit("what is no list subtracted from", Topic, "configured", [("retention.ms", Subtract, "5")]);
        yield return Edit("an unknown setting appended to", Topic, "configured", [("no.such.setting", Append, "5")]);
        yield return Edit("an unknown operation", Topic, "configured", [("retention.ms", 9, "5")]);
        yield return Edit("an unknown setting", Topic, "configured", [("no.such.setting", Set, "5")]);
        yield return Edit("a bad value", Topic, "configured", [("retention.ms", Set, "soon")]);
        yield return Edit("a null value", Topic, "configured", [("retention.ms", Set, null)]);
        yield return Edit("a setting twice", Topic, "configured", [("retention.ms", Set, "1"), ("retention.ms", Set, "2")]);
        yield return Edit("a good and a bad setting", Topic, "configured", [("retention.ms", Set, "1"), ("segment.bytes", Set, "1")]);
        yield return Edit("settings that contradict each other", Topic, "configured", [("min.compaction.lag.ms", Set, "10"), ("max.compaction.lag.ms", Set, "5")]);
        yield return Edit("tiered storage", Topic, "configured", [("remote.storage.enable", Set, "true")]);
        yield return Edit("no settings", Topic, "configured", []);
        yield return Edit("only checked", Topic, "configured", [("retention.ms", Set, "4711")], validateOnly: true);
        yield return Edit("an unknown topic", Topic, "nowhere-at-all", [("retention.ms", Set, "1")]);
        yield return Edit("an invalid topic", Topic, "a/b", [("retention.ms", Set, "1")]);
        yield return Edit("a topic without name", Topic, "", [("retention.ms", Set, "1")]);
    }

    private static IEnumerable<Case> OfBrokers()
    {
        yield return Edit("a setting of all brokers", Broker, "", [("message.max.bytes", Set, "2000000")], changes: true);
        yield return Edit("a setting of a broker", Broker, "1", [("message.max.bytes", Set, "3000000")], changes: true);
        yield return Show("a broker after both", Broker, "1", "message.max.bytes");
        yield return Show("all brokers after both", Broker, "", "message.max.bytes");
        yield return Show("a topic of such a broker", Topic, "plain", "max.message.bytes");
        yield return Edit("a setting of a broker deleted", Broker, "1", [("message.max.bytes", Delete, null)], changes: true);
        yield return Edit("a setting of all brokers deleted", Broker, "", [("message.max.bytes", Delete, null)], changes: true);
        yield return Edit("a setting that needs a restart", Broker, "1", [("num.partitions", Set, "4")]);
        yield return Edit("a setting that needs a restart, of all", Broker, "", [("auto.create.topics.enable", Set, "false")]);
        yield return Edit("a setting of single brokers for all", Broker, "", [("listeners", Set, "PLAINTEXT://127.0.0.1:1")]);
        yield return Edit("a bad value of a broker", Broker, "1", [("log.retention.ms", Set, "soon")]);
        yield return Edit("a value of a broker beyond its bounds", Broker, "", [("log.segment.bytes", Set, "1")]);
        yield return Edit("a null value of a broker", Broker, "1", [("log.retention.ms", Set, null)]);
        yield return Edit("an unknown setting of a broker deleted", Broker, "1", [("no.such.setting", Delete, null)]);
        yield return Edit("a list of a broker appended to", Broker, "", [("log.cleanup.policy", Append, "compact")], validateOnly: true);
        yield return Edit("what is no list of a broker appended to", Broker, "", [("message.max.bytes", Append, "5")]);
        yield return Edit("a broker's settings, only checked", Broker, "", [("message.max.bytes", Set, "5000000")], validateOnly: true);
        yield return Edit("another broker", Broker, "2", [("message.max.bytes", Set, "1")]);
        yield return Edit("a broker that is no number", Broker, "one", [("message.max.bytes", Set, "1")]);
        yield return Edit("a negative broker", Broker, "-1", [("message.max.bytes", Set, "1")]);
        foreach ((string name, string value) in new[]
        {
            ("max.connections", "1000"), ("max.connections.per.ip", "100"), ("max.connections.per.ip.overrides", "10.0.0.7:5"), ("max.connection.creation.rate", "50"),
            ("log.retention.ms", "1000000"), ("log.segment.bytes", "2000000"), ("log.message.timestamp.type", "LogAppendTime"), ("compression.type", "lz4"),
            ("min.insync.replicas", "1"), ("background.threads", "12"), ("num.io.threads", "10"), ("num.network.threads", "4"), ("num.recovery.threads.per.data.dir", "3"),
            ("num.replica.fetchers", "2"), ("log.cleaner.threads", "2"), ("log.cleaner.io.max.bytes.per.second", "1000000"), ("log.flush.interval.messages", "1000"),
            ("unclean.leader.election.enable", "false"), ("log.cleaner.min.cleanable.ratio", "0.4"), ("log.index.interval.bytes", "8192"), ("transaction.partition.verification.enable", "true"),
            ("producer.id.expiration.ms", "100000"), ("group.coordinator.threads", "2"), ("connections.max.idle.ms", "1000"), ("socket.request.max.bytes", "1000000"),
        })
        {
            yield return Edit($"{name} of all brokers", Broker, "", [(name, Set, value)], validateOnly: true);
            yield return Edit($"{name} of a broker", Broker, "1", [(name, Set, value)], validateOnly: true);
        }
    }

    private static IEnumerable<Case> OfOthers()
    {
        yield return Edit("an unknown kind", 0, "x", [("a", Set, "1")]);
        yield return Edit("a kind that does not exist", 99, "x", [("a", Set, "1")]);
        yield return Edit("a logger of another broker", Logger, "2", [("root", Set, "INFO")]);
        yield return Edit("a logger of no broker", Logger, "", [("root", Set, "INFO")]);
        yield return new(ApiKey.IncrementalAlterConfigs, "nothing", (_, _) => new IncrementalAlterConfigsRequest());
        yield return new(ApiKey.IncrementalAlterConfigs, "a topic twice", (_, _) => new IncrementalAlterConfigsRequest { Resources = [Edits(Topic, "configured", ("retention.ms", Set, "1")), Edits(Topic, "configured", ("flush.ms", Set, "1"))] });
        yield return new(ApiKey.IncrementalAlterConfigs, "a good and a bad one", (_, _) => new IncrementalAlterConfigsRequest { ValidateOnly = true, Resources = [Edits(Topic, "configured", ("retention.ms", Set, "1")), Edits(Topic, "nowhere-at-all", ("flush.ms", Set, "1"))] });
    }

    private static IEnumerable<Case> Replacing()
    {
        yield return Replace("all of a topic", Topic, "configured", [("retention.ms", "12345")], changes: true);
        yield return Show("a topic after its settings were replaced", Topic, "configured", "retention.ms", "cleanup.policy", "min.insync.replicas");
        yield return Replace("all of a topic by nothing", Topic, "configured", [], changes: true);
        yield return Replace("only checked", Topic, "configured", [("retention.ms", "5")], validateOnly: true);
        yield return Replace("a bad value", Topic, "configured", [("retention.ms", "soon")]);
        yield return Replace("a null value", Topic, "configured", [("retention.ms", null)]);
        yield return Replace("a setting twice", Topic, "configured", [("retention.ms", "1"), ("retention.ms", "2")]);
        yield return Replace("an unknown setting", Topic, "configured", [("no.such.setting", "1")]);
        yield return Replace("an unknown topic", Topic, "nowhere-at-all", [("retention.ms", "1")]);
        yield return Replace("an invalid topic", Topic, "a/b", [("retention.ms", "1")]);
        yield return Replace("a topic without name", Topic, "", [("retention.ms", "1")]);
        yield return Replace("a broker, only checked", Broker, "1", [("message.max.bytes", "3000000")], validateOnly: true);
        yield return Replace("a setting that needs a restart", Broker, "1", [("num.partitions", "4")]);
        yield return Replace("another broker", Broker, "2", [("message.max.bytes", "3000000")]);
        yield return Replace("an unknown kind", 0, "x", [("a", "1")]);
        yield return Replace("a kind that does not exist", 99, "x", [("a", "1")]);
        yield return new(ApiKey.AlterConfigs, "nothing", (_, _) => new AlterConfigsRequest());
        // Kafka never answers it: one version is enough to wait for.
        yield return new(ApiKey.AlterConfigs, "a topic twice", (_, _) => new AlterConfigsRequest { Resources = [Replacement(Topic, "configured", ("retention.ms", "1")), Replacement(Topic, "configured", ("flush.ms", "1"))] }) { From = 2 };
    }

    private static IEnumerable<Case> Clean()
    {
        yield return Show("a topic at the end", Topic, "configured", "retention.ms", "cleanup.policy");
    }

    private static Case Edit(string name, sbyte type, string resource, (string, sbyte, string?)[] edits, bool validateOnly = false, bool changes = false) => new(
        ApiKey.IncrementalAlterConfigs, name, (_, _) => new IncrementalAlterConfigsRequest { ValidateOnly = validateOnly, Resources = [Edits(type, resource, edits)] }) { Changes = changes };

    private static IncrementalAlterConfigsRequest.AlterConfigsResource Edits(sbyte type, string resource, params (string Name, sbyte Operation, string? Value)[] edits) => new()
    {
        ResourceType = type,
        ResourceName = resource,
        Configs = [.. edits.Select(e => new IncrementalAlterConfigsRequest.AlterableConfig { Name = e.Name, ConfigOperation = e.Operation, Value = e.Value })],
    };

    private static Case Replace(string name, sbyte type, string resource, (string, string?)[] values, bool validateOnly = false, bool changes = false) => new(
        ApiKey.AlterConfigs, name, (_, _) => new AlterConfigsRequest { ValidateOnly = validateOnly, Resources = [Replacement(type, resource, values)] }) { Changes = changes };

    private static AlterConfigsRequest.AlterConfigsResource Replacement(sbyte type, string resource, params (string Name, string? Value)[] values) => new()
    {
        ResourceType = type,
        ResourceName = resource,
        Configs = [.. values.Select(v => new AlterConfigsRequest.AlterableConfig { Name = v.Name, Value = v.Value })],
    };

    private static Case Show(string name, sbyte type, string resource, params string[] keys) => new(ApiKey.DescribeConfigs, name, (_, _) => new DescribeConfigsRequest
    {
        IncludeSynonyms = true,
        Resources = [new() { ResourceType = type, ResourceName = resource, ConfigurationKeys = [.. keys] }],
    }) { From = 4 };
}
