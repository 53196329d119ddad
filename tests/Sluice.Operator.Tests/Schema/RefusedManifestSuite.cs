using System.Text.Json.Nodes;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Serialization;
using Support.Kubernetes;

namespace Sluice.Operator.Tests.Schema;

/// <summary>Every bad manifest of Cases/refused-manifests.yaml is refused with an answer that names the field, by every API server.</summary>
public abstract class RefusedManifestSuite(OperatorServer server)
{
    private static readonly List<JsonObject> Entries =
        [.. KubernetesYaml.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Cases", "refused-manifests.yaml")))[0].AsArray().Select(entry => entry!.AsObject())];

    public static TheoryData<string> Names => [.. Entries.Where(entry => !entry.ContainsKey("valid")).Select(entry => entry["case"]!.ToString())];

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public async Task It_is_refused_and_the_field_is_named(string name)
    {
        server.Require();
        string ns = await server.Api.NewNamespaceAsync();
        JsonObject entry = Entries.Single(candidate => candidate["case"]!.ToString() == name);
        JsonObject manifest = Valid(entry["base"]!.ToString(), ns);
        Merge(manifest, entry["with"]!.AsObject());
        ResourceClient<JsonObject> client = server.Client.Resource(OperatorServer.TypeOf(manifest));
        var strict = new WriteOptions { FieldValidation = "Strict" };
        ApiException error;
        if (entry["then"] is JsonObject change)
        {
            JsonObject created = await client.CreateAsync(manifest, strict);
            error = await Assert.ThrowsAsync<ApiException>(() => client.MergePatchAsync(ns, created["metadata"]!["name"]!.ToString(), change, strict));
        }
        else
        {
            error = await Assert.ThrowsAsync<ApiException>(() => client.CreateAsync(manifest, strict));
        }
        Assert.True(error.IsInvalid || error.Code == System.Net.HttpStatusCode.BadRequest, error.Message);
        string field = entry["field"]!.ToString();
        Assert.True(error.Message.Contains(field, StringComparison.Ordinal) || error.Causes.Any(cause => cause.Field == field), $"{field} is not in: {error.Message}");
        if (entry["message"] is { } message) Assert.Contains(message.ToString(), error.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("Cluster")]
    [InlineData("Topic")]
    public async Task The_valid_manifest_is_taken_and_gets_its_defaults(string kind)
    {
        server.Require();
        string ns = await server.Api.NewNamespaceAsync();
        JsonObject manifest = Valid(kind, ns);
        JsonObject spec = (await server.Client.Resource(OperatorServer.TypeOf(manifest)).CreateAsync(manifest, new WriteOptions { FieldValidation = "Strict" }))["spec"]!.AsObject();
        if (kind == "Topic")
        {
            Assert.Equal("Retain", spec["reclaimPolicy"]!.ToString());
            Assert.Equal(1, spec["replicas"]!.GetValue<int>());
            return;
        }
        Assert.Equal(9404, spec["metrics"]!["port"]!.GetValue<int>());
        Assert.Equal("""[{"name":"plain","port":9092}]""", spec["listeners"]!.ToJsonString());
        Assert.Equal("""["broker","controller"]""", spec["nodePools"]![0]!["roles"]!.ToJsonString());
        Assert.False(spec["nodePools"]![0]!["storage"]!["deleteClaim"]!.GetValue<bool>());
    }

    [SkippableFact]
    public async Task What_may_change_is_taken()
    {
        server.Require();
        string ns = await server.Api.NewNamespaceAsync();
        JsonObject topic = Valid("Topic", ns);
        ResourceClient<JsonObject> topics = server.Client.Resource(OperatorServer.TypeOf(topic));
        string name = (await topics.CreateAsync(topic))["metadata"]!["name"]!.ToString();
        await topics.MergePatchAsync(ns, name, JsonNode.Parse("""{"spec":{"partitions":12,"config":{"retention.ms":"1"},"reclaimPolicy":"Delete"}}""")!.AsObject());
        JsonObject cluster = Valid("Cluster", ns);
        ResourceClient<JsonObject> clusters = server.Client.Resource(OperatorServer.TypeOf(cluster));
        name = (await clusters.CreateAsync(cluster))["metadata"]!["name"]!.ToString();
        await clusters.MergePatchAsync(ns, name, JsonNode.Parse("""{"spec":{"nodePools":[{"name":"nodes","storage":{"size":"1.5Gi","deleteClaim":true}}],"config":{"message.max.bytes":"1"}}}""")!.AsObject());
        JsonObject scale = await clusters.MergePatchAsync(ns, name, JsonNode.Parse("""{"spec":{"replicas":1}}""")!.AsObject(), new WriteOptions { Subresource = "scale" });
        Assert.Equal("Scale", scale["kind"]!.ToString());
    }

    [SkippableFact]
    public async Task To_scale_a_topic_is_refused_with_words_that_help()
    {
        server.Require();
        string ns = await server.Api.NewNamespaceAsync();
        JsonObject topic = Valid("Topic", ns);
        ResourceClient<JsonObject> topics = server.Client.Resource(OperatorServer.TypeOf(topic));
        string name = (await topics.CreateAsync(topic))["metadata"]!["name"]!.ToString();
        ApiException refused = await Assert.ThrowsAsync<ApiException>(() =>
            topics.MergePatchAsync(ns, name, JsonNode.Parse("""{"spec":{"replicas":6}}""")!.AsObject(), new WriteOptions { Subresource = "scale" }));
        Assert.True(refused.IsInvalid, refused.Message);
        Assert.Contains("replicas must be 1", refused.Message);
        Assert.Contains("for more partitions change spec.partitions", refused.Message);
    }

    private static JsonObject Valid(string kind, string ns)
    {
        JsonObject manifest = Entries.Single(entry => entry["case"]!.ToString() == kind && entry.ContainsKey("valid"))["valid"]!.DeepClone().AsObject();
        manifest["metadata"]!["namespace"] = ns;
        return manifest;
    }

    /// <summary>RFC 7396.</summary>
    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach ((string name, JsonNode? value) in patch)
        {
            if (value is null) target.Remove(name);
            else if (value is JsonObject child && target[name] is JsonObject existing) Merge(existing, child);
            else target[name] = value.DeepClone();
        }
    }
}

/// <inheritdoc/>
[Collection(nameof(KubernetesCollection))]
public sealed class RefusedManifestOnKubernetes(OperatorServer<KubernetesApiServer> server) : RefusedManifestSuite(server);

/// <inheritdoc/>
[Collection(nameof(EmbeddedCollection))]
public sealed class RefusedManifestOnEmbeddedKubernetes(OperatorServer<EmbeddedApiServer> server) : RefusedManifestSuite(server);
