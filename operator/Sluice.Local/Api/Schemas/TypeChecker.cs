using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Local.Api.Documents;

namespace Sluice.Local.Api.Schemas;

/// <summary>Finds values whose JSON type is not the one of a built-in field, in the words of the real server's decoder.</summary>
internal static class TypeChecker
{
    /// <summary>The first problem, or null.</summary>
    public static string? Check(Schema schema, JsonNode? node, string path)
    {
        if (node is null || schema.Type == SchemaType.Any)
            return CheckAny(schema, node, path);
        if (!Matches(schema, node))
            return $"json: cannot unmarshal {Describe(node)} into Go struct field {path} of type {GoType(schema)}";
        if (schema.Format == "date-time" && TimeProblem(Json.AsString(node)!) is { } problem)
            return problem;
        return node switch
        {
            JsonObject members => members.Select(pair => schema.Field(pair.Key) is { } field ? Check(field, pair.Value, schema.IsMap ? path : $"{path}.{pair.Key}") : null).FirstOrDefault(text => text is not null),
            JsonArray items when schema.Items is { } item => items.Select(value => Check(item, value, path)).FirstOrDefault(text => text is not null),
            _ => null,
        };
    }

    private static string? CheckAny(Schema schema, JsonNode? node, string path)
    {
        if (node is null || !schema.IntOrString && schema.Source["oneOf"] is null)
            return null;
        var kind = node.GetValueKind();
        return kind is JsonValueKind.String or JsonValueKind.Number
            ? null
            : $"json: cannot unmarshal {Describe(node)} into Go struct field {path} of type {(schema.IntOrString ? "intstr.IntOrString" : "resource.Quantity")}";
    }

    private static bool Matches(Schema schema, JsonNode node) => schema.Type switch
    {
        SchemaType.Object => node is JsonObject,
        SchemaType.Array => node is JsonArray,
        SchemaType.String => node.GetValueKind() == JsonValueKind.String,
        SchemaType.Boolean => node.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        SchemaType.Integer => node.GetValueKind() == JsonValueKind.Number && Json.AsLong(node) is { } number && InRange(schema, number),
        _ => node.GetValueKind() == JsonValueKind.Number,
    };

    private static bool InRange(Schema schema, long number) => schema.Format != "int32" || number is >= int.MinValue and <= int.MaxValue;

    private static string? TimeProblem(string text) =>
        DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out _)
            ? null
            : $"parsing time \"{text}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"{text}\" as \"2006\"";

    private static string Describe(JsonNode node) => node.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => Json.AsLong(node) is null ? "number " + Json.ToText(node) : "number",
        _ => "bool",
    };

    private static string GoType(Schema schema) => schema.Type switch
    {
        SchemaType.String => "string",
        SchemaType.Boolean => "bool",
        SchemaType.Integer => schema.Format ?? "int64",
        SchemaType.Number => "float64",
        SchemaType.Array => "[]" + (schema.Items is { } item ? GoType(item) : "interface {}"),
        _ => schema.IsMap ? "map[string]" + GoType(schema.AdditionalProperties!) : "struct",
    };
}
