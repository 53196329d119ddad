using System.Text.Json.Nodes;
using Sluice.Kubernetes.Models;
using Sluice.Testing;

namespace Sluice.Kubernetes.Tests.Server;

/// <summary>The client's requests, and the answers to them, on every API server.</summary>
public abstract class ClientSuite(ApiServer server)
{
    private static readonly ResourceType ConfigMaps = ResourceType.Of<ConfigMap>();

    [SkippableFact]
    public async Task An_object_is_created_read_replaced_and_deleted()
    {
        server.Require();
        string ns = await server.NewNamespaceAsync();
        ConfigMap created = await server.Client.CreateAsync(NewMap(ns, "a", "x", "1"));
        Assert.NotNull(created.Metadata.Uid);
        created.Data!["x"] = "2";
        await server.Client.UpdateAsync(created);
        ConfigMap read = await server.Client.GetAsync<ConfigMap>(ns, "a");
        Assert.Equal("2", read.Data!["x"]);

        ApiException stale = await Assert.ThrowsAsync<ApiException>(() => server.Client.UpdateAsync(created));
        Assert.True(stale.IsConflict);
        ApiException twice = await Assert.ThrowsAsync<ApiException>(() => server.Client.CreateAsync(NewMap(ns, "a", "x", "1")));
        Assert.True(twice.IsAlreadyExists);
        ApiException other = await Assert.ThrowsAsync<ApiException>(() => server.Client.DeleteAsync<ConfigMap>(
            ns, "a", new DeleteOptions { Preconditions = new DeletePreconditions { Uid = Guid.NewGuid().ToString() } }));
        Assert.True(other.IsConflict);

        Assert.True(await server.Client.TryDeleteAsync<ConfigMap>(ns, "a"));
        Assert.False(await server.Client.TryDeleteAsync<ConfigMap>(ns, "a"));
        Assert.Null(await server.Client.TryGetAsync<ConfigMap>(ns, "a"));
    }

    [SkippableFact]
    public async Task A_list_is_read_in_pages()
    {
        server.Require();
        string ns = await server.NewNamespaceAsync();
        for (int i = 0; i < 7; i++) await server.Client.CreateAsync(NewMap(ns, $"m{i}", "i", i.ToString(), ("set", i % 2 == 0 ? "even" : "odd")));
        ResourceList<ConfigMap> paged = await server.Client.ListAsync<ConfigMap>(ns, new ListOptions { Limit = 3, LabelSelector = "set" });
        Assert.Equal(7, paged.Items.Count);
        ResourceList<ConfigMap> even = await server.Client.ListAsync<ConfigMap>(ns, new ListOptions { LabelSelector = "set=even" });
        Assert.Equal(4, even.Items.Count);
        ResourceList<JsonObject> trees = await server.Client.Resource(ConfigMaps).ListAsync(ns, new ListOptions { FieldSelector = "metadata.name=m3" });
        Assert.Equal("ConfigMap", trees.Items.Single()["kind"]!.ToString());
    }

    [SkippableFact]
    public async Task A_watch_tells_what_happens_from_a_version_on()
    {
        server.Require();
        string ns = await server.NewNamespaceAsync();
        ConfigMap created = await server.Client.CreateAsync(NewMap(ns, "a", "x", "1"));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        var seen = new List<string>();
        Task watching = Task.Run(async () =>
        {
            await foreach (WatchEvent<ConfigMap> e in server.Client.WatchAsync<ConfigMap>(ns, new ListOptions { ResourceVersion = created.Metadata.ResourceVersion, FieldSelector = "metadata.name=a" }, limit.Token))
            {
                if (e.Type == WatchEventType.Bookmark) continue;
                seen.Add($"{e.Type} {e.Object.Data?["x"]}");
                if (e.Type == WatchEventType.Deleted) return;
            }
        });
        await server.Client.MergePatchAsync<ConfigMap>(ns, "a", new JsonObject { ["data"] = new JsonObject { ["x"] = "2" } });
        await server.Client.DeleteAsync<ConfigMap>(ns, "a");
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
        StatusCause cause = Assert.Single(conflict.Causes);
        Assert.Equal("FieldManagerConflict", cause.Reason);
        Assert.Equal(".data.x", cause.Field);
        ConfigMap forced = await server.Client.ApplyAsync(NewMap(ns, "a", "x", "2"), "two", force: true);
        Assert.Equal("2", forced.Data!["x"]);
        ConfigMap dropped = await server.Client.ApplyAsync(new ConfigMap { Metadata = { Name = "a", Namespace = ns } }, "two");
        Assert.Null(dropped.Data);
    }

    [SkippableFact]
    public async Task Status_is_written_apart_from_spec()
    {
        server.Require();
        string ns = await server.NewNamespaceAsync();
        var labels = new Dictionary<string, string> { ["app"] = "x" };
        StatefulSet set = await server.Client.CreateAsync(new StatefulSet
        {
            Metadata = { Name = "s", Namespace = ns },
            Spec = new StatefulSetSpec
            {
                Replicas = 0,
                ServiceName = "s",
                Selector = { MatchLabels = labels },
                Template = { Metadata = new ObjectMeta { Labels = labels }, Spec = new PodSpec { Containers = [new Container { Name = "c", Image = "i" }] } },
            },
        });
        set.Spec!.Replicas = 5;
        set.Status = new StatefulSetStatus { Replicas = 3, ReadyReplicas = 2, CollisionCount = 0 };
        set.Metadata.ResourceVersion = null;
        await server.Client.UpdateStatusAsync(set);
        StatefulSet read = await server.Client.GetAsync<StatefulSet>(ns, "s");
        Assert.Equal(0, read.Spec!.Replicas);
    }

    [SkippableFact]
    public async Task A_refusal_names_the_fields()
    {
        server.Require();
        string ns = await server.NewNamespaceAsync();
        ApiException invalid = await Assert.ThrowsAsync<ApiException>(() => server.Client.CreateAsync(new Service
        {
            Metadata = { Name = "s", Namespace = ns },
            Spec = new ServiceSpec { Ports = [new ServicePort { Port = 99999 }] },
        }));
        Assert.True(invalid.IsInvalid);
        Assert.Contains(invalid.Causes, cause => cause.Field == "spec.ports[0].port");
        ApiException missing = await Assert.ThrowsAsync<ApiException>(() => server.Client.GetAsync<ConfigMap>(ns, "none"));
        Assert.True(missing.IsNotFound);
        Assert.Contains("none", missing.Message);
    }

    private static ConfigMap NewMap(string ns, string name, string key, string value, params (string Name, string Value)[] labels) => new()
    {
        Metadata = { Name = name, Namespace = ns, Labels = labels.Length == 0 ? null : labels.ToDictionary(label => label.Name, label => label.Value) },
        Data = new Dictionary<string, string> { [key] = value },
    };
}

/// <inheritdoc/>
[Collection(nameof(KubernetesCollection))]
public sealed class ClientOnKubernetes(KubernetesApiServer server) : ClientSuite(server);

/// <inheritdoc/>
[Collection(nameof(EmbeddedCollection))]
public sealed class ClientOnEmbeddedKubernetes(EmbeddedApiServer server) : ClientSuite(server);
