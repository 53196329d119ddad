using System.Text.Json.Nodes;
using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Controllers;
using Sluice.Operator.Resources;
using Support;
using Support.Kubernetes;

namespace Sluice.Operator.Tests.Reconcilers;

/// <summary>A Cluster writes what is its own, and nothing else; on every API server.</summary>
public abstract class OwnershipSuite(OperatorServer server)
{
    private const string Selector = """{"matchLabels":{"app":"x"}}""";
    private const string Template = """{"metadata":{"labels":{"app":"x"}},"spec":{"containers":[{"name":"x","image":"x"}]}}""";

    public static TheoryData<string, string, string> Foreign => new()
    {
        { "serviceaccounts", "c-broker", """{"apiVersion":"v1","kind":"ServiceAccount"}""" },
        { "services", "c-brokers", """{"apiVersion":"v1","kind":"Service","spec":{"clusterIP":"None","selector":{"app":"x"},"ports":[{"name":"x","port":1}]}}""" },
        { "services", "c-bootstrap", """{"apiVersion":"v1","kind":"Service","spec":{"ports":[{"name":"x","port":1}]}}""" },
        { "configmaps", "c-nodes-config", """{"apiVersion":"v1","kind":"ConfigMap","data":{"a":"b"}}""" },
        { "statefulsets", "c-nodes", "{\"apiVersion\":\"apps/v1\",\"kind\":\"StatefulSet\",\"spec\":{\"replicas\":0,\"serviceName\":\"x\",\"selector\":" + Selector + ",\"template\":" + Template + "}}" },
    };

    [SkippableTheory]
    [MemberData(nameof(Foreign))]
    public async Task An_object_that_was_there_before_is_left_alone_until_it_is_given_to_the_cluster(string plural, string name, string manifest)
    {
        server.Require();
        await using OperatorUnderTest test = await OperatorUnderTest.StartAsync(server);
        JsonObject foreign = JsonNode.Parse(manifest)!.AsObject();
        foreign["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = test.Namespace };
        ResourceClient<JsonObject> client = test.Client.Resource(OperatorServer.TypeOf(foreign));
        await client.CreateAsync(foreign);

        Cluster cluster = await test.CreateClusterAsync();
        string message = OperatorUnderTest.Message(await test.ClusterWithReasonAsync("c", "ResourceConflict"));
        Assert.Contains($"{foreign["kind"]} {name}", message);
        Assert.Contains($"kubectl annotate -n {test.Namespace} {foreign["kind"]!.ToString().ToLowerInvariant()} {name} sluice.dev/adopt-by=c", message);
        Assert.Equal(message, Assert.Single(await test.EventsAsync("ResourceConflict")).Note);
        JsonObject untouched = await client.GetAsync(test.Namespace, name);
        Assert.DoesNotContain("sluice-operator", untouched.ToJsonString());
        Assert.Null(untouched["metadata"]!["ownerReferences"]);
        if (plural != "serviceaccounts") Assert.Null(await test.Client.TryGetAsync<V1ServiceAccount>(test.Namespace, "c-broker"));

        await client.MergePatchAsync(test.Namespace, name, JsonNode.Parse("""{"metadata":{"annotations":{"sluice.dev/adopt-by":"c"}}}""")!.AsObject());
        if (plural == "statefulsets")
        {
            // What it is made of cannot be changed, so the words of the API server are told; then it has to go.
            Assert.Contains("StatefulSet c-nodes", OperatorUnderTest.Message(await test.ClusterWithReasonAsync("c", "Refused")));
            await client.DeleteAsync(test.Namespace, name);
        }
        await test.MakePodReadyAsync();
        await test.UntilAsync<Cluster>("c", found => OperatorUnderTest.IsReady(found.Status?.Conditions));
        Assert.Equal(cluster.Metadata.Uid, (await client.GetAsync(test.Namespace, name))["metadata"]!["ownerReferences"]![0]!["uid"]!.ToString());
    }

    [SkippableFact]
    public async Task A_service_that_took_the_place_of_the_clusters_own_gives_no_address()
    {
        server.Require();
        await using OperatorUnderTest test = await OperatorUnderTest.StartAsync(server);
        await test.CreateReadyClusterAsync();
        await test.StopOperatorAsync();
        await test.Client.DeleteAsync<V1Service>(test.Namespace, "c-bootstrap");
        await test.Client.CreateAsync(new V1Service { Metadata = new() { Name = "c-bootstrap", NamespaceProperty = test.Namespace }, Spec = new V1ServiceSpec { Ports = [new V1ServicePort { Port = 9092 }] } });
        test.StartOperator();
        Cluster cluster = await test.ClusterWithReasonAsync("c", "ResourceConflict");
        Assert.Null(cluster.Status!.BootstrapAddress);
        // Else the operator would make topics on somebody else's brokers.
        await test.CreateTopicAsync("t");
        await test.TopicWithReasonAsync("t", "ClusterNotReady");
        Assert.Empty(test.Brokers.Topics);
    }

    [SkippableFact]
    public async Task An_apply_with_a_version_that_no_object_has_makes_one_and_changes_none()
    {
        server.Require();
        string ns = await server.Api.NewNamespaceAsync();
        var wish = new V1ConfigMap { Metadata = new() { Name = "m", NamespaceProperty = ns, ResourceVersion = "1" }, Data = new Dictionary<string, string> { ["by"] = "us" } };
        var options = new WriteOptions { FieldManager = "us", Force = true };
        await server.Client.Resource<V1ConfigMap>().ApplyAsync(wish, options);
        ApiException refused = await Assert.ThrowsAsync<ApiException>(() => server.Client.Resource<V1ConfigMap>().ApplyAsync(wish, options));
        Assert.True(refused.IsConflict, refused.Message);
    }

    [SkippableFact]
    public async Task Of_two_clusters_that_make_the_same_name_the_second_says_so_and_the_first_keeps_its_volume()
    {
        server.Require();
        await using OperatorUnderTest test = await OperatorUnderTest.StartAsync(server);
        await test.CreateClusterAsync(spec => spec.NodePools[0].Name = "b-c", "a");
        V1Pod pod = await test.MakePodReadyAsync("a-b-c-0");
        await test.UntilAsync<Cluster>("a", cluster => OperatorUnderTest.IsReady(cluster.Status?.Conditions));
        V1StatefulSet before = await test.Client.GetAsync<V1StatefulSet>(test.Namespace, "a-b-c");
        Cluster second = await test.CreateClusterAsync(spec => spec.NodePools[0].Name = "c", "a-b");
        string message = OperatorUnderTest.Message(await test.ClusterWithReasonAsync("a-b", "ResourceConflict"));
        Assert.Contains("belongs to the Cluster a,", message);
        Assert.Equal(message, Assert.Single(await test.EventsAsync("ResourceConflict")).Note);
        Assert.Equal(before.Metadata.Generation, (await test.Client.GetAsync<V1StatefulSet>(test.Namespace, "a-b-c")).Metadata.Generation);
        Assert.Null(await test.Client.TryGetAsync<V1Service>(test.Namespace, "a-b-bootstrap"));

        await test.Client.DeleteAsync<Cluster>(test.Namespace, "a");
        await test.UntilGoneAsync<V1StatefulSet>("a-b-c");
        Cluster waiting = await test.UntilAsync<Cluster>("a-b", cluster => OperatorUnderTest.Message(cluster).Contains("data-a-b-c-0 holds the records of the Cluster a:", StringComparison.Ordinal));
        Assert.Equal("ResourceConflict", OperatorUnderTest.Reason(waiting.Status!.Conditions));
        Assert.Null(await test.Client.TryGetAsync<V1StatefulSet>(test.Namespace, "a-b-c"));

        await test.PatchAsync<V1PersistentVolumeClaim>("data-a-b-c-0", """{"metadata":{"annotations":{"sluice.dev/adopt-by":"a-b"}}}""");
        await test.MakePodReadyAsync("a-b-c-0", pod.Metadata.Uid);
        await test.UntilAsync<Cluster>("a-b", cluster => OperatorUnderTest.IsReady(cluster.Status?.Conditions));
        Assert.Equal("a-b", (await test.Client.GetAsync<V1PersistentVolumeClaim>(test.Namespace, "data-a-b-c-0")).Metadata.Labels!["sluice.dev/cluster"]);
        Assert.True(OwnerReferences.IsControlledBy(await test.Client.GetAsync<V1StatefulSet>(test.Namespace, "a-b-c"), second));
    }

    [SkippableFact]
    public async Task A_claim_that_was_made_for_nobody_is_not_used_until_it_is_given_to_the_cluster()
    {
        server.Require();
        await using OperatorUnderTest test = await OperatorUnderTest.StartAsync(server);
        await test.Client.CreateAsync(new V1PersistentVolumeClaim
        {
            Metadata = new() { Name = "data-c-nodes-0", NamespaceProperty = test.Namespace },
            Spec = new V1PersistentVolumeClaimSpec
            {
                AccessModes = ["ReadWriteOnce"],
                StorageClassName = "none",
                Resources = new V1VolumeResourceRequirements { Requests = new Dictionary<string, ResourceQuantity> { ["storage"] = "1Gi" } },
            },
        });
        await test.CreateClusterAsync();
        Assert.Contains("data-c-nodes-0 was not made for this Cluster", OperatorUnderTest.Message(await test.ClusterWithReasonAsync("c", "ResourceConflict")));
        Assert.Null(await test.Client.TryGetAsync<V1StatefulSet>(test.Namespace, "c-nodes"));
        await test.PatchAsync<V1PersistentVolumeClaim>("data-c-nodes-0", """{"metadata":{"annotations":{"sluice.dev/adopt-by":"c"}}}""");
        await test.MakePodReadyAsync();
        await test.UntilAsync<Cluster>("c", cluster => OperatorUnderTest.IsReady(cluster.Status?.Conditions));
    }

    [SkippableFact]
    public async Task What_an_orphaning_deletion_left_is_taken_over_when_it_is_given_and_its_pod_goes_on()
    {
        server.Require();
        await using OperatorUnderTest test = await OperatorUnderTest.StartAsync(server);
        await test.CreateReadyClusterAsync();
        V1Pod pod = await test.Client.GetAsync<V1Pod>(test.Namespace, "c-nodes-0");
        await test.Client.DeleteAsync<Cluster>(test.Namespace, "c", new V1DeleteOptions { PropagationPolicy = "Orphan" });
        await test.UntilGoneAsync<Cluster>("c");
        Cluster again = await test.CreateClusterAsync();
        await test.ClusterWithReasonAsync("c", "ResourceConflict");
        const string Given = """{"metadata":{"annotations":{"sluice.dev/adopt-by":"c"}}}""";
        await test.PatchAsync<V1ServiceAccount>("c-broker", Given);
        await test.PatchAsync<V1Service>("c-brokers", Given);
        await test.PatchAsync<V1Service>("c-bootstrap", Given);
        await test.PatchAsync<V1ConfigMap>("c-nodes-config", Given);
        await test.PatchAsync<V1StatefulSet>("c-nodes", Given);
        await test.UntilAsync<Cluster>("c", cluster => OperatorUnderTest.IsReady(cluster.Status?.Conditions));
        Assert.True(OwnerReferences.IsControlledBy(await test.Client.GetAsync<V1StatefulSet>(test.Namespace, "c-nodes"), again));
        Assert.Equal(pod.Metadata.Uid, (await test.Client.GetAsync<V1Pod>(test.Namespace, "c-nodes-0")).Metadata.Uid);
    }

    [SkippableFact]
    public async Task A_cluster_that_is_made_again_waits_for_the_objects_of_the_earlier_one_to_go_and_tells_that_it_uses_its_volume()
    {
        server.Require();
        await using OperatorUnderTest test = await OperatorUnderTest.StartAsync(server);
        await test.CreateReadyClusterAsync();
        V1Pod before = await test.Client.GetAsync<V1Pod>(test.Namespace, "c-nodes-0");
        await test.Client.DeleteAsync<Cluster>(test.Namespace, "c");
        Cluster again = await test.CreateClusterAsync();
        await test.UntilAsync<V1StatefulSet>("c-nodes", set => OwnerReferences.IsControlledBy(set, again));
        await test.MakePodReadyAsync(notUid: before.Metadata.Uid);
        await test.UntilAsync<Cluster>("c", cluster => OperatorUnderTest.IsReady(cluster.Status?.Conditions));
        Assert.Contains("data-c-nodes-0", (await test.EventsAsync("VolumeReused"))[0].Note);
    }

    [SkippableFact]
    public async Task A_pod_whose_volume_is_being_deleted_is_not_restarted_and_the_status_says_what_to_do()
    {
        server.Require();
        await using OperatorUnderTest test = await OperatorUnderTest.StartAsync(server);
        await test.CreateReadyClusterAsync();
        V1Pod pod = await test.Client.GetAsync<V1Pod>(test.Namespace, "c-nodes-0");
        // Holds the claim as its protection does while a pod runs on a node, of which there is none here.
        await test.PatchAsync<V1PersistentVolumeClaim>("data-c-nodes-0", """{"metadata":{"finalizers":["sluice.test/hold"]}}""");
        await test.Client.DeleteAsync<V1PersistentVolumeClaim>(test.Namespace, "data-c-nodes-0");
        Cluster cluster = await test.ClusterWithReasonAsync("c", "VolumeBeingDeleted");
        Assert.Contains("data-c-nodes-0", OperatorUnderTest.Message(cluster));
        Assert.Contains("persistentVolumeReclaimPolicy", OperatorUnderTest.Message(cluster));
        Assert.NotEmpty(await test.EventsAsync("VolumeBeingDeleted"));

        await test.PatchAsync<Cluster>("c", """{"spec":{"config":{"auto.create.topics.enable":"false"}}}""");
        await test.UntilAsync<V1StatefulSet>("c-nodes", set => set.Status is { } status && status.ObservedGeneration == set.Metadata.Generation && status.UpdateRevision != pod.Metadata.Labels!["controller-revision-hash"]);
        for (int i = 0; i < 3; i++)
        {
            int looks = test.Brokers.ClusterCalls;
            await test.PatchAsync<Cluster>("c", """{"metadata":{"annotations":{"look":"NAME"}}}""".Replace("NAME", $"{i}"));
            await Wait.UntilAsync(() => test.Brokers.ClusterCalls > looks, what: "looked at");
        }
        V1Pod after = await test.Client.GetAsync<V1Pod>(test.Namespace, "c-nodes-0");
        Assert.Equal((pod.Metadata.Uid, null), (after.Metadata.Uid, after.Metadata.DeletionTimestamp));
        await test.ClusterWithReasonAsync("c", "VolumeBeingDeleted");

        // A claim that is there to stay lets the pod go.
        await test.StopOperatorAsync();
        await test.PatchAsync<V1PersistentVolumeClaim>("data-c-nodes-0", """{"metadata":{"finalizers":null}}""");
        await test.UntilGoneAsync<V1PersistentVolumeClaim>("data-c-nodes-0");
        test.StartOperator();
        await test.MakePodReadyAsync(notUid: pod.Metadata.Uid);
        await test.UntilAsync<Cluster>("c", found => OperatorUnderTest.IsReady(found.Status?.Conditions));
    }
}

/// <inheritdoc/>
[Collection(nameof(KubernetesCollection))]
public sealed class OwnershipOnKubernetes(OperatorServer<KubernetesApiServer> server) : OwnershipSuite(server);

/// <inheritdoc/>
[Collection(nameof(EmbeddedCollection))]
public sealed class OwnershipOnEmbeddedKubernetes(OperatorServer<EmbeddedApiServer> server) : OwnershipSuite(server);
