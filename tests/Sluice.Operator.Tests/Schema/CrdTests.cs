using System.Text.Json.Nodes;
using k8s.Models;
using Sluice.Kubernetes.Serialization;
using Sluice.Operator.Schema;

namespace Sluice.Operator.Tests.Schema;

public sealed class CrdTests
{
    public static TheoryData<Type> Kinds => [.. CrdBuilder.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_file_under_crds_is_what_the_types_make(Type kind)
    {
        string committed = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "crds", CrdBuilder.FileName(kind)));
        Assert.True(committed == CrdBuilder.Yaml(kind), $"crds/{CrdBuilder.FileName(kind)} is stale: run `dotnet run --project operator/Sluice.Operator crds crds`");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_field_has_a_description_and_every_collection_a_limit(Type kind)
    {
        V1CustomResourceDefinition definition = CrdBuilder.Build(kind);
        var faults = new List<string>();
        Walk(ApiJson.ToJsonObject(definition.Spec!.Versions[0].Schema!.OpenAPIV3Schema!), "", faults);
        Assert.Empty(faults);
    }

    [Fact]
    public void The_program_carries_the_definitions() =>
        Assert.Equal(["clusters.sluice.dev", "topics.sluice.dev"], CustomResourceDefinitions.All.Select(definition => definition["metadata"]!["name"]!.ToString()).Order());

    private static void Walk(JsonObject schema, string path, List<string> faults)
    {
        if (path.Length > 0 && path != ".metadata" && !schema.ContainsKey("description")) faults.Add($"{path} has no description");
        if (schema["type"]!.ToString() == "array" && !schema.ContainsKey("maxItems")) faults.Add($"{path} has no maxItems");
        if (schema.ContainsKey("additionalProperties") && !schema.ContainsKey("maxProperties")) faults.Add($"{path} has no maxProperties");
        foreach ((string name, JsonNode? child) in schema["properties"]?.AsObject() ?? []) Walk(child!.AsObject(), $"{path}.{name}", faults);
        if (schema["items"] is JsonObject items && items["type"]!.ToString() == "object") Walk(items, path + "[]", faults);
    }
}
