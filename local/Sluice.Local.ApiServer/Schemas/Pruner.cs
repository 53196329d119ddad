using System.Text.Json.Nodes;

namespace Sluice.Local.ApiServer.Schemas;

/// <summary>Takes out fields that a schema does not know, and tells their paths.</summary>
internal static class Pruner
{
    /// <summary>Prunes in place.</summary>
    /// <param name="schema">What is known.</param>
    /// <param name="node">The document or a part of it.</param>
    /// <param name="isRoot">The document's own apiVersion, kind and metadata are always known.</param>
    /// <param name="unknown">Gets the paths of what was removed.</param>
    public static void Prune(Schema schema, JsonNode? node, bool isRoot, List<string> unknown) => Prune(schema, node, isRoot, "", unknown);

    private static void Prune(Schema schema, JsonNode? node, bool isObject, string path, List<string> unknown)
    {
        switch (node)
        {
            case JsonObject members:
                PruneMembers(schema, members, isObject, path, unknown);
                break;
            case JsonArray items when schema.Items is { } itemSchema:
                for (var i = 0; i < items.Count; i++)
                    Prune(itemSchema, items[i], itemSchema.EmbeddedResource, $"{path}[{i}]", unknown);
                break;
        }
    }

    private static void PruneMembers(Schema schema, JsonObject members, bool isObject, string path, List<string> unknown)
    {
        // In a custom schema "type: object" alone knows no field at all; in a built-in one it stands for anything.
        if (schema.IsOpaque && !schema.IsStructural)
            return;
        List<string>? gone = null;
        foreach (var (key, value) in members)
        {
            var child = path.Length == 0 ? key : $"{path}.{key}";
            if (schema.Field(key) is { } field)
                Prune(field, value, field.EmbeddedResource, child, unknown);
            else if (!schema.PreserveUnknown && !(isObject && key is "apiVersion" or "kind" or "metadata"))
                (gone ??= []).Add(key);
        }

        foreach (var key in gone ?? [])
        {
            members.Remove(key);
            unknown.Add(path.Length == 0 ? key : $"{path}.{key}");
        }
    }
}
