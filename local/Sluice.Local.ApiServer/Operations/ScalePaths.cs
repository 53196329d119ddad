using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.CustomResources;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Resources;
using Sluice.Local.ApiServer.Schemas;
using Sluice.Local.ApiServer.Tables;

namespace Sluice.Local.ApiServer.Operations;

/// <summary>Where a kind keeps its replicas, and how it looks as an autoscaling/v1 Scale.</summary>
internal sealed class ScalePaths
{
    private readonly string _specPath;
    private readonly string _statusPath;
    private readonly string? _selectorPath;
    private readonly bool _isBuiltIn;

    private ScalePaths(string specPath, string statusPath, string? selectorPath, bool isBuiltIn)
    {
        _isBuiltIn = isBuiltIn;
        _specPath = specPath;
        _statusPath = statusPath;
        _selectorPath = selectorPath;
    }

    public Schema ScaleSchema { get; } = SchemaProvider.Instance.Named("io.k8s.api.autoscaling.v1.Scale");

    public static ScalePaths Of(ResourceInfo resource)
    {
        if (resource.Custom?.Version["subresources"].Object("scale") is { } scale)
            return new ScalePaths(scale.String("specReplicasPath")!, scale.String("statusReplicasPath")!, scale.String("labelSelectorPath"), isBuiltIn: false);
        return new ScalePaths(".spec.replicas", ".status.replicas", null, isBuiltIn: true);
    }

    public JsonObject Show(JsonObject item)
    {
        var metadata = new JsonObject();
        foreach (var key in new[] { "name", "namespace", "uid", "resourceVersion", "creationTimestamp" })
        {
            if (item.At("metadata", key) is { } value)
                metadata[key] = value.DeepClone();
        }

        var status = new JsonObject { ["replicas"] = Json.AsLong(JsonPathReader.Parse(_statusPath).First(item)) ?? 0 };
        if (SelectorOf(item) is { Length: > 0 } selector)
            status["selector"] = selector;
        var spec = new JsonObject();
        if (Json.AsLong(JsonPathReader.Parse(_specPath).First(item)) is not (null or 0) and { } replicas)
            spec["replicas"] = replicas;
        return new JsonObject { ["kind"] = "Scale", ["apiVersion"] = "autoscaling/v1", ["metadata"] = metadata, ["spec"] = spec, ["status"] = status };
    }

    public void SetReplicas(JsonObject item, long replicas)
    {
        var names = _specPath.TrimStart('.').Split('.');
        var at = item;
        foreach (var name in names[..^1])
            at = at.Ensure(name);
        at[names[^1]] = replicas;
    }

    private string? SelectorOf(JsonObject item) =>
        _isBuiltIn
            ? BuiltInCells.Selector(item.At("spec", "selector"))
            : _selectorPath is null ? null : Json.AsString(JsonPathReader.Parse(_selectorPath).First(item));
}
