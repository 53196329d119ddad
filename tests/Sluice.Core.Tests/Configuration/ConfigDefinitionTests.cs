using Sluice.Core.Configuration;

namespace Sluice.Core.Tests.Configuration;

public sealed class ConfigDefinitionTests
{
    [Fact]
    public void Every_default_is_a_value_that_its_setting_takes()
    {
        foreach (ConfigDefinition definition in TopicConfigs.Table.All.Concat(BrokerConfigs.Table.All))
        {
            if (definition.DefaultValue is { } value)
            {
                Assert.Null(definition.Check(value));
                Assert.Equal(value, definition.Canonical(value));
            }
            Assert.NotEqual("", definition.Documentation);
        }
    }

    [Fact]
    public void All_settings_of_Kafka_are_known()
    {
        Assert.Equal(33, TopicConfigs.Table.All.Count);
        Assert.Equal(340, BrokerConfigs.Table.All.Count(d => d.Name != "cluster.id" && !d.Name.StartsWith("sluice.", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_broker_setting_that_gives_a_topic_its_default_exists()
    {
        foreach (string name in TopicConfigs.Table.All.SelectMany(d => d.BrokerSynonyms)) Assert.NotNull(BrokerConfigs.Table.Find(name));
    }

    // The texts on the right are what Apache Kafka 4.3.1 answers.
    [Theory]
    [InlineData("retention.ms", "abc", "Invalid value abc for configuration retention.ms: Not a number of type LONG")]
    [InlineData("retention.ms", "-2", "Invalid value -2 for configuration retention.ms: Value must be at least -1")]
    [InlineData("retention.ms", "9223372036854775808", "Invalid value 9223372036854775808 for configuration retention.ms: Not a number of type LONG")]
    [InlineData("cleanup.policy", "foo", "Invalid value foo for configuration cleanup.policy: String must be one of: compact, delete")]
    [InlineData("cleanup.policy", "delete,,compact", "Configuration 'cleanup.policy' values must not be empty.")]
    [InlineData("compression.type", "brotli", "Invalid value brotli for configuration compression.type: String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer")]
    [InlineData("preallocate", "yes", "Invalid value yes for configuration preallocate: Expected value to be either true or false")]
    [InlineData("min.cleanable.dirty.ratio", "1.5", "Invalid value 1.5 for configuration min.cleanable.dirty.ratio: Value must be no more than 1")]
    [InlineData("segment.bytes", "100", "Invalid value 100 for configuration segment.bytes: Value must be at least 1048576")]
    [InlineData("max.message.bytes", "99999999999", "Invalid value 99999999999 for configuration max.message.bytes: Not a number of type INT")]
    [InlineData("leader.replication.throttled.replicas", "x", "Invalid value [x] for configuration leader.replication.throttled.replicas: leader.replication.throttled.replicas must be the literal '*' or a list of replicas in the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...")]
    [InlineData("compression.gzip.level", "0", "Invalid value 0 for configuration compression.gzip.level: Value must be between 1 and 9 or equal to -1")]
    [InlineData("message.timestamp.type", "x", "Invalid value x for configuration message.timestamp.type: String must be one of: CreateTime, LogAppendTime")]
    public void A_bad_value_is_refused_with_Kafkas_words(string name, string value, string expected) =>
        Assert.Equal(expected, TopicConfigs.Table[name].Check(value));

    [Theory]
    [InlineData("cleanup.policy", " compact , delete ", "compact,delete")]
    [InlineData("cleanup.policy", "", "")]
    [InlineData("retention.ms", " 5 ", "5")]
    [InlineData("retention.ms", "+007", "7")]
    [InlineData("preallocate", "TRUE", "true")]
    [InlineData("compression.gzip.level", "-1", "-1")]
    [InlineData("leader.replication.throttled.replicas", "0:1, 1:1", "0:1,1:1")]
    [InlineData("min.cleanable.dirty.ratio", "0.25", "0.25")]
    public void A_good_value_is_shown_in_one_form(string name, string value, string shown)
    {
        Assert.Null(TopicConfigs.Table[name].Check(value));
        Assert.Equal(shown, TopicConfigs.Table[name].Canonical(value));
    }

    [Fact]
    public void A_value_for_what_is_not_supported_is_refused_and_its_default_is_not()
    {
        Assert.Contains("SASL is not supported", BrokerConfigs.Table["sasl.enabled.mechanisms"].Check("PLAIN"));
        Assert.Null(BrokerConfigs.Table["sasl.enabled.mechanisms"].Check("GSSAPI"));
    }

    [Fact]
    public void A_refused_password_is_not_shown() =>
        Assert.DoesNotContain("hunter2", BrokerConfigs.Table["ssl.key.password"].Check("hunter2"));

    [Fact]
    public void Topic_settings_are_checked_together()
    {
        string Effective(string name) => TopicConfigs.Table[name].DefaultValue!;
        Assert.Equal(
            "conflict topic config setting min.compaction.lag.ms (10) > max.compaction.lag.ms (5)",
            TopicConfigs.Check(new Dictionary<string, string> { ["min.compaction.lag.ms"] = "10", ["max.compaction.lag.ms"] = "5" }, Effective));
        Assert.Equal("Unknown topic config name: nope", TopicConfigs.Check(new Dictionary<string, string> { ["nope"] = "1" }, Effective));
        Assert.Equal(
            "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.",
            TopicConfigs.Check(new Dictionary<string, string> { ["remote.storage.enable"] = "true" }, Effective));
        Assert.Null(TopicConfigs.Check(new Dictionary<string, string> { ["min.compaction.lag.ms"] = "10" }, Effective));
    }

    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("abcd", "abdc", 1)]
    [InlineData("", "abc", 3)]
    [InlineData("same", "same", 0)]
    public void Edits_are_counted(string a, string b, int edits) => Assert.Equal(edits, EditDistance.Between(a, b));
}
