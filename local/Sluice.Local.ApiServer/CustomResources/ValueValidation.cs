using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Schemas;

namespace Sluice.Local.ApiServer.CustomResources;

/// <summary>Checks an object against the constraints of a custom schema, in the words of the real server.</summary>
internal static class ValueValidation
{
    /// <summary>The place of an error that belongs to no field.</summary>
    public const string NoField = "<nil>";

    public static void Validate(Schema schema, JsonObject item, List<FieldError> errors)
    {
        foreach (var (name, field) in schema.Properties)
        {
            // Metadata is checked for all kinds in one way.
            if (name is not ("apiVersion" or "kind" or "metadata") && item.TryGetPropertyValue(name, out var value))
                Check(field, value, name, errors);
        }

        CheckRequired(schema.Source, item, "", errors);
        CheckLogic(schema.Source, item, "", errors);
    }

    public static void Check(Schema schema, JsonNode? node, string path, List<FieldError> errors)
    {
        if (node is null)
        {
            if (!schema.Nullable && (schema.Type != SchemaType.Any || schema.IntOrString))
                errors.Add(TypeError(schema, "null", path));
            return;
        }

        if (!TypeMatches(schema, node))
        {
            errors.Add(TypeError(schema, JsonType(node), path));
            return;
        }

        CheckConstraints(schema.Source, node, path, errors);
        switch (node)
        {
            case JsonObject members:
                CheckMembers(schema, members, path, errors);
                break;
            case JsonArray items when schema.Items is { } itemSchema:
                for (var i = 0; i < items.Count; i++)
                    Check(itemSchema, items[i], $"{path}[{i}]", errors);
                CheckUnique(schema, items, path, errors);
                break;
        }
    }

    private static void CheckMembers(Schema schema, JsonObject members, string path, List<FieldError> errors)
    {
        if (schema.EmbeddedResource)
        {
            foreach (var name in new[] { "apiVersion", "kind" })
            {
                if (members.String(name) is not { Length: > 0 })
                    errors.Add(FieldError.Required($"{path}.{name}"));
            }
        }

        foreach (var (key, value) in members)
        {
            if (schema.EmbeddedResource && key == "metadata")
                continue;
            if (schema.Field(key) is { } field)
                Check(field, value, $"{path}.{key}", errors);
        }
    }

    /// <summary>The constraints that need no structure, which those below allOf, anyOf, oneOf and not may state as well.</summary>
    private static void CheckConstraints(JsonObject schema, JsonNode node, string path, List<FieldError> errors)
    {
        if (schema.Array("enum") is { } allowed && !allowed.Any(value => Json.Same(value, node)))
            errors.Add(FieldError.NotSupported(path, node, allowed.Select(value => Json.AsString(value) ?? Json.ToText(value))));
        switch (node)
        {
            case JsonObject members:
                CheckCount(schema, "Properties", members.Count, "properties", path, errors);
                CheckRequired(schema, members, path, errors);
                break;
            case JsonArray items:
                CheckCount(schema, "Items", items.Count, "items", path, errors);
                break;
            case JsonValue when Json.AsString(node) is { } text:
                CheckText(schema, text, path, errors);
                break;
            case JsonValue when Json.AsDouble(node) is { } number:
                CheckNumber(schema, node, number, path, errors);
                break;
        }

        CheckLogic(schema, node, path, errors);
    }

    private static void CheckCount(JsonObject schema, string what, int count, string noun, string path, List<FieldError> errors)
    {
        if (schema.Long("min" + what) is { } least && count < least)
            errors.Add(FieldError.Invalid(path, JsonValue.Create(count), $"{path} in body should have at least {least} {noun}"));
        if (schema.Long("max" + what) is { } most && count > most)
            errors.Add(FieldError.TooMany(path, count, most));
    }

    private static void CheckRequired(JsonObject schema, JsonObject members, string path, List<FieldError> errors)
    {
        foreach (var name in schema.Array("required").Strings())
        {
            if (!members.ContainsKey(name))
                errors.Add(FieldError.Required(path.Length == 0 ? name : $"{path}.{name}"));
        }
    }

    private static void CheckText(JsonObject schema, string text, string path, List<FieldError> errors)
    {
        long length = text.EnumerateRunes().Count();
        if (schema.Long("minLength") is { } least && length < least)
            errors.Add(FieldError.Invalid(path, text, $"{path} in body should be at least {least} chars long"));
        if (schema.Long("maxLength") is { } most && length > most)
            errors.Add(FieldError.TooLong(path, $"may not be more than {most} bytes"));
        if (schema.String("pattern") is { } pattern && !GoRegex.Compile(pattern).IsMatch(text))
            errors.Add(FieldError.Invalid(path, text, $"{path} in body should match '{pattern}'"));
        if (schema.String("format") is { } format && !Formats.Matches(format, text))
            errors.Add(FieldError.Other("FieldValueInvalid", path, $"Invalid value: {FieldError.Quote(text)}: {path} in body must be of type {format}: {FieldError.Quote(text)}") with { Blocks = true });
    }

    private static void CheckNumber(JsonObject schema, JsonNode node, double number, string path, List<FieldError> errors)
    {
        if (schema["minimum"] is { } least && Json.AsDouble(least) is { } low)
        {
            var exclusive = schema.Bool("exclusiveMinimum") == true;
            if (exclusive ? number <= low : number < low)
                errors.Add(FieldError.Invalid(path, node, $"{path} in body should be greater than {(exclusive ? "" : "or equal to ")}{FieldError.Show(least)}"));
        }

        if (schema["maximum"] is { } most && Json.AsDouble(most) is { } high)
        {
            var exclusive = schema.Bool("exclusiveMaximum") == true;
            if (exclusive ? number >= high : number > high)
                errors.Add(FieldError.Invalid(path, node, $"{path} in body should be less than {(exclusive ? "" : "or equal to ")}{FieldError.Show(most)}"));
        }

        if (schema["multipleOf"] is { } multiple && Json.AsDouble(multiple) is { } factor && Math.Abs(Math.IEEERemainder(number, factor)) > 1e-9)
            errors.Add(FieldError.Invalid(path, node, $"{path} in body should be a multiple of {FieldError.Show(multiple)}"));
        var tooBig = schema.String("format") == "int32" && number is < int.MinValue or > int.MaxValue && schema.String("format") == "int32";
        if (tooBig)
            errors.Add(FieldError.Invalid(NoField, "", $"Checked value must be of type integer with format int32 in {path}"));
    }

    private static void CheckLogic(JsonObject schema, JsonNode node, string path, List<FieldError> errors)
    {
        foreach (var part in schema.Array("allOf").Objects())
            CheckAll(part, node, path, errors);
        if (schema.Array("anyOf") is { } any && Best(any, node, path, out _) is { } nearest)
        {
            errors.Add(FieldError.Invalid(NoField, "", $"{FieldError.Quote(path)} must validate at least one schema (anyOf)"));
            errors.AddRange(nearest);
        }

        if (schema.Array("oneOf") is { } one)
        {
            var failed = Best(one, node, path, out var valid);
            if (valid != 1)
            {
                var found = valid == 0 ? "Found none valid" : $"Found {valid} valid alternatives";
                errors.Add(FieldError.Invalid(NoField, "", $"{FieldError.Quote(path)} must validate one and only one schema (oneOf). {found}"));
                errors.AddRange(failed ?? []);
            }
        }

        if (schema.Object("not") is { } not)
        {
            var inner = new List<FieldError>();
            CheckAll(not, node, path, inner);
            if (inner.Count == 0)
                errors.Add(FieldError.Invalid(NoField, "", $"{FieldError.Quote(path)} must not validate the schema (not)"));
        }
    }

    /// <summary>The errors of the first alternative when none is valid; null when one is.</summary>
    private static List<FieldError>? Best(JsonArray alternatives, JsonNode node, string path, out int valid)
    {
        valid = 0;
        List<FieldError>? first = null;
        foreach (var alternative in alternatives.Objects())
        {
            var inner = new List<FieldError>();
            CheckAll(alternative, node, path, inner);
            if (inner.Count == 0)
                valid++;
            first ??= inner;
        }

        return valid > 0 ? null : first;
    }

    /// <summary>Checks a partial schema, which states constraints but no structure of its own.</summary>
    private static void CheckAll(JsonObject schema, JsonNode node, string path, List<FieldError> errors)
    {
        if (schema.String("type") is { } type && JsonType(node) != type && !(type == "number" && JsonType(node) == "integer"))
        {
            errors.Add(FieldError.Other("FieldValueTypeInvalid", path, $"Invalid value: \"{JsonType(node)}\": {path} in body must be of type {type}: \"{JsonType(node)}\""));
            return;
        }

        CheckConstraints(schema, node, path, errors);
        if (node is JsonObject members)
        {
            foreach (var (name, field) in schema.Object("properties") ?? [])
            {
                if (field is JsonObject part && members[name] is { } value)
                    CheckAll(part, value, path.Length == 0 ? name : $"{path}.{name}", errors);
            }

            if (schema["additionalProperties"] is JsonObject values)
            {
                foreach (var (name, value) in members.Where(pair => pair.Value is not null))
                    CheckAll(values, value!, $"{path}.{name}", errors);
            }
        }
        else if (node is JsonArray items && schema["items"] is JsonObject item)
        {
            for (var i = 0; i < items.Count; i++)
            {
                if (items[i] is { } value)
                    CheckAll(item, value, $"{path}[{i}]", errors);
            }
        }
    }

    private static void CheckUnique(Schema schema, JsonArray items, string path, List<FieldError> errors)
    {
        if (schema.ListKind == ListKind.Atomic)
            return;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < items.Count; i++)
        {
            JsonNode? identity = items[i];
            if (schema.ListKind == ListKind.Map)
                identity = new JsonObject(schema.MapKeys.Where(key => (items[i] as JsonObject)?[key] is not null).Select(key => KeyValuePair.Create(key, items[i]![key].CopyOrNull())));
            if (!seen.Add(Json.ToText(identity)))
                errors.Add(FieldError.Duplicate($"{path}[{i}]", identity));
        }
    }

    private static FieldError TypeError(Schema schema, string actual, string path)
    {
        var wanted = schema.IntOrString ? "integer,string" : schema.Source.String("type") ?? "object";
        return FieldError.Other("FieldValueTypeInvalid", path, $"Invalid value: \"{actual}\": {path} in body must be of type {wanted}: \"{actual}\"");
    }

    private static bool TypeMatches(Schema schema, JsonNode node) => schema.Type switch
    {
        SchemaType.Object => node is JsonObject,
        SchemaType.Array => node is JsonArray,
        SchemaType.String => node.GetValueKind() == JsonValueKind.String,
        SchemaType.Boolean => node.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        SchemaType.Integer => node.GetValueKind() == JsonValueKind.Number && Json.AsLong(node) is not null,
        SchemaType.Number => node.GetValueKind() == JsonValueKind.Number,
        _ => !schema.IntOrString || node.GetValueKind() == JsonValueKind.String || (node.GetValueKind() == JsonValueKind.Number && Json.AsLong(node) is not null),
    };

    private static string JsonType(JsonNode node) => node.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => Json.AsLong(node) is null ? "number" : "integer",
        _ => "boolean",
    };
}
