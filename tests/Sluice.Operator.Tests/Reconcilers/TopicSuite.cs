using System.Text.Json.Nodes;
using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Controllers;
using Sluice.Operator.Brokers;
using Sluice.Operator.Reconcilers;
using Sluice.Operator.Resources;
using Support;
using Support.Kubernetes;

namespace Sluice.Operator.Tests.Reconcilers;

/// <summary>What becomes of a Topic manifest, on every API server.</summary>
public abstract class TopicSuite(OperatorServer server)
{
    [SkippableFact]
    public async Task A_topic_is_created_and_its_status_tells_what_it_is()
    {
        server.Require();
        await using OperatorUnderTest test = await StartAsync();
        await test.CreateTopicAsync("t", spec => spec.Config = new() { ["retention.ms"] = "1000" });
        Topic topic = await test.ReadyTopicAsync("t");
        BrokerTopic made = test.Brokers.Topics["t"];
        Assert.Equal(3, made.Partitions);
        Assert.Equal("1000", made.Config["retention.ms"]);
        Assert.Equal((made.Id, 3, 1, "t"), (topic.Status!.TopicId, topic.Status.Partitions, topic.Status.Replicas, topic.Status.TopicName));
        Assert.Single(await test.EventsAsync("TopicCreated"));
        Assert.Null(topic.Metadata.Finalizers);
    }

    [SkippableFact]
    public async Task A_changed_manifest_grows_and_configures_the_topic()
    {
        server.Require();
        await using OperatorUnderTest test = await StartAsync();
        await test.CreateTopicAsync("t", spec => spec.Config = new() { ["retention.ms"] = "1000", ["segment.ms"] = "5" });
        await test.ReadyTopicAsync("t");
        await test.PatchAsync<Topic>("t", """{"spec":{"partitions":5,"config":{"retention.ms":"2000","segment.ms":null}}}""");
        await Wait.UntilAsync(() => test.Brokers.Topics["t"].Partitions == 5, what: "grown");
        await test.ReadyTopicAsync("t");
        Assert.Equal("retention.ms=2000", string.Join(',', test.Brokers.Topics["t"].Config.Select(setting => $"{setting.Key}={setting.Value}")));
    }

    [SkippableFact]
    public async Task A_topic_changed_from_outside_is_put_back_and_one_deleted_is_made_again()
    {
        server.Require();
        await using OperatorUnderTest test = await StartAsync();
        await test.CreateTopicAsync("t");
        await test.ReadyTopicAsync("t");
        test.Brokers.Topics["t"] = test.Brokers.Topics["t"] with { Config = new Dictionary<string, string> { ["retention.ms"] = "7" } };
        await Wait.UntilAsync(() => test.Brokers.Topics["t"].Config.Count == 0, what: "put back");
        Assert.Contains("retention.ms from 7 to its default", Assert.Single(await test.EventsAsync("DriftReverted")).Note);
        test.Brokers.Topics.TryRemove("t", out _);
        await Wait.UntilAsync(() => test.Brokers.Topics.ContainsKey("t"), what: "made again");
        Assert.NotEmpty(await test.EventsAsync("TopicRecreated"));
    }

    [SkippableFact]
    public async Task Events_tell_from_which_value_to_which_a_setting_was_changed_and_by_whom()
    {
        server.Require();
        await using OperatorUnderTest test = await StartAsync();
        await test.CreateTopicAsync("t", spec => spec.Config = new() { ["retention.ms"] = "1000", ["segment.ms"] = "5" });
        await test.ReadyTopicAsync("t");
        await test.PatchAsync<Topic>("t", """{"spec":{"config":{"retention.ms":"2000"}}}""");
        Assert.Equal("topic 't': retention.ms from 1000 to 2000", Assert.Single(await test.EventsAsync("ConfigChanged")).Note);
        await test.ReadyTopicAsync("t");
        test.Brokers.Topics["t"] = test.Brokers.Topics["t"] with { Config = new Dictionary<string, string> { ["retention.ms"] = "9", ["cleanup.policy"] = "compact" } };
        Assert.Equal(
            "topic 't' was changed from outside, and is again as this manifest says: cleanup.policy from compact to its default, retention.ms from 9 to 2000, segment.ms from its default to 5",
            Assert.Single(await test.EventsAsync("DriftReverted")).Note);
    }

    [SkippableFact]
    public async Task A_topic_that_stays_as_it_is_is_not_written()
    {
        server.Require();
        await using OperatorUnderTest test = await StartAsync();
        await test.CreateTopicAsync("t");
        Topic before = await test.ReadyTopicAsync("t");
        int described = test.Brokers.DescribeCalls;
        await Wait.UntilAsync(() => test.Brokers.DescribeCalls > described + 3, what: "looked at a few times");
        Assert.Equal(before.Metadata.ResourceVersion, (await test.Client.GetAsync<Topic>(test.Namespace, "t")).Metadata.ResourceVersion);
    }

    [SkippableFact]
    public async Task Brokers_that_are_down_delay_and_lose_nothing()
    {
        server.Require();
        await using OperatorUnderTest test = await StartAsync();
        await test.CreateTopicAsync("old");
        await test.ReadyTopicAsync("old");
        test.Brokers.IsDown = true;
        await test.CreateTopicAsync("new");
        await test.PatchAsync<Topic>("old", """{"spec":{"partitions":9}}""");
        await test.TopicWithReasonAsync("new", "Unreachable");
        Topic old = await test.TopicWithReasonAsync("old", "Unreachable");
        Assert.Equal(3, old.Status!.Partitions);
        test.Brokers.IsDown = false;
        await test.ReadyTopicAsync("new");
        await test.ReadyTopicAsync("old");
        Assert.Equal(9, test.Brokers.Topics["old"].Partitions);
    }

    [SkippableFact]
    public async Task What_the_brokers_refuse_is_told_and_a_corrected_manifest_heals_it()
    {
        server.Require();
        await using OperatorUnderTest test = await StartAsync();
        await test.CreateTopicAsync("t", spec => spec.Config = new() { ["retention.ms"] = "bad" });
        Topic refused = await test.TopicWithReasonAsync("t", "InvalidConfig");
        Assert.Contains("retention.ms", Conditions.Find(refused.Status!.Conditions, "Ready")!.Message);
        int described = test.Brokers.DescribeCalls;
        await Wait.UntilAsync(() => test.Brokers.DescribeCalls > described + 3, what: "looked at a few times");
        Assert.Single(await test.EventsAsync("InvalidConfig"));
        await test.PatchAsync<Topic>("t", """{"spec":{"config":{"retention.ms":"1"}}}""");
        await test.ReadyTopicAsync("t");
    }

    [SkippableFact]
    public async Task A_topic_with_more_partitions_than_the_manifest_is_left_and_told()
    {
        server.Require();
        await using OperatorUnderTest test = await StartAsync();
        test.Brokers.Put("t", 8);
        await test.CreateTopicAsync("t", spec => spec.Config = new() { ["retention.ms"] = "1" });
        Topic topic = await test.TopicWithReasonAsync("t", "PartitionsCannotShrink");
        Assert.Equal(8, topic.Status!.Partitions);
        Assert.Equal("1", test.Brokers.Topics["t"].Config["retention.ms"]);
        Assert.NotEmpty(await test.EventsAsync("PartitionsCannotShrink"));
    }

    [SkippableFact]
    public async Task Of_two_manifests_for_one_topic_the_oldest_wins_and_the_other_follows_when_it_goes()
    {
        server.Require();
        await using OperatorUnderTest test = await StartAsync();
        await test.CreateTopicAsync("first", spec => spec.TopicName = "Shared_Name");
        await test.ReadyTopicAsync("first");
        await test.CreateTopicAsync("second", spec => (spec.TopicName, spec.Partitions) = ("Shared_Name", 5));
        Topic second = await test.TopicWithReasonAsync("second", "ResourceConflict");
        Assert.Contains("first", Conditions.Find(second.Status!.Conditions, "Ready")!.Message);
        Assert.Equal(3, test.Brokers.Topics["Shared_Name"].Partitions);
        await test.Client.DeleteAsync<Topic>(test.Namespace, "first");
        await test.ReadyTopicAsync("second");
        Assert.Equal(5, test.Brokers.Topics["Shared_Name"].Partitions);
    }

    [SkippableFact]
    public async Task A_deleted_manifest_hands_its_topic_over_to_another_that_wants_it()
    {
        server.Require();
        await using OperatorUnderTest test = await StartAsync();
        await test.CreateTopicAsync("first", spec => (spec.TopicName, spec.ReclaimPolicy) = ("shared", "Delete"));
        await test.ReadyTopicAsync("first");
        await test.CreateTopicAsync("second", spec => (spec.TopicName, spec.ReclaimPolicy) = ("shared", "Delete"));
        await test.TopicWithReasonAsync("second", "ResourceConflict");
        string id = test.Brokers.Topics["shared"].Id;
        await test.Client.DeleteAsync<Topic>(test.Namespace, "first");
        await test.UntilGoneAsync<Topic>("first");
        Topic second = await test.ReadyTopicAsync("second");
        Assert.Equal(id, second.Status!.TopicId);
        Assert.Equal(id, test.Brokers.Topics["shared"].Id);
        Assert.Contains("first", Assert.Single(await test.EventsAsync("TopicTakenOver")).Note);
        // The last one's policy counts.
        await test.UntilAsync<Topic>("second", topic => topic.Metadata.Finalizers is ["sluice.dev/topic"]);
        await test.Client.DeleteAsync<Topic>(test.Namespace, "second");
        await test.UntilGoneAsync<Topic>("second");
        Assert.Empty(test.Brokers.Topics);
    }

    [SkippableFact]
    public async Task A_deleted_topic_is_deleted_or_retained_as_its_policy_says()
    {
        server.Require();
        await using OperatorUnderTest test = await StartAsync();
        await test.CreateTopicAsync("goes", spec => spec.ReclaimPolicy = "Delete");
        await test.CreateTopicAsync("stays");
        Topic goes = await test.ReadyTopicAsync("goes");
        await test.ReadyTopicAsync("stays");
        Assert.Equal(["sluice.dev/topic"], goes.Metadata.Finalizers!);
        await test.Client.DeleteAsync<Topic>(test.Namespace, "goes");
        await test.Client.DeleteAsync<Topic>(test.Namespace, "stays");
        await test.UntilGoneAsync<Topic>("goes");
        await test.UntilGoneAsync<Topic>("stays");
        Assert.Equal(["stays"], test.Brokers.Topics.Keys);
    }

    [SkippableFact]
    public async Task A_policy_that_changes_moves_the_finalizer()
    {
        server.Require();
        await using OperatorUnderTest test = await StartAsync();
        await test.CreateTopicAsync("t");
        await test.ReadyTopicAsync("t");
        await test.PatchAsync<Topic>("t", """{"spec":{"reclaimPolicy":"Delete"}}""");
        await test.UntilAsync<Topic>("t", topic => topic.Metadata.Finalizers?.Count == 1);
        await test.PatchAsync<Topic>("t", """{"spec":{"reclaimPolicy":"Retain"}}""");
        await test.UntilAsync<Topic>("t", topic => topic.Metadata.Finalizers is null or []);
    }

    [SkippableFact]
    public async Task A_later_topic_of_the_same_name_is_not_deleted()
    {
        server.Require();
        await using OperatorUnderTest test = await StartAsync(TimeSpan.FromMinutes(5));
        await test.CreateTopicAsync("t", spec => spec.ReclaimPolicy = "Delete");
        await test.ReadyTopicAsync("t");
        // An operator that looked at the living manifest again would take over what it finds.
        await test.StopOperatorAsync();
        test.Brokers.Put("t", 1);
        await test.Client.DeleteAsync<Topic>(test.Namespace, "t");
        test.StartOperator();
        await test.UntilGoneAsync<Topic>("t");
        Assert.True(test.Brokers.Topics.ContainsKey("t"));
    }

    [SkippableFact]
    public async Task A_deletion_waits_for_brokers_that_are_down()
    {
        server.Require();
        await using OperatorUnderTest test = await StartAsync();
        await test.CreateTopicAsync("t", spec => spec.ReclaimPolicy = "Delete");
        await test.ReadyTopicAsync("t");
        test.Brokers.IsDown = true;
        await test.Client.DeleteAsync<Topic>(test.Namespace, "t");
        await test.TopicWithReasonAsync("t", "Unreachable");
        test.Brokers.IsDown = false;
        await test.UntilGoneAsync<Topic>("t");
        Assert.Empty(test.Brokers.Topics);
    }

    [SkippableFact]
    public async Task A_status_of_an_older_look_does_not_take_back_the_id_that_a_deletion_needs()
    {
        server.Require();
        await using OperatorUnderTest test = await StartAsync();
        await test.CreateTopicAsync("t");
        await test.ReadyTopicAsync("t");
        await test.StopOperatorAsync();
        Topic older = (await test.Client.TryGetAsync<Topic>(test.Namespace, "t"))!;
        await test.Client.MergePatchAsync<Topic>(test.Namespace, "t", JsonNode.Parse("""{"metadata":{"annotations":{"a":"b"}}}""")!.AsObject(), null);
        ApiException refused = await Assert.ThrowsAsync<ApiException>(() => new StatusWriter(test.Client).WriteAsync(older, older.Status, new TopicStatus(), CancellationToken.None));
        Assert.True(refused.IsConflict, refused.Message);
        Assert.NotNull((await test.Client.TryGetAsync<Topic>(test.Namespace, "t"))!.Status!.TopicId);
    }

    [SkippableFact]
    public async Task A_cluster_that_is_gone_holds_nothing_up()
    {
        server.Require();
        await using OperatorUnderTest test = await StartAsync();
        await test.CreateTopicAsync("t", spec => spec.ReclaimPolicy = "Delete");
        await test.ReadyTopicAsync("t");
        test.Brokers.IsDown = true;
        await test.Client.DeleteAsync<Cluster>(test.Namespace, "c");
        Topic topic = await test.TopicWithReasonAsync("t", "ClusterNotFound");
        await test.UntilAsync<Topic>("t", found => found.Metadata.Finalizers is null or []);
        await test.Client.DeleteAsync<Topic>(test.Namespace, "t");
        await test.UntilGoneAsync<Topic>("t");
        Assert.NotNull(topic);
    }

    [SkippableFact]
    public async Task A_namespace_goes_although_brokers_are_down()
    {
        server.Require();
        await using OperatorUnderTest test = await StartAsync();
        await test.CreateTopicAsync("t", spec => spec.ReclaimPolicy = "Delete");
        await test.ReadyTopicAsync("t");
        test.Brokers.IsDown = true;
        await test.Client.DeleteAsync<V1Namespace>(null, test.Namespace);
        await test.UntilGoneAsync<Topic>("t");
    }

    [SkippableFact]
    public async Task A_topic_waits_for_its_cluster_to_come()
    {
        server.Require();
        await using OperatorUnderTest test = await OperatorUnderTest.StartAsync(server);
        await test.CreateTopicAsync("t");
        await test.TopicWithReasonAsync("t", "ClusterNotFound");
        await test.CreateReadyClusterAsync();
        await test.ReadyTopicAsync("t");
    }

    [SkippableFact]
    public async Task Many_topics_are_described_together()
    {
        server.Require();
        await using OperatorUnderTest test = await StartAsync(TimeSpan.FromMinutes(5));
        for (int i = 0; i < 100; i++) await test.CreateTopicAsync($"t{i}");
        for (int i = 0; i < 100; i++) await test.ReadyTopicAsync($"t{i}");
        int before = test.Brokers.DescribeCalls, described = test.Brokers.DescribedTopics;
        // A cluster that comes back has all of its topics looked at.
        test.Brokers.IsDown = true;
        await test.PatchAsync<V1Pod>("c-nodes-0", """{"metadata":{"labels":{"look":"again"}}}""");
        await test.UntilAsync<Cluster>("c", cluster => !OperatorUnderTest.IsReady(cluster.Status?.Conditions));
        test.Brokers.IsDown = false;
        await test.UntilAsync<Cluster>("c", cluster => OperatorUnderTest.IsReady(cluster.Status?.Conditions));
        await Wait.UntilAsync(() => test.Brokers.DescribedTopics - described >= 100, what: "all are looked at");
        int calls = test.Brokers.DescribeCalls - before, topics = test.Brokers.DescribedTopics - described;
        Assert.True(calls <= topics / 2, $"{calls} calls for {topics} topics");
    }

    private async Task<OperatorUnderTest> StartAsync(TimeSpan? drift = null)
    {
        OperatorUnderTest test = await OperatorUnderTest.StartAsync(server, options => drift is null ? options : options with { DriftInterval = drift.Value });
        await test.CreateReadyClusterAsync();
        return test;
    }
}

/// <inheritdoc/>
[Collection(nameof(KubernetesCollection))]
public sealed class TopicOnKubernetes(OperatorServer<KubernetesApiServer> server) : TopicSuite(server);

/// <inheritdoc/>
[Collection(nameof(EmbeddedCollection))]
public sealed class TopicOnEmbeddedKubernetes(OperatorServer<EmbeddedApiServer> server) : TopicSuite(server);
