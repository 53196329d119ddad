using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Schemas;

namespace Sluice.Local.ApiServer.CustomResources;

/// <summary>Reads custom resource definitions.</summary>
internal static class CustomDefinition
{
    public static bool IsEstablished(JsonObject definition) => HasCondition(definition, "Established");

    public static bool HasCondition(JsonObject definition, string type) =>
        definition["status"].Array("conditions").Objects().Any(condition => condition.String("type") == type && condition.String("status") == "True");

    /// <summary>Under which name the store keeps the objects of a definition.</summary>
    public static string StoreKindOf(JsonObject definition) =>
        $"{definition["spec"].String("group")}/{definition.At("spec", "names").String("plural")}";

    /// <summary>The schema of a version's objects, with apiVersion, kind and metadata as every object has them.</summary>
    public static Schema SchemaOf(JsonObject version)
    {
        var root = version["schema"].Object("openAPIV3Schema")?.Copy() ?? new JsonObject { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true };
        var properties = root.Ensure("properties");
        properties["apiVersion"] = new JsonObject { ["type"] = "string" };
        properties["kind"] = new JsonObject { ["type"] = "string" };
        properties["metadata"] = new JsonObject { ["$ref"] = SchemaProvider.ObjectMeta };
        return SchemaProvider.Instance.Of(root, structural: true);
    }
}
