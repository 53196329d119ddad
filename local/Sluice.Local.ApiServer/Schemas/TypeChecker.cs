using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;

namespace Sluice.Local.ApiServer.Schemas;

/// <summary>A value of the wrong type.</summary>
/// <param name="Message">In the words of the decoder of whole objects.</param>
/// <param name="Conversion">In the words of the decoder of patched objects.</param>
internal sealed record TypeProblem(string Message, string Conversion);

/// <summary>Finds values whose JSON type is not the one of a built-in field, in the words of the real server's decoder.</summary>
internal static class TypeChecker
{
    /// <summary>The first problem, or null.</summary>
    /// <param name="schema">What the value should be.</param>
    /// <param name="node">The value.</param>
    /// <param name="owner">The type that has the field; types with a name take its place on the way down.</param>
    /// <param name="path">The field's path from the object on, with a dot before each name.</param>
    public static TypeProblem? Check(Schema schema, JsonNode? node, string owner, string path = "")
    {
        if (node is null || schema.Type == SchemaType.Any)
            return CheckAny(schema, node, owner + path);
        if (!Matches(schema, node))
            return new TypeProblem($"json: cannot unmarshal {Describe(node)} into Go struct field {owner}{path} of type {GoType(schema)}", Conversion(schema, node));
        if (schema.Format == "date-time" && TimeProblem(Json.AsString(node)!) is { } problem)
            return new TypeProblem(problem, problem);
        return node switch
        {
            JsonObject members => members.Select(pair => CheckMember(schema, pair.Key, pair.Value, owner, path)).FirstOrDefault(found => found is not null),
            JsonArray items when schema.Items is { } item => items.Select(value => Check(item, value, owner, path)).FirstOrDefault(found => found is not null),
            _ => null,
        };
    }

    private static TypeProblem? CheckMember(Schema schema, string key, JsonNode? value, string owner, string path)
    {
        if (schema.Field(key) is not { } field)
            return null;
        var type = schema.Name is { } name ? name[(name.LastIndexOf('.') + 1)..] : owner;
        return Check(field, value, type, schema.IsMap ? path : $"{path}.{key}");
    }

    private static string Conversion(Schema schema, JsonNode node)
    {
        var kind = node switch
        {
            JsonObject => "map",
            JsonArray => "slice",
            _ => node.GetValueKind() switch { JsonValueKind.String => "string", JsonValueKind.Number => Json.AsLong(node) is null ? "float64" : "int64", _ => "bool" },
        };
        return schema.Type switch
        {
            SchemaType.Array => $"cannot restore slice from {kind}",
            SchemaType.Object => schema.IsMap ? $"cannot restore map from {kind}" : $"cannot restore struct from: {kind}",
            _ => $"unrecognized type: {GoType(schema)}",
        };
    }

    private static TypeProblem? CheckAny(Schema schema, JsonNode? node, string path)
    {
        if (node is null || !schema.IntOrString && schema.Source["oneOf"] is null)
            return null;
        var kind = node.GetValueKind();
        if (kind is JsonValueKind.String or JsonValueKind.Number)
            return null;
        var message = $"json: cannot unmarshal {Describe(node)} into Go struct field {path} of type {(schema.IntOrString ? "intstr.IntOrString" : "resource.Quantity")}";
        return new TypeProblem(message, message);
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
