using Sluice.Operator.Brokers;
using Support;

namespace Sluice.Operator.Tests.Brokers;

/// <summary>What the operator asks of brokers, asked of real ones.</summary>
public sealed class KafkaBrokerAdminTests(KafkaUnderTest kafka) : IClassFixture<KafkaUnderTest>
{
    private readonly string _name = "t-" + Guid.NewGuid().ToString("n");

    [SkippableFact]
    public async Task A_topic_is_created_described_changed_and_deleted()
    {
        kafka.Require();
        await using var admin = new KafkaBrokerAdmin(kafka.Bootstrap!);
        Assert.Null((await admin.DescribeTopicsAsync([_name], default))[_name]);
        Assert.Null(await admin.CreateTopicAsync(_name, 2, 1, new Dictionary<string, string> { ["retention.ms"] = "1000", ["cleanup.policy"] = "compact, delete" }, default));
        BrokerTopic topic = await FoundAsync(admin);
        Assert.Equal((2, 1), (topic.Partitions, topic.Replicas));
        Assert.Equal(["cleanup.policy", "retention.ms"], topic.Config.Keys.Order());
        Assert.True(Sluice.Operator.Reconcilers.SettingChanges.AreEqual("compact, delete", topic.Config["cleanup.policy"]), topic.Config["cleanup.policy"]);

        Assert.Null(await admin.GrowTopicAsync(_name, 4, default));
        Assert.Null(await admin.ConfigureTopicAsync(_name, new Dictionary<string, string?> { ["retention.ms"] = null, ["segment.ms"] = "5000" }, default));
        BrokerTopic changed = await FoundAsync(admin, found => found.Partitions == 4 && found.Config.ContainsKey("segment.ms"));
        Assert.Equal(["cleanup.policy", "segment.ms"], changed.Config.Keys.Order());

        Assert.Null(await admin.DeleteTopicAsync(topic.Id, default));
        Assert.Null(await admin.DeleteTopicAsync(topic.Id, default));
        await Wait.UntilAsync(async () => (await admin.DescribeTopicsAsync([_name], default))[_name] is null);
    }

    [SkippableFact]
    public async Task What_brokers_refuse_has_their_reason()
    {
        kafka.Require();
        await using var admin = new KafkaBrokerAdmin(kafka.Bootstrap!);
        Refusal unknown = (await admin.CreateTopicAsync(_name, 1, 1, new Dictionary<string, string> { ["no.such"] = "1" }, default))!;
        Assert.Equal(("InvalidConfig", false), (unknown.Reason, unknown.IsTransient));
        Assert.Contains("no.such", unknown.Message);
        Assert.Equal("InvalidReplicationFactor", (await admin.CreateTopicAsync(_name, 1, 3, new Dictionary<string, string>(), default))!.Reason);
        Assert.Null(await admin.CreateTopicAsync(_name, 3, 1, new Dictionary<string, string>(), default));
        await FoundAsync(admin);
        Assert.Equal("TopicAlreadyExists", (await admin.CreateTopicAsync(_name, 3, 1, new Dictionary<string, string>(), default))!.Reason);
        Assert.Equal("InvalidPartitions", (await admin.GrowTopicAsync(_name, 2, default))!.Reason);
        Assert.Equal("InvalidConfig", (await admin.ConfigureTopicAsync(_name, new Dictionary<string, string?> { ["retention.ms"] = "soon" }, default))!.Reason);
    }

    [SkippableFact]
    public async Task Settings_of_all_brokers_are_set_at_run_time_and_given_back()
    {
        kafka.Require();
        await using var admin = new KafkaBrokerAdmin(kafka.Bootstrap!);
        Assert.True((await admin.DescribeClusterAsync(default)).Brokers > 0);
        Assert.Null(await admin.ConfigureAsync(new Dictionary<string, string?> { ["message.max.bytes"] = "1234567" }, default));
        await Wait.UntilAsync(async () => (await admin.DescribeSettingsAsync(default)).GetValueOrDefault("message.max.bytes") == "1234567");
        Assert.NotNull(await admin.ConfigureAsync(new Dictionary<string, string?> { ["message.max.bytes"] = "many" }, default));
        Assert.Null(await admin.ConfigureAsync(new Dictionary<string, string?> { ["message.max.bytes"] = null }, default));
        await Wait.UntilAsync(async () => !(await admin.DescribeSettingsAsync(default)).ContainsKey("message.max.bytes"));
    }

    [Fact]
    public async Task Brokers_that_are_not_there_are_unavailable()
    {
        await using var admin = new KafkaBrokerAdmin("127.0.0.1:1");
        await Assert.ThrowsAsync<BrokersUnavailableException>(() => admin.DescribeClusterAsync(default));
    }

    private async Task<BrokerTopic> FoundAsync(KafkaBrokerAdmin admin, Func<BrokerTopic, bool>? condition = null)
    {
        BrokerTopic? topic = null;
        await Wait.UntilAsync(async () => (topic = (await admin.DescribeTopicsAsync([_name], default))[_name]) is not null && condition?.Invoke(topic) != false);
        return topic!;
    }
}
