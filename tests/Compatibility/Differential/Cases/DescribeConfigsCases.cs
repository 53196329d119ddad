using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Compatibility.Differential.Cases;

/// <summary>DescribeConfigs and ListConfigResources.</summary>
internal static class DescribeConfigsCases
{
    private const sbyte Topic = 2;
    private const sbyte Broker = 4;
    private const sbyte Logger = 8;
    private const sbyte ClientMetrics = 16;
    private const sbyte Group = 32;

    public static IEnumerable<Case> All => [.. Descriptions(), .. Lists()];

    private static IEnumerable<Case> Descriptions()
    {
        yield return Of("all of a topic", false, (Topic, "configured", null));
        yield return Of("all of a topic with synonyms", true, (Topic, "configured", null));
        yield return Of("some of a topic", true, (Topic, "configured", ["retention.ms", "segment.bytes", "no.such.setting", "retention.ms"]));
        yield return Of("none of a topic", true, (Topic, "configured", []));
        yield return Of("an unknown topic", false, (Topic, "nowhere-at-all", null));
        yield return Of("an invalid topic", false, (Topic, "a/b", null));
        yield return Of("a topic without name", false, (Topic, "", null));
        yield return Of("all of a broker", false, (Broker, "1", null));
        yield return Of("all of a broker with synonyms", true, (Broker, "1", null));
        yield return Of("some of a broker", true, (Broker, "1", ["log.retention.hours", "log.retention.ms", "message.max.bytes", "no.such.setting"]));
        yield return Of("all brokers", true, (Broker, "", null));
        yield return Of("another broker", false, (Broker, "2", null));
        yield return Of("a broker that is no number", false, (Broker, "one", null));
        yield return Of("a negative broker", false, (Broker, "-1", null));
        yield return Of("a broker beyond all numbers", false, (Broker, "99999999999", null));
        yield return Of("a number with zeros before it", false, (Broker, "01", ["message.max.bytes"]));
        yield return Of("loggers of another broker", false, (Logger, "2", null));
        yield return Of("loggers of no broker", false, (Logger, "", null));
        yield return Of("loggers of what is no number", false, (Logger, "one", null));
        yield return Of("a client metrics subscription", true, (ClientMetrics, "none", null));
        yield return Of("a client metrics subscription without name", true, (ClientMetrics, "", null));
        yield return Of("a group", true, (Group, "none", null));
        yield return Of("a group without name", true, (Group, "", null));
        yield return Of("an unknown kind", false, (0, "x", null));
        yield return Of("a kind that does not exist", false, (99, "x", null));
        yield return Of("nothing", false);
        yield return Of("a topic twice", false, (Topic, "plain", ["retention.ms"]), (Topic, "plain", ["segment.ms"]));
        yield return Of("good and bad ones", false, (Topic, "plain", ["retention.ms"]), (Topic, "nowhere-at-all", null), (Broker, "7", null));
        yield return new(ApiKey.DescribeConfigs, "documentation of a topic's settings", (_, _) => new DescribeConfigsRequest { IncludeDocumentation = true, Resources = [new() { ResourceType = Topic, ResourceName = "plain", ConfigurationKeys = null }] }) { From = 3 };
        yield return new(ApiKey.DescribeConfigs, "documentation of a broker's settings", (_, _) => new DescribeConfigsRequest { IncludeDocumentation = true, Resources = [new() { ResourceType = Broker, ResourceName = "1", ConfigurationKeys = null }] }) { From = 4 };
    }

    private static IEnumerable<Case> Lists()
    {
        Case Of(string name, params sbyte[] types) => new(ApiKey.ListConfigResources, name, (_, v) => new ListConfigResourcesRequest { ResourceTypes = v == 0 ? [] : [.. types] });
        Case From1(string name, params sbyte[] types) => new(ApiKey.ListConfigResources, name, (_, _) => new ListConfigResourcesRequest { ResourceTypes = [.. types] }) { From = 1 };
        yield return Of("everything");
        yield return From1("topics", Topic);
        yield return From1("brokers", Broker);
        yield return From1("loggers", Logger);
        yield return From1("client metrics", ClientMetrics);
        yield return From1("groups", Group);
        yield return From1("topics twice", Topic, Topic);
        yield return From1("topics and brokers", Broker, Topic);
        yield return From1("an unknown kind", 0);
        yield return From1("a kind that does not exist", 99);
        yield return From1("a known and an unknown kind", Topic, -1);
    }

    private static Case Of(string name, bool synonyms, params (sbyte Type, string Name, string[]? Keys)[] resources) => new(ApiKey.DescribeConfigs, name, (_, _) => new DescribeConfigsRequest
    {
        IncludeSynonyms = synonyms,
        Resources = [.. resources.Select(r => new DescribeConfigsRequest.DescribeConfigsResource { ResourceType = r.Type, ResourceName = r.Name, ConfigurationKeys = r.Keys?.ToList() })],
    });
}
