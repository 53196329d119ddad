using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Resources;

namespace Sluice.Local.ApiServer.Discovery;

/// <summary>The documents that tell clients what is served: one a version, or all in one.</summary>
internal static class DiscoveryDocuments
{
    public static JsonObject CoreVersions(string address)
    {
        var addresses = new JsonArray(new JsonObject { ["clientCIDR"] = "0.0.0.0/0", ["serverAddress"] = address });
        return new JsonObject { ["kind"] = "APIVersions", ["versions"] = Json.StringArray(["v1"]), ["serverAddressByClientCIDRs"] = addresses };
    }

    public static JsonObject GroupList(ResourceRegistry registry)
    {
        var groups = new JsonArray();
        foreach (var name in registry.Groups.Where(name => name.Length > 0))
        {
            var group = Group(registry, name);
            group.Remove("kind");
            group.Remove("apiVersion");
            groups.Add((JsonNode)group);
        }

        return new JsonObject { ["kind"] = "APIGroupList", ["apiVersion"] = "v1", ["groups"] = groups };
    }

    public static JsonObject Group(ResourceRegistry registry, string name)
    {
        var versions = registry.VersionsOf(name).Select(version => (JsonNode)GroupVersion(name, version)).ToArray();
        return new JsonObject
        {
            ["kind"] = "APIGroup",
            ["apiVersion"] = "v1",
            ["name"] = name,
            ["versions"] = new JsonArray(versions),
            ["preferredVersion"] = versions[0].DeepClone(),
        };
    }

    public static JsonObject ResourceList(ResourceRegistry registry, string group, string version)
    {
        var resources = new JsonArray();
        foreach (var info in registry.All.Where(info => info.Group == group && info.Version == version))
        {
            resources.Add((JsonNode)Resource(info));
            foreach (var part in info.Subresources)
                resources.Add((JsonNode)Subresource(info, part));
        }

        var groupVersion = group.Length == 0 ? version : $"{group}/{version}";
        var result = new JsonObject { ["kind"] = "APIResourceList", ["groupVersion"] = groupVersion, ["resources"] = resources };
        result["apiVersion"] = "v1";
        return result;
    }

    /// <summary>Groups with versions with resources; of the core group only, or of all others.</summary>
    public static JsonObject Aggregated(ResourceRegistry registry, bool core)
    {
        var items = new JsonArray();
        foreach (var name in registry.Groups.Where(name => name.Length == 0 == core))
        {
            var versions = new JsonArray();
            foreach (var version in registry.VersionsOf(name))
                versions.Add((JsonNode)AggregatedVersion(registry, name, version));
            var metadata = core ? new JsonObject() : new JsonObject { ["name"] = name };
            items.Add((JsonNode)new JsonObject { ["metadata"] = metadata, ["versions"] = versions });
        }

        return new JsonObject { ["kind"] = "APIGroupDiscoveryList", ["apiVersion"] = "apidiscovery.k8s.io/v2", ["metadata"] = new JsonObject(), ["items"] = items };
    }

    private static JsonObject GroupVersion(string group, string version) => new() { ["groupVersion"] = $"{group}/{version}", ["version"] = version };

    private static JsonObject Resource(ResourceInfo info)
    {
        var result = new JsonObject
        {
            ["name"] = info.Plural,
            ["singularName"] = info.Singular,
            ["namespaced"] = info.Namespaced,
            ["kind"] = info.Kind,
            ["verbs"] = Json.StringArray(info.Verbs),
        };
        AddNames(result, info);
        return result;
    }

    private static JsonObject Subresource(ResourceInfo info, SubresourceInfo part)
    {
        var result = new JsonObject { ["name"] = $"{info.Plural}/{part.Name}", ["singularName"] = "", ["namespaced"] = info.Namespaced };
        if (part.Group.Length > 0)
            (result["group"], result["version"]) = (part.Group, part.Version);
        result["kind"] = part.Kind;
        result["verbs"] = Json.StringArray(part.Verbs);
        return result;
    }

    private static JsonObject AggregatedVersion(ResourceRegistry registry, string group, string version)
    {
        var resources = new JsonArray();
        foreach (var info in registry.All.Where(info => info.Group == group && info.Version == version))
            resources.Add((JsonNode)AggregatedResource(info));
        return new JsonObject { ["version"] = version, ["resources"] = resources, ["freshness"] = "Current" };
    }

    private static JsonObject AggregatedResource(ResourceInfo info)
    {
        var result = new JsonObject
        {
            ["resource"] = info.Plural,
            ["responseKind"] = KindOf(info.Group, info.Version, info.Kind),
            ["scope"] = info.Namespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = info.Singular,
            ["verbs"] = Json.StringArray(info.Verbs),
        };
        AddNames(result, info);
        if (info.Subresources.Count == 0)
            return result;
        var parts = new JsonArray();
        foreach (var part in info.Subresources)
        {
            var kind = part.Group.Length > 0 ? KindOf(part.Group, part.Version, part.Kind) : KindOf(info.Group, info.Version, part.Kind);
            parts.Add((JsonNode)new JsonObject { ["subresource"] = part.Name, ["responseKind"] = kind, ["verbs"] = Json.StringArray(part.Verbs) });
        }

        result["subresources"] = parts;
        return result;
    }

    private static JsonObject KindOf(string group, string version, string kind) => new() { ["group"] = group, ["version"] = version, ["kind"] = kind };

    private static void AddNames(JsonObject result, ResourceInfo info)
    {
        if (info.ShortNames.Count > 0)
            result["shortNames"] = Json.StringArray(info.ShortNames);
        if (info.Categories.Count > 0)
            result["categories"] = Json.StringArray(info.Categories);
    }
}
