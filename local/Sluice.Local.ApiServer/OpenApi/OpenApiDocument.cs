using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Resources;
using Sluice.Local.ApiServer.Schemas;

namespace Sluice.Local.ApiServer.OpenApi;

/// <summary>The OpenAPI v3 document of one version of one group.</summary>
internal sealed class OpenApiDocument(string group, string version, IReadOnlyList<ResourceInfo> resources)
{
    private const string Reference = "#/components/schemas/";
    private const string ConfigMap = "io.k8s.api.core.v1.ConfigMap"; // any kind says the same of its kind, version and metadata
    private const string MetaPrefix = "io.k8s.apimachinery.pkg.apis.meta.v1.";

    private readonly JsonObject _schemas = [];
    private readonly Queue<string> _wanted = new();

    public JsonObject Build()
    {
        var paths = new JsonObject();
        foreach (var info in resources)
        {
            var name = info.Custom is null ? SchemaProvider.Instance.NameOf(group, version, info.Kind)! : AddCustom(info);
            Want(name);
            if (info.Custom is null && SchemaProvider.Instance.NameOf(group, version, info.ListKind) is { } list)
                Want(list);
            new OpenApiPaths(info, name).AddTo(paths);
        }

        foreach (var shared in new[] { "DeleteOptions", "Status", "Patch" })
            Want(MetaPrefix + shared);
        while (_wanted.TryDequeue(out var name))
        {
            if (!_schemas.ContainsKey(name))
                _schemas[name] = Rewrite(Described(name), inline: true);
        }

        return new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Sluice local control plane", ["version"] = "v1.36" },
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = _schemas },
        };
    }

    private static JsonObject Described(string name)
    {
        var schema = SchemaProvider.Instance.Source(name);
        SchemaDescriptions.AddTo(schema, name);
        return schema;
    }

    private void Want(string name)
    {
        if (!_schemas.ContainsKey(name))
            _wanted.Enqueue(name);
    }

    /// <summary>Names a custom schema as the real server does: the group's parts reversed, the version, the kind.</summary>
    private string AddCustom(ResourceInfo info)
    {
        var name = $"{string.Join('.', group.Split('.').Reverse())}.{version}.{info.Kind}";
        var source = info.Schema.Source.Copy();
        var properties = source.Ensure("properties");
        foreach (var field in new[] { "apiVersion", "kind" })
            properties[field] = new JsonObject { ["type"] = "string", ["description"] = SchemaDescriptions.Of(ConfigMap, field) };
        properties.Ensure("metadata")["description"] = SchemaDescriptions.Of(ConfigMap, "metadata");
        _schemas[name] = Rewrite(source, inline: true);
        _schemas[name]!.AsObject()["x-kubernetes-group-version-kind"] = KindList(info.Kind);
        _schemas[name + "List"] = new JsonObject
        {
            ["type"] = "object",
            ["required"] = Json.StringArray(["items"]),
            ["properties"] = new JsonObject
            {
                ["apiVersion"] = new JsonObject { ["type"] = "string" },
                ["kind"] = new JsonObject { ["type"] = "string" },
                ["metadata"] = ReferenceTo(MetaPrefix + "ListMeta"),
                ["items"] = new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["$ref"] = Reference + name } },
            },
            ["x-kubernetes-group-version-kind"] = KindList(info.ListKind),
        };
        return name;
    }

    private JsonArray KindList(string kind) => new(new JsonObject { ["group"] = group, ["kind"] = kind, ["version"] = version });

    private JsonObject ReferenceTo(string name)
    {
        Want(name);
        return new JsonObject { ["allOf"] = new JsonArray(new JsonObject { ["$ref"] = Reference + name }) };
    }

    /// <summary>Copies a schema, its references made absolute within the document.</summary>
    private JsonNode? Rewrite(JsonNode? node, bool inline)
    {
        switch (node)
        {
            case JsonObject source when inline && source.String("$ref") is { } name && SchemaProvider.Instance.Knows(name):
                var reference = ReferenceTo(name);
                foreach (var (key, value) in source.Where(pair => pair.Key != "$ref"))
                    reference[key] = value.CopyOrNull();
                return reference;
            case JsonObject source:
                var result = new JsonObject();
                foreach (var (key, value) in source.Where(pair => !pair.Key.StartsWith("x-sluice", StringComparison.Ordinal)))
                    result[key] = Rewrite(value, inline: key is not ("default" or "enum" or "example"));
                return result;
            case JsonArray items:
                return new JsonArray([.. items.Select(item => Rewrite(item, inline))]);
            default:
                return node.CopyOrNull();
        }
    }
}
