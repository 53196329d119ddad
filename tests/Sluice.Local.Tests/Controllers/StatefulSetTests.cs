using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using k8s.Models;
using Sluice.Local.Tests.Pods;

namespace Sluice.Local.Tests.Controllers;

public class StatefulSetTests
{
    private const string Manifest = """
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: web}
        spec:
          serviceName: web
          replicas: 2
          selector: {matchLabels: {app: web}}
          persistentVolumeClaimRetentionPolicy: {whenScaled: Retain, whenDeleted: Delete}
          template:
            metadata: {labels: {app: web}}
            spec:
              terminationGracePeriodSeconds: 2
              containers:
              - name: main
                image: test/shell
                command: [sh, -c, 'echo $VERSION >> /data/starts; exec sleep 1000']
                env: [{name: VERSION, value: one}]
                volumeMounts: [{name: data, mountPath: /data}]
          volumeClaimTemplates:
          - metadata: {name: data}
            spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
        """;

    [Fact]
    public async Task Pods_and_claims_are_made_scaled_and_rolled()
    {
        await using var test = await TestCluster.StartAsync();
        await test.ApplyAsync(Manifest);
        var set = await Eventually(test, s => s.Status is { ReadyReplicas: 2 } && s.Status.CurrentRevision == s.Status.UpdateRevision);
        var claim = await test.Client.GetAsync<V1PersistentVolumeClaim>("default", "data-web-1");
        Assert.Equal("Bound", claim.Status!.Phase);
        var first = (await test.PodAsync("web-0"))!;
        Assert.Equal(set.Status!.CurrentRevision, first.Metadata.Labels!["controller-revision-hash"]);
        Assert.Equal(("web-0", "web"), (first.Spec!.Hostname, first.Spec.Subdomain));

        await Patch(test, new() { ["replicas"] = 3 });
        await Eventually(test, s => s.Status is { ReadyReplicas: 3 });
        await Patch(test, new() { ["replicas"] = 1 });
        await Eventually(test, s => s.Status is { Replicas: 1 });
        Assert.NotNull(await test.Client.TryGetAsync<V1PersistentVolumeClaim>("default", "data-web-2"));
        await Patch(test, new() { ["replicas"] = 2 });
        await Eventually(test, s => s.Status is { ReadyReplicas: 2 });

        var template = new JsonObject { ["spec"] = JsonNode.Parse("""{"containers":[{"name":"main","image":"test/shell","command":["sh","-c","echo two >> /data/starts; exec sleep 1000"],"volumeMounts":[{"name":"data","mountPath":"/data"}]}]}""") };
        await Patch(test, new() { ["template"] = template });
        set = await Eventually(test, s => s.Status is { UpdatedReplicas: 2, ReadyReplicas: 2 } && s.Status.CurrentRevision == s.Status.UpdateRevision && s.Status.ObservedGeneration == s.Metadata.Generation);
        var second = (await test.PodAsync("web-0"))!;
        Assert.NotEqual(first.Metadata.Uid, second.Metadata.Uid);
        Assert.Equal(first.Status!.PodIP, second.Status!.PodIP);
        Assert.Equal(2, (await test.Client.ListAsync<V1ControllerRevision>("default")).Items.Count);
        var volume = await test.Client.GetAsync<V1PersistentVolume>(null, (await test.Client.GetAsync<V1PersistentVolumeClaim>("default", "data-web-0")).Spec!.VolumeName!);
        Assert.Equal(["one", "two"], await File.ReadAllLinesAsync(Path.Combine(volume.Spec!.HostPath!.Path!, "starts")));
        Assert.Empty(test.Log);
    }

    /// <summary>The node writes the status of a pod, and the controller looks at it, before they hear that it lost its owner, now and then: so it is tried some times.</summary>
    [Fact]
    public async Task Pods_of_a_set_that_is_deleted_without_them_stay()
    {
        await using var test = await TestCluster.StartAsync();
        for (var round = 0; round < 20; round++)
        {
            string set = $"web{round}", name = $"{set}-0";
            await test.ApplyAsync(Manifest.Replace("replicas: 2", "replicas: 1", StringComparison.Ordinal).Replace("name: web}", $"name: {set}}}", StringComparison.Ordinal).Replace("app: web", $"app: {set}", StringComparison.Ordinal));
            await test.EventuallyAsync(async () => await test.PodAsync(name) is not null);
            await test.Client.TryDeleteAsync<V1StatefulSet>("default", set, new V1DeleteOptions { PropagationPolicy = "Orphan" });
            await test.EventuallyAsync(async () => await test.Client.TryGetAsync<V1StatefulSet>("default", set) is null);
            // What would collect the pod handles things one after the other: this comes behind it.
            await test.ApplyAsync("""
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: collected
                  ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: web, uid: 00000000-0000-0000-0000-000000000001}]
                """);
            await test.EventuallyAsync(async () => await test.Client.TryGetAsync<V1ConfigMap>("default", "collected") is null);
            var pod = await test.PodAsync(name);
            Assert.True(pod is { Metadata.DeletionTimestamp: null }, $"round {round}: the pod went with its set");
            Assert.Empty(pod.Metadata.OwnerReferences ?? []);
            await test.Client.TryDeleteAsync<V1Pod>("default", name, new V1DeleteOptions { GracePeriodSeconds = 0 });
        }
    }

    [SkippableFact]
    public async Task A_service_forwards_to_the_pods_that_are_ready()
    {
        await using var test = await TestCluster.StartAsync();
        await test.ApplyAsync("""
            apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec: {selector: {app: web}, ports: [{name: tcp, port: 31580, targetPort: tcp}]}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: a, labels: {app: web}}
            spec:
              terminationGracePeriodSeconds: 1
              containers:
              - name: main
                image: test/shell
                ports: [{name: tcp, containerPort: 31581}]
                readinessProbe: {exec: {command: [test, -e, /work/ready]}, periodSeconds: 1, timeoutSeconds: 60}
                command: [sleep, '1000']
                volumeMounts: [{name: work, mountPath: /work}]
              volumes: [{name: work, emptyDir: {}}]
            """);
        var pod = await test.PodAsync("a", p => p.Status?.Phase == "Running");
        using var listener = new TcpListener(IPAddress.Parse(pod.Status!.PodIP!), 31581);
        listener.Start();
        var service = await test.Client.GetAsync<V1Service>("default", "web");
        Skip.If(service.Spec?.ClusterIP is null, "the API server gives no cluster addresses");
        var address = new IPEndPoint(IPAddress.Parse(service.Spec.ClusterIP!), 31580);
        await test.EventuallyAsync(async () => (await test.Client.ListAsync<V1EndpointSlice>("default")).Items
            .Find(s => s.Metadata.Labels?["kubernetes.io/service-name"] == "web")?.Endpoints is [{ Conditions.Ready: false }]);
        Assert.False(await Reaches(address, listener));

        await File.WriteAllTextAsync(Path.Combine(test.Folder, "pods", $"default_a_{pod.Metadata.Uid}", "volumes", "work", "ready"), "");
        await test.PodAsync("a", TestCluster.IsReady);
        await test.EventuallyAsync(() => Reaches(address, listener));
        var endpoints = await test.Client.GetAsync<V1Endpoints>("default", "web");
        Assert.Equal(pod.Status.PodIP, endpoints.Subsets!.Single().Addresses!.Single().Ip);
        Assert.Equal(31581, endpoints.Subsets![0].Ports!.Single().Port);
    }

    private static async Task<bool> Reaches(IPEndPoint address, TcpListener listener)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(address);
            using var limit = new CancellationTokenSource(2000);
            using var server = await listener.AcceptTcpClientAsync(limit.Token);
            return true;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    private static Task Patch(TestCluster test, JsonObject spec) =>
        test.Client.MergePatchAsync<V1StatefulSet>("default", "web", new JsonObject { ["spec"] = spec });

    private static async Task<V1StatefulSet> Eventually(TestCluster test, Func<V1StatefulSet, bool> condition)
    {
        V1StatefulSet? set = null;
        await test.EventuallyAsync(
            async () => condition(set = await test.Client.GetAsync<V1StatefulSet>("default", "web")),
            () => Sluice.Kubernetes.Serialization.ApiJson.ToJsonObject(set!.Status).ToJsonString());
        return set!;
    }
}
