using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Controllers;
using Sluice.Kubernetes.Models;
using Sluice.Operator.Resources;
using Support;
using Support.Kubernetes;

namespace Sluice.Operator.Tests.Reconcilers;

/// <summary>What becomes of a Cluster manifest, on every API server.</summary>
public abstract class ClusterSuite(OperatorServer server)
{
    [SkippableFact]
    public async Task A_cluster_becomes_its_objects_and_is_ready_when_a_broker_answers()
    {
        server.Require();
        await using OperatorUnderTest test = await OperatorUnderTest.StartAsync(server);
        Cluster cluster = await test.CreateReadyClusterAsync();
        Assert.Equal($"c-bootstrap.{test.Namespace}.svc.cluster.local:9092", cluster.Status!.BootstrapAddress);
        Assert.Equal(cluster.Metadata.Generation, cluster.Status.ObservedGeneration);
        Assert.Equal("cluster-1", cluster.Status.ClusterId);
        Assert.Equal(1, cluster.Status.ReadyReplicas);
        Assert.Equal("sluice.dev/cluster=c", cluster.Status.Selector);
        IKubernetesObject<V1ObjectMeta>[] children =
        [
            await test.Client.GetAsync<V1ServiceAccount>(test.Namespace, "c-broker"), await test.Client.GetAsync<V1ConfigMap>(test.Namespace, "c-nodes-config"),
            await test.Client.GetAsync<V1Service>(test.Namespace, "c-brokers"), await test.Client.GetAsync<V1Service>(test.Namespace, "c-bootstrap"),
            await test.Client.GetAsync<V1StatefulSet>(test.Namespace, "c-nodes"),
        ];
        Assert.All(children, child => Assert.True(OwnerReferences.IsControlledBy(child, cluster)));
        Assert.Single(await test.EventsAsync("ClusterReady"));
    }

    [SkippableFact]
    public async Task Where_names_do_not_resolve_the_address_is_the_service_ip()
    {
        server.Require();
        await using OperatorUnderTest test = await OperatorUnderTest.StartAsync(server, options => options with { ClusterDomain = "" });
        Cluster cluster = await test.CreateReadyClusterAsync();
        V1Service service = await test.Client.GetAsync<V1Service>(test.Namespace, "c-bootstrap");
        Assert.Equal($"{service.Spec!.ClusterIP}:9092", cluster.Status!.BootstrapAddress);
    }

    [SkippableFact]
    public async Task A_ready_pod_is_not_enough_as_long_as_no_broker_answers()
    {
        server.Require();
        await using OperatorUnderTest test = await OperatorUnderTest.StartAsync(server);
        test.Brokers.IsDown = true;
        await test.CreateClusterAsync();
        await test.MakePodReadyAsync();
        await test.UntilAsync<Cluster>("c", cluster => OperatorUnderTest.Reason(cluster.Status?.Conditions) == "Unreachable");
        test.Brokers.IsDown = false;
        await test.UntilAsync<Cluster>("c", cluster => OperatorUnderTest.IsReady(cluster.Status?.Conditions));
    }

    [SkippableFact]
    public async Task Pods_fit_the_restricted_profile()
    {
        server.Require();
        await using OperatorUnderTest test = await OperatorUnderTest.StartAsync(server);
        await test.Client.MergePatchAsync<V1Namespace>(null, test.Namespace, JsonNode.Parse("""{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"restricted"}}}""")!.AsObject());
        await test.CreateReadyClusterAsync();
    }

    [SkippableFact]
    public async Task Objects_that_are_deleted_or_changed_are_put_right()
    {
        server.Require();
        await using OperatorUnderTest test = await OperatorUnderTest.StartAsync(server);
        await test.CreateReadyClusterAsync();
        await test.Client.DeleteAsync<V1Service>(test.Namespace, "c-bootstrap");
        await test.UntilAsync<V1Service>("c-bootstrap", _ => true);
        await test.PatchAsync<V1ConfigMap>("c-nodes-config", """{"data":{"server.properties":"x"}}""");
        await test.UntilAsync<V1ConfigMap>("c-nodes-config", map => map.Data!["server.properties"].Contains("process.roles"));
    }

    [SkippableFact]
    public async Task A_setting_that_needs_a_restart_replaces_the_pod_and_one_that_does_not_is_set_on_the_brokers()
    {
        server.Require();
        await using OperatorUnderTest test = await OperatorUnderTest.StartAsync(server);
        await test.CreateReadyClusterAsync();
        V1Pod before = await test.Client.GetAsync<V1Pod>(test.Namespace, "c-nodes-0");

        await test.PatchAsync<Cluster>("c", """{"spec":{"config":{"message.max.bytes":"2000000"}}}""");
        await test.UntilAsync<Cluster>("c", cluster => cluster.Status!.ObservedGeneration == cluster.Metadata.Generation && test.Brokers.Settings.ContainsKey("message.max.bytes"));
        Assert.Equal(before.Metadata.Uid, (await test.Client.GetAsync<V1Pod>(test.Namespace, "c-nodes-0")).Metadata.Uid);

        await test.PatchAsync<Cluster>("c", """{"spec":{"config":{"message.max.bytes":null,"auto.create.topics.enable":"false"}}}""");
        await test.MakePodReadyAsync(notUid: before.Metadata.Uid);
        await Wait.UntilAsync(() => test.Brokers.Settings.IsEmpty, what: "the setting has its default back");
        await test.UntilAsync<Cluster>("c", cluster => OperatorUnderTest.IsReady(cluster.Status?.Conditions));
        Assert.Contains("auto.create.topics.enable=false", (await test.Client.GetAsync<V1ConfigMap>(test.Namespace, "c-nodes-config")).Data!["server.properties"]);
        Assert.Single(await test.EventsAsync("PodRestarted"));
    }

    [SkippableFact]
    public async Task A_setting_that_the_brokers_refuse_shows_in_a_condition_and_the_cluster_goes_on()
    {
        server.Require();
        await using OperatorUnderTest test = await OperatorUnderTest.StartAsync(server);
        await test.CreateReadyClusterAsync(spec => spec.Config = new() { ["message.max.bytes"] = "bad" });
        await test.UntilAsync<Cluster>("c", cluster => Conditions.Find(cluster.Status?.Conditions, "ConfigApplied") is { Status: "False", Reason: "InvalidConfig" });
        Assert.NotEmpty(await test.EventsAsync("InvalidConfig"));
    }

    [SkippableFact]
    public async Task A_pod_that_fails_says_why_and_a_corrected_manifest_replaces_it()
    {
        server.Require();
        await using OperatorUnderTest test = await OperatorUnderTest.StartAsync(server);
        await test.CreateClusterAsync(spec => spec.Config = new() { ["num.partitions"] = "no" });
        V1Pod pod = await test.UntilAsync<V1Pod>("c-nodes-0", _ => true);
        await test.Client.MergePatchAsync<V1Pod>(test.Namespace, "c-nodes-0", JsonNode.Parse("""
            {"status":{"containerStatuses":[{"name":"broker","image":"i","imageID":"","ready":false,"restartCount":3,
            "state":{"waiting":{"reason":"CrashLoopBackOff"}},"lastState":{"terminated":{"exitCode":1,"message":"num.partitions: 'no' is not a number"}}}]}}
            """)!.AsObject(), new WriteOptions { Subresource = "status" });
        Cluster failing = await test.UntilAsync<Cluster>("c", cluster => OperatorUnderTest.Reason(cluster.Status?.Conditions) == "PodFailing");
        Assert.Contains("'no' is not a number", Conditions.Find(failing.Status!.Conditions, "Ready")!.Message);

        await test.PatchAsync<Cluster>("c", """{"spec":{"config":{"num.partitions":"3"}}}""");
        await test.MakePodReadyAsync(notUid: pod.Metadata.Uid);
        await test.UntilAsync<Cluster>("c", cluster => OperatorUnderTest.IsReady(cluster.Status?.Conditions));
    }

    [SkippableFact]
    public async Task A_volume_that_cannot_grow_is_named_and_its_claim_template_stays()
    {
        server.Require();
        await using OperatorUnderTest test = await OperatorUnderTest.StartAsync(server);
        await test.CreateReadyClusterAsync();
        await test.PatchAsync<Cluster>("c", """{"spec":{"nodePools":[{"name":"nodes","storage":{"size":"2Gi"}}]}}""");
        Cluster cluster = await test.UntilAsync<Cluster>("c", found => Conditions.Find(found.Status?.Conditions, "StorageResized")?.Status == "False");
        Assert.Contains("data-c-nodes-0", Conditions.Find(cluster.Status!.Conditions, "StorageResized")!.Message);
        Assert.Equal("1Gi", (await test.Client.GetAsync<V1StatefulSet>(test.Namespace, "c-nodes")).Spec!.VolumeClaimTemplates![0].Spec!.Resources!.Requests!["storage"].ToString());
    }

    [SkippableFact]
    public async Task A_paused_cluster_is_left_alone()
    {
        server.Require();
        await using OperatorUnderTest test = await OperatorUnderTest.StartAsync(server, options => options with { ClusterWorkers = 1 });
        await test.CreateReadyClusterAsync();
        await test.CreateClusterAsync(name: "other");
        string uid = (await test.UntilAsync<V1Service>("other-bootstrap", _ => true)).Metadata.Uid;
        await test.PatchAsync<Cluster>("c", """{"metadata":{"annotations":{"sluice.dev/pause-reconciliation":"true"}}}""");
        await test.UntilAsync<Cluster>("c", cluster => OperatorUnderTest.Reason(cluster.Status?.Conditions) == "ReconciliationPaused");
        await test.Client.DeleteAsync<V1Service>(test.Namespace, "c-bootstrap");
        // The one worker takes clusters in turn: when it has put back the service of another for the second time, it has looked at this one.
        for (int i = 0; i < 2; i++)
        {
            await test.Client.DeleteAsync<V1Service>(test.Namespace, "other-bootstrap");
            uid = (await test.UntilAsync<V1Service>("other-bootstrap", service => service.Metadata.Uid != uid)).Metadata.Uid;
        }
        Assert.Null(await test.Client.TryGetAsync<V1Service>(test.Namespace, "c-bootstrap"));
        await test.PatchAsync<Cluster>("c", """{"metadata":{"annotations":{"sluice.dev/pause-reconciliation":null}}}""");
        await test.UntilAsync<V1Service>("c-bootstrap", _ => true);
    }

    [SkippableFact]
    public async Task Settings_of_the_brokers_that_were_changed_from_outside_are_put_back_and_told()
    {
        server.Require();
        await using OperatorUnderTest test = await OperatorUnderTest.StartAsync(server);
        await test.CreateReadyClusterAsync(spec => spec.Config = new() { ["message.max.bytes"] = "1000" });
        // Only who knows that the manifest was carried out can tell a change from outside.
        await test.LookAgainAsync("carried-out");
        test.Brokers.Settings["message.max.bytes"] = "5";
        await test.PatchAsync<Cluster>("c", """{"metadata":{"annotations":{"look":"again"}}}""");
        Assert.Contains("message.max.bytes from 5 to 1000", Assert.Single(await test.EventsAsync("DriftReverted")).Note);
        Assert.Equal("1000", test.Brokers.Settings["message.max.bytes"]);
    }

    [SkippableFact]
    public async Task A_cluster_that_stays_as_it_is_is_not_written()
    {
        server.Require();
        await using OperatorUnderTest test = await OperatorUnderTest.StartAsync(server);
        await test.CreateReadyClusterAsync();
        await test.LookAgainAsync("before");
        string before = await StatusWrittenAtAsync();
        V1StatefulSet set = await test.Client.GetAsync<V1StatefulSet>(test.Namespace, "c-nodes");
        await test.LookAgainAsync("after");
        Assert.Equal(before, await StatusWrittenAtAsync());
        Assert.Equal(set.Metadata.Generation, (await test.Client.GetAsync<V1StatefulSet>(test.Namespace, "c-nodes")).Metadata.Generation);

        async Task<string> StatusWrittenAtAsync()
        {
            JsonObject cluster = await test.Client.Resource(ResourceType.Of<Cluster>()).GetAsync(test.Namespace, "c");
            return cluster["metadata"]!["managedFields"]!.AsArray().Single(entry => entry!["subresource"]?.ToString() == "status")!["time"]!.ToString();
        }
    }
}

/// <inheritdoc/>
[Collection(nameof(KubernetesCollection))]
public sealed class ClusterOnKubernetes(OperatorServer<KubernetesApiServer> server) : ClusterSuite(server);

/// <inheritdoc/>
[Collection(nameof(EmbeddedCollection))]
public sealed class ClusterOnEmbeddedKubernetes(OperatorServer<EmbeddedApiServer> server) : ClusterSuite(server);
