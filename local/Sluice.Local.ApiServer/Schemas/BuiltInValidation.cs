using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;

namespace Sluice.Local.ApiServer.Schemas;

/// <summary>What the schema of a built-in kind alone can tell: fields that are required, and values that are not allowed.</summary>
internal static class BuiltInValidation
{
    public static void Validate(Schema schema, JsonObject item, List<FieldError> errors)
    {
        foreach (var (key, value) in item)
        {
            // Metadata has rules of its own, and a status is written by controllers, whose empty texts mean "unknown".
            if (key is not ("metadata" or "status") && schema.Field(key) is { } field)
                Check(field, value, key, errors);
        }

        CheckRequired(schema, item, "", errors);
    }

    private static void Check(Schema schema, JsonNode? node, string path, List<FieldError> errors)
    {
        switch (node)
        {
            case JsonObject members:
                CheckRequired(schema, members, path, errors);
                foreach (var (key, value) in members)
                {
                    if (schema.Field(key) is { } field)
                        Check(field, value, schema.IsMap ? $"{path}[{key}]" : $"{path}.{key}", errors);
                }

                break;
            case JsonArray items when schema.Items is { } itemSchema:
                for (var i = 0; i < items.Count; i++)
                    Check(itemSchema, items[i], $"{path}[{i}]", errors);
                break;
            default:
                CheckEnum(schema, node, path, errors);
                break;
        }
    }

    private static void CheckRequired(Schema schema, JsonObject members, string path, List<FieldError> errors)
    {
        foreach (var name in schema.Required)
        {
            if (members[name] is null or JsonArray { Count: 0 } || Json.AsString(members[name]) is { Length: 0 })
                errors.Add(FieldError.Required(path.Length == 0 ? name : $"{path}.{name}"));
        }
    }

    private static void CheckEnum(Schema schema, JsonNode? node, string path, List<FieldError> errors)
    {
        if (node is null || schema.Source.Array("enum") is not { } allowed || Json.AsString(node) is { Length: 0 })
            return;
        if (!allowed.Any(value => Json.Same(value, node)))
            errors.Add(FieldError.NotSupported(path, node, allowed.Strings()));
    }
}
