using System.Text.Json.Nodes;

namespace Sluice.Local.ApiServer.Schemas;

/// <summary>
/// A built-in kind has one way to say "nothing": the real server reads it into a structure, and writes neither nulls nor empty
/// optional lists and maps back.
/// </summary>
internal static class Normalizer
{
    public static void Normalize(Schema schema, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members when !schema.IsOpaque:
                NormalizeMembers(schema, members);
                break;
            case JsonArray items when schema.Items is { } itemSchema:
                foreach (var item in items)
                    Normalize(itemSchema, item);
                break;
        }
    }

    private static void NormalizeMembers(Schema schema, JsonObject members)
    {
        List<string>? gone = null;
        foreach (var (key, value) in members)
        {
            if (value is null || (schema.Field(key) is { } field && IsEmpty(schema, key, field, value)))
                (gone ??= []).Add(key);
            else if (schema.Field(key) is { } child)
                Normalize(child, value);
        }

        foreach (var key in gone ?? [])
            members.Remove(key);
    }

    private static bool IsEmpty(Schema parent, string key, Schema field, JsonNode value)
    {
        if (parent.IsMap || parent.Required.Contains(key))
            return false;
        return value is JsonArray { Count: 0 } && field.Type == SchemaType.Array || value is JsonObject { Count: 0 } && field.IsMap;
    }
}
