using System.Text.Json.Nodes;
using Sluice.Local.Api.Documents;

namespace Sluice.Local.Api.Schemas;

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

        foreach (var key in schema.Structs)
            members.Default(key, new JsonObject());
        foreach (var (key, value) in members)
        {
            if (value is not null && schema.Field(key) is { } field)
                Default(field, value);
        }
    }
}
