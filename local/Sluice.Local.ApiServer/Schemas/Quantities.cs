using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;

namespace Sluice.Local.ApiServer.Schemas;

/// <summary>Finds the quantities in a built-in object, refuses what is none, and writes all in their canonical form.</summary>
internal static class Quantities
{
    private static readonly Schema Type = SchemaProvider.Instance.Named("io.k8s.apimachinery.pkg.api.resource.Quantity");

    /// <exception cref="FormatException">A value is no quantity.</exception>
    public static void Canonicalize(Schema schema, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (key, value) in members.ToList())
                {
                    if (schema.Field(key) is not { } field)
                        continue;
                    if (field == Type)
                        members[key] = Canonical(value);
                    else
                        Canonicalize(field, value);
                }

                break;
            case JsonArray items when schema.Items is { } itemSchema:
                foreach (var item in items)
                    Canonicalize(itemSchema, item);
                break;
        }
    }

    private static JsonValue Canonical(JsonNode? value)
    {
        var text = Json.AsString(value) ?? Json.ToText(value);
        return Quantity.TryParse(text.Trim(), out var quantity)
            ? JsonValue.Create(quantity.ToString())
            : throw new FormatException("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
    }
}
