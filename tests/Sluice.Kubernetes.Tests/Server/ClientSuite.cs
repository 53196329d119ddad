using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Models;
using Support.Kubernetes;

namespace Sluice.Kubernetes.Tests.Server;

/// <summary>The client's requests, and the answers to them, on every API server.</summary>
public abstract class ClientSuite(ApiServer server)
{
    private static readonly ResourceType ConfigMaps = ResourceType.Of<V1ConfigMap>();

    [SkippableFact]
    public async Task An_object_is_created_read_replaced_and_deleted()
    {
        server.Require();
        string ns = await server.NewNamespaceAsync();
        V1ConfigMap created = await server.Client.CreateAsync(NewMap(ns, "a", "x", "1"));
        Assert.NotNull(created.Metadata.Uid);
        created.Data!["x"] = "2";
        await server.Client.UpdateAsync(created);
        V1ConfigMap read = await server.Client.GetAsync<V1ConfigMap>(ns, "a");
        Assert.Equal("2", read.Data!["x"]);

        ApiException stale = await Assert.ThrowsAsync<ApiException>(() => server.Client.UpdateAsync(created));
        Assert.True(stale.IsConflict);
        ApiException twice = await Assert.ThrowsAsync<ApiException>(() => server.Client.CreateAsync(NewMap(ns, "a", "x", "1")));
        Assert.True(twice.IsAlreadyExists);
        ApiException other = await Assert.ThrowsAsync<ApiException>(() => server.Client.DeleteAsync<V1ConfigMap>(
            ns, "a", new V1DeleteOptions { Preconditions = new V1Preconditions { Uid = Guid.NewGuid().ToString() } }));
        Assert.True(other.IsConflict);

        Assert.True(await server.Client.TryDeleteAsync<V1ConfigMap>(ns, "a"));
        Assert.False(await server.Client.TryDeleteAsync<V1ConfigMap>(ns, "a"));
        Assert.Null(await server.Client.TryGetAsync<V1ConfigMap>(ns, "a"));
    }

    [SkippableFact]
    public async Task A_list_is_read_in_pages()
    {
        server.Require();
        string ns = await server.NewNamespaceAsync();
        for (int i = 0; i < 7; i++) await server.Client.CreateAsync(NewMap(ns, $"m{i}", "i", i.ToString(), ("set", i % 2 == 0 ? "even" : "odd")));
        ResourceList<V1ConfigMap> paged = await server.Client.ListAsync<V1ConfigMap>(ns, new ListOptions { Limit = 3, LabelSelector = "set" });
        Assert.Equal(7, paged.Items.Count);
        ResourceList<V1ConfigMap> even = await server.Client.ListAsync<V1ConfigMap>(ns, new ListOptions { LabelSelector = "set=even" });
        Assert.Equal(4, even.Items.Count);
        ResourceList<JsonObject> trees = await server.Client.Resource(ConfigMaps).ListAsync(ns, new ListOptions { FieldSelector = "metadata.name=m3" });
        Assert.Equal("ConfigMap", trees.Items.Single()["kind"]!.ToString());
    }

    [SkippableFact]
    public async Task A_watch_tells_what_happens_from_a_version_on()
    {
        server.Require();
        string ns = await server.NewNamespaceAsync();
        V1ConfigMap created = await server.Client.CreateAsync(NewMap(ns, "a", "x", "1"));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        var seen = new List<string>();
        Task watching = Task.Run(async () =>
        {
            await foreach (WatchEvent<V1ConfigMap> e in server.Client.WatchAsync<V1ConfigMap>(ns, new ListOptions { ResourceVersion = created.Metadata.ResourceVersion, FieldSelector = "metadata.name=a" }, limit.Token))
            {
                if (e.Type == WatchEventType.Bookmark) continue;
                seen.Add($"{e.Type} {e.Object.Data?["x"]}");
                if (e.Type == WatchEventType.Deleted) return;
            }
        });
        await server.Client.MergePatchAsync<V1ConfigMap>(ns, "a", new JsonObject { ["data"] = new JsonObject { ["x"] = "2" } });
        await server.Client.DeleteAsync<V1ConfigMap>(ns, "a");
        await watching;
        Assert.Equal(["Modified 2", "Deleted 2"], seen);
    }

    [SkippableFact]
    public async Task A_watch_can_begin_with_the_present_state()
    {
        server.Require();
        string ns = await server.NewNamespaceAsync();
        await server.Client.CreateAsync(NewMap(ns, "a", "x", "1"));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        var seen = new List<string>();
        await foreach (WatchEvent<JsonObject> e in server.Client.Resource(ConfigMaps).WatchAsync(ns, new ListOptions { SendInitialEvents = true, LabelSelector = "!kube" }, limit.Token))
        {
            seen.Add(e.Type.ToString());
            if (e.Type == WatchEventType.Bookmark)
            {
                Assert.Equal("true", e.Object["metadata"]!["annotations"]!["k8s.io/initial-events-end"]!.ToString());
                break;
            }
        }
        Assert.Contains("Added", seen);
    }

    [SkippableFact]
    public async Task Server_side_apply_owns_fields_and_names_the_other_owner_in_a_conflict()
    {
        server.Require();
        string ns = await server.NewNamespaceAsync();
        await server.Client.ApplyAsync(NewMap(ns, "a", "x", "1"), "one");
        ApiException conflict = await Assert.ThrowsAsync<ApiException>(() => server.Client.ApplyAsync(NewMap(ns, "a", "x", "2"), "two"));
        Assert.True(conflict.IsConflict);
        V1StatusCause cause = Assert.Single(conflict.Causes);
        Assert.Equal("FieldManagerConflict", cause.Reason);
        Assert.Equal(".data.x", cause.Field);
        V1ConfigMap forced = await server.Client.ApplyAsync(NewMap(ns, "a", "x", "2"), "two", force: true);
        Assert.Equal("2", forced.Data!["x"]);
        V1ConfigMap dropped = await server.Client.ApplyAsync(new V1ConfigMap { Metadata = new() { Name = "a", NamespaceProperty = ns } }, "two");
        Assert.Null(dropped.Data);
    }

    [SkippableFact]
    public async Task Status_is_written_apart_from_spec()
    {
        server.Require();
        string ns = await server.NewNamespaceAsync();
        var labels = new Dictionary<string, string> { ["app"] = "x" };
        V1StatefulSet set = await server.Client.CreateAsync(new V1StatefulSet
        {
            Metadata = new() { Name = "s", NamespaceProperty = ns },
            Spec = new V1StatefulSetSpec
            {
                Replicas = 0,
                ServiceName = "s",
                Selector = new() { MatchLabels = labels },
                Template = new() { Metadata = new V1ObjectMeta { Labels = labels }, Spec = new V1PodSpec { Containers = [new V1Container { Name = "c", Image = "i" }] } },
            },
        });
        set.Spec!.Replicas = 5;
        set.Status = new V1StatefulSetStatus { Replicas = 3, ReadyReplicas = 2, CollisionCount = 0 };
        set.Metadata.ResourceVersion = null;
        await server.Client.UpdateStatusAsync(set);
        V1StatefulSet read = await server.Client.GetAsync<V1StatefulSet>(ns, "s");
        Assert.Equal(0, read.Spec!.Replicas);
    }

    [SkippableFact]
    public async Task A_refusal_names_the_fields()
    {
        server.Require();
        string ns = await server.NewNamespaceAsync();
        ApiException invalid = await Assert.ThrowsAsync<ApiException>(() => server.Client.CreateAsync(new V1Service
        {
            Metadata = new() { Name = "s", NamespaceProperty = ns },
            Spec = new V1ServiceSpec { Ports = [new V1ServicePort { Port = 99999 }] },
        }));
        Assert.True(invalid.IsInvalid);
        Assert.Contains(invalid.Causes, cause => cause.Field == "spec.ports[0].port");
        ApiException missing = await Assert.ThrowsAsync<ApiException>(() => server.Client.GetAsync<V1ConfigMap>(ns, "none"));
        Assert.True(missing.IsNotFound);
        Assert.Contains("none", missing.Message);
    }

    private static V1ConfigMap NewMap(string ns, string name, string key, string value, params (string Name, string Value)[] labels) => new()
    {
        Metadata = new() { Name = name, NamespaceProperty = ns, Labels = labels.Length == 0 ? null : labels.ToDictionary(label => label.Name, label => label.Value) },
        Data = new Dictionary<string, string> { [key] = value },
    };
}

/// <inheritdoc/>
[Collection(nameof(KubernetesCollection))]
public sealed class ClientOnKubernetes(KubernetesApiServer server) : ClientSuite(server);

/// <inheritdoc/>
[Collection(nameof(EmbeddedCollection))]
public sealed class ClientOnEmbeddedKubernetes(EmbeddedApiServer server) : ClientSuite(server);
