using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Schemas;

namespace Sluice.Local.ApiServer.CustomResources;

/// <summary>
/// Checks that a schema is structural: that it says for each place which fields there are, and only there; then that its
/// defaults fit it and its rules compile.
/// </summary>
internal sealed class StructuralValidation(List<string> warnings, List<FieldError> errors)
{
    private static readonly string[] Types = ["array", "boolean", "integer", "number", "object", "string"];

    /// <summary>What must not stand below allOf, anyOf, oneOf and not.</summary>
    private static readonly string[] StructureOnly =
    [
        "type", "default", "additionalProperties", "nullable", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string",
        "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type", "x-kubernetes-validations", "title", "description",
    ];

    public void CheckRoot(JsonObject schema, string path)
    {
        if (schema.String("type") is not "object" and var type)
            errors.Add(type is { Length: > 0 } ? FieldError.Invalid($"{path}.type", type, "must be object at the root") : FieldError.Required($"{path}.type", "must not be empty at the root"));
        if (schema.Bool("nullable") == true)
            errors.Add(FieldError.Forbidden($"{path}.nullable", "nullable cannot be true at the root"));
        CheckMetadata(schema["properties"].Object("metadata"), $"{path}.properties[metadata]");
        var before = errors.Count;
        Check(schema, path, isRoot: true);
        if (errors.Count == before)
            new RuleValidation(errors).CheckRoot(schema, path);
    }

    private void CheckMetadata(JsonObject? metadata, string path)
    {
        if ((metadata.Object("properties") ?? []).Any(pair => pair.Key is not ("name" or "generateName")))
            errors.Add(FieldError.Forbidden(path, "must not specify anything other than name and generateName, but metadata is implicitly specified"));
    }

    private void Check(JsonObject schema, string path, bool isRoot = false)
    {
        CheckKeywords(schema, path);
        CheckType(schema, path, isRoot);
        CheckLists(schema, path);
        CheckPattern(schema, path);
        CheckLogic(schema, path);
        foreach (var (name, value) in schema.Object("properties") ?? [])
        {
            if (value is JsonObject field)
                Check(field, $"{path}.properties[{name}]");
        }

        if (schema["additionalProperties"] is JsonObject values)
            Check(values, $"{path}.additionalProperties");
        if (schema["items"] is JsonObject items)
            Check(items, $"{path}.items");
        if (schema["default"] is not null)
            CheckDefault(schema, path);
    }

    private void CheckKeywords(JsonObject schema, string path)
    {
        foreach (var keyword in new[] { "$ref", "definitions", "dependencies", "patternProperties", "additionalItems", "id" })
        {
            if (schema[keyword] is not null)
                errors.Add(FieldError.Forbidden($"{path}.{keyword}", $"{keyword} is not supported"));
        }

        if (schema.Bool("uniqueItems") == true)
            errors.Add(FieldError.Forbidden($"{path}.uniqueItems", "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"));
        if (schema["additionalProperties"] is not null && schema["properties"] is JsonObject { Count: > 0 })
            errors.Add(FieldError.Forbidden($"{path}.additionalProperties", "additionalProperties and properties are mutual exclusive"));
        if (schema["additionalProperties"] is JsonValue closed && Json.AsBool(closed) == false)
            errors.Add(FieldError.Forbidden($"{path}.additionalProperties", "additionalProperties cannot be set to false"));
        if (schema["items"] is JsonArray)
            errors.Add(FieldError.Forbidden($"{path}.items", "items must be a schema object and not an array"));
        if (schema.Bool("x-kubernetes-preserve-unknown-fields") == false)
            errors.Add(FieldError.Invalid($"{path}.x-kubernetes-preserve-unknown-fields", JsonValue.Create(false), "must be true or undefined"));
        if (schema.String("format") is { } format && !Formats.IsKnown(format))
            warnings.Add($"unrecognized format \"{format}\"");
    }

    private void CheckType(JsonObject schema, string path, bool isRoot)
    {
        var flexible = schema.Bool("x-kubernetes-int-or-string") == true;
        var open = schema.Bool("x-kubernetes-preserve-unknown-fields") == true;
        if (schema.String("type") is { Length: > 0 } type)
        {
            if (!Types.Contains(type))
                errors.Add(FieldError.NotSupported($"{path}.type", JsonValue.Create(type), Types));
            if (type == "array" && schema["items"] is null)
                errors.Add(FieldError.Required($"{path}.items", "must be specified"));
        }
        else if (!flexible && !open && !isRoot)
        {
            errors.Add(FieldError.Required($"{path}.type", schema.Count == 0 || schema["properties"] is null
                ? "must not be empty for specified object fields" : "must not be empty for specified object fields"));
        }

        if (schema.Bool("x-kubernetes-embedded-resource") == true && !open && schema["properties"] is null)
            errors.Add(FieldError.Required($"{path}.properties", "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields"));
    }

    private void CheckLists(JsonObject schema, string path)
    {
        var kind = schema.String("x-kubernetes-list-type");
        if (kind is null)
            return;
        if (kind is not ("atomic" or "set" or "map"))
            errors.Add(FieldError.NotSupported($"{path}.x-kubernetes-list-type", JsonValue.Create(kind), ["atomic", "set", "map"]));
        if (schema.String("type") != "array")
            errors.Add(FieldError.Invalid($"{path}.type", schema.String("type") ?? "", "must be array if x-kubernetes-list-type is specified"));
        var items = schema["items"] as JsonObject ?? [];
        if (kind == "set" && items.String("type") == "object" && items.String("x-kubernetes-map-type") != "atomic")
            errors.Add(FieldError.Invalid($"{path}.items.x-kubernetes-map-type", items["x-kubernetes-map-type"], "must be atomic as item of a list with x-kubernetes-list-type=set"));
        if (kind == "set" && items.String("type") == "array" && items.String("x-kubernetes-list-type") is not (null or "atomic"))
            errors.Add(FieldError.Invalid($"{path}.items.x-kubernetes-list-type", items["x-kubernetes-list-type"], "must be atomic as item of a list with x-kubernetes-list-type=set"));
        if (kind == "map")
            CheckMapKeys(schema, items, path);
    }

    private void CheckMapKeys(JsonObject schema, JsonObject items, string path)
    {
        var keys = schema.Array("x-kubernetes-list-map-keys").Strings().ToList();
        if (keys.Count == 0)
        {
            errors.Add(FieldError.Required($"{path}.x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map"));
            return;
        }

        if (items.String("type") != "object")
            errors.Add(FieldError.Invalid($"{path}.items.type", items.String("type") ?? "", "must be object if parent array's x-kubernetes-list-type is map"));
        var required = items.Array("required").Strings().ToHashSet(StringComparer.Ordinal);
        foreach (var key in keys)
        {
            if (items["properties"].Object(key) is not { } field)
            {
                errors.Add(FieldError.Invalid($"{path}.x-kubernetes-list-map-keys", schema["x-kubernetes-list-map-keys"], "entries must all be names of item properties"));
                return;
            }

            if (field.String("type") is "object" or "array")
                errors.Add(FieldError.Invalid($"{path}.items.properties[{key}].type", field.String("type")!, "must be a scalar type if parent array's x-kubernetes-list-type is map"));
            if (!required.Contains(key) && field["default"] is null)
                errors.Add(FieldError.Required($"{path}.items.properties[{key}].default", "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"));
        }
    }

    private void CheckPattern(JsonObject schema, string path)
    {
        if (schema.String("pattern") is not { } pattern)
            return;
        try
        {
            GoRegex.Compile(pattern);
        }
        catch (FormatException error)
        {
            errors.Add(FieldError.Invalid($"{path}.pattern", pattern, $"must be a valid regular expression, but isn't: {error.Message}"));
        }
    }

    private void CheckLogic(JsonObject schema, string path)
    {
        foreach (var keyword in new[] { "allOf", "anyOf", "oneOf" })
        {
            var index = 0;
            foreach (var part in schema.Array(keyword).Objects())
                CheckPartial(part, $"{path}.{keyword}[{index++}]", IsIntOrString(schema));
        }

        if (schema.Object("not") is { } not)
            CheckPartial(not, $"{path}.not", false);
    }

    private void CheckPartial(JsonObject schema, string path, bool mayHaveType)
    {
        foreach (var keyword in StructureOnly)
        {
            if (schema[keyword] is not null && !(keyword == "type" && mayHaveType))
                errors.Add(FieldError.Forbidden($"{path}.{keyword}", "must be empty to be structural"));
        }

        CheckPattern(schema, path);
        CheckLogic(schema, path);
        foreach (var (name, value) in schema.Object("properties") ?? [])
        {
            if (value is JsonObject field)
                CheckPartial(field, $"{path}.properties[{name}]", false);
        }

        if (schema["items"] is JsonObject items)
            CheckPartial(items, $"{path}.items", false);
    }

    private static bool IsIntOrString(JsonObject schema) => schema.Bool("x-kubernetes-int-or-string") == true;

    private void CheckDefault(JsonObject source, string path)
    {
        var schema = SchemaProvider.Instance.Of(source, structural: true);
        var value = source["default"]!.DeepClone();
        var unknown = new List<string>();
        Pruner.Prune(schema, value, isRoot: false, unknown);
        if (unknown.Count > 0)
        {
            errors.Add(FieldError.Invalid($"{path}.default", source["default"], "must not have unknown fields"));
            return;
        }

        Defaulter.Default(schema, value);
        var found = new List<FieldError>();
        ValueValidation.Check(schema, value, "", found);
        foreach (var error in found)
        {
            // The default stands for the whole value, so errors are told at its own path.
            var field = error.Field is "" or ValueValidation.NoField ? $"{path}.default" : $"{path}.default{error.Field}";
            errors.Add(error with { Field = field });
        }
    }
}
