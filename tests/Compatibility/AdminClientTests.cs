using Sluice.Client;
using Sluice.Client.Admin;
using Sluice.Protocol;
using Support;

namespace Compatibility;

/// <summary>Our own admin client against a real broker process.</summary>
public sealed class AdminClientTests : IDisposable
{
    private readonly TestBroker _broker = new();
    private static readonly Dictionary<string, string> NoConfigs = [];

    [Fact]
    public async Task A_topic_lives_from_creation_to_deletion()
    {
        await using AdminClient admin = Admin();
        Uuid id = (await admin.CreateTopicsAsync([new NewTopic("orders", 3, 1, new Dictionary<string, string> { ["retention.ms"] = "1000" })]))["orders"].Get();

        TopicDescription described = (await admin.DescribeTopicsAsync(["orders"]))["orders"].Get();
        Assert.Equal(id, described.Id);
        Assert.Equal([0, 1, 2], described.Partitions.Select(p => p.Id));
        Assert.All(described.Partitions, p => Assert.Equal([1], p.InSyncReplicas));

        Assert.Equal(6, (await admin.CreatePartitionsAsync(new Dictionary<string, int> { ["orders"] = 6 }))["orders"].Get());
        Assert.Equal(6, (await admin.DescribeAllTopicsAsync())["orders"].Get().Partitions.Count);

        Assert.True((await admin.DeleteTopicAsync(id)).Succeeded);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await admin.DescribeTopicsAsync(["orders"]))["orders"].Error!.Code);
    }

    [Fact]
    public async Task One_bad_topic_does_not_hide_what_became_of_the_others()
    {
        await using AdminClient admin = Admin();
        var outcomes = await admin.CreateTopicsAsync(
        [
            new NewTopic("good", 1, 1, NoConfigs),
            new NewTopic("bad name", 1, 1, NoConfigs),
            new NewTopic("too-many-replicas", 1, 3, NoConfigs),
            new NewTopic("no-such-setting", 1, 1, new Dictionary<string, string> { ["retention.msec"] = "1" }),
        ]);

        Assert.True(outcomes["good"].Succeeded);
        Assert.Equal(ErrorCode.InvalidTopicException, outcomes["bad name"].Error!.Code);
        Assert.Equal(ErrorCode.InvalidReplicationFactor, outcomes["too-many-replicas"].Error!.Code);
        Assert.Equal(ErrorCode.InvalidConfig, outcomes["no-such-setting"].Error!.Code);
        Assert.Contains("retention.msec", outcomes["no-such-setting"].Error!.Message);
        Assert.Equal(["good"], (await admin.DescribeAllTopicsAsync()).Keys);
    }

    [Fact]
    public async Task Settings_are_changed_one_by_one_and_tell_where_they_come_from()
    {
        await using AdminClient admin = Admin();
        await admin.CreateTopicsAsync([new NewTopic("orders", 1, 1, NoConfigs)]);
        ConfigResource topic = ConfigResource.Topic("orders");
        await Alter(admin, topic, new ConfigChange("segment.bytes", ConfigOperation.Set, "2097152"), new ConfigChange("retention.ms", ConfigOperation.Set, "5000"));
        await Alter(admin, topic, new ConfigChange("retention.ms", ConfigOperation.Delete, null));

        IReadOnlyList<ConfigEntry> entries = (await admin.DescribeConfigsAsync([topic]))[topic].Get();
        Assert.Equal(("2097152", ConfigSource.DynamicTopic), Entry(entries, "segment.bytes"));
        Assert.Equal(("604800000", ConfigSource.Default), Entry(entries, "retention.ms"));
    }

    [Fact]
    public async Task Topics_and_settings_survive_a_kill_at_once_after_the_answer()
    {
        await using (AdminClient admin = Admin())
        {
            await admin.CreateTopicsAsync([new NewTopic("kept", 2, 1, new Dictionary<string, string> { ["retention.ms"] = "777" })]);
        }

        _broker.KillHard();
        _broker.Start();
        await using AdminClient again = Admin();
        Assert.Equal(2, (await again.DescribeTopicsAsync(["kept"]))["kept"].Get().Partitions.Count);
        ConfigResource topic = ConfigResource.Topic("kept");
        Assert.Equal(("777", ConfigSource.DynamicTopic), Entry((await again.DescribeConfigsAsync([topic]))[topic].Get(), "retention.ms"));
    }

    [Fact]
    public async Task A_broker_that_came_back_is_used_again_by_the_same_client()
    {
        await using AdminClient admin = Admin();
        string id = (await admin.DescribeClusterAsync()).ClusterId;
        _broker.KillHard();
        await Assert.ThrowsAsync<BrokerUnreachableException>(() => admin.DescribeClusterAsync());
        _broker.Start();
        Assert.Equal(id, (await admin.DescribeClusterAsync()).ClusterId);
    }

    public void Dispose() => _broker.Dispose();

    private AdminClient Admin() => new(new ClientOptions { BootstrapServers = _broker.Bootstrap });

    private static async Task Alter(AdminClient admin, ConfigResource resource, params ConfigChange[] changes) =>
        (await admin.AlterConfigsAsync(new Dictionary<ConfigResource, IReadOnlyList<ConfigChange>> { [resource] = changes }))[resource].Get();

    private static (string?, ConfigSource) Entry(IReadOnlyList<ConfigEntry> entries, string name) =>
        entries.Where(e => e.Name == name).Select(e => (e.Value, e.Source)).Single();
}
