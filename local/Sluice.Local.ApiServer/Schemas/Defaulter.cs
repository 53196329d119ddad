using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;

namespace Sluice.Local.ApiServer.Schemas;

/// <summary>Puts the schema's defaults where a field is missing, from the outside in.</summary>
internal static class Defaulter
{
    public static void Default(Schema schema, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                DefaultMembers(schema, members);
                break;
            case JsonArray items when schema.Items is { } itemSchema:
                foreach (var item in items)
                    Default(itemSchema, item);
                break;
        }
    }

    private static void DefaultMembers(Schema schema, JsonObject members)
    {
        foreach (var (key, field) in schema.Properties)
        {
            if (field.Default is not { } value)
                continue;
            var present = members.TryGetPropertyValue(key, out var current);
            // A null that the schema does not allow is dropped where a default stands ready.
            if (!present || (current is null && !field.Nullable))
                members[key] = value.DeepClone();
        }

        // A null where none is allowed and nothing stands ready is as good as nothing.
        foreach (var key in members.Where(pair => pair.Value is null && schema.IsStructural && schema.Properties.TryGetValue(pair.Key, out var field) && !field.Nullable).Select(pair => pair.Key).ToList())
            members.Remove(key);
        foreach (var key in schema.Structs)
            members.Default(key, new JsonObject());
        foreach (var (key, value) in members)
        {
            if (value is not null && schema.Field(key) is { } field)
                Default(field, value);
        }
    }
}
