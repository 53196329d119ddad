using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Schemas;

namespace Sluice.Local.ApiServer.Strategies.Kinds;

/// <summary>The base of built-in kinds: what their schema tells is checked for all of them.</summary>
internal class BuiltInStrategy(string schemaName) : ResourceStrategy
{
    protected Schema Schema { get; } = SchemaProvider.Instance.Named(schemaName);

    public override void SetDefaults(JsonObject item) => Quantities.Canonicalize(Schema, item);

    public override void Validate(WriteContext context, JsonObject item, List<FieldError> errors) => BuiltInValidation.Validate(Schema, item, errors);

    /// <summary>Adds an error when a field differs from what it was.</summary>
    protected static void CheckImmutable(JsonObject item, JsonObject old, string path, List<FieldError> errors, string detail = "field is immutable")
    {
        var keys = path.Split('.');
        if (!Json.Same(item.At(keys), old.At(keys)))
            errors.Add(FieldError.Invalid(path, item.At(keys), detail));
    }

    /// <summary>Copies without some fields, to compare what remains.</summary>
    protected static JsonObject Without(JsonObject? source, params ReadOnlySpan<string> fields)
    {
        var result = source?.Copy() ?? [];
        foreach (var field in fields)
            result.Remove(field);
        return result;
    }
}
