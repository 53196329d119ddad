using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Schemas;

namespace Sluice.Local.ApiServer.Ownership;

/// <summary>
/// How fields of a document are told apart. Where the schema is silent, objects are owned by their fields and lists as a whole.
/// </summary>
internal static class FieldPaths
{
    /// <summary>An object whose fields have owners of their own.</summary>
    public static bool IsGranular(Schema? schema, JsonObject _) => schema is not { AtomicMap: true };

    /// <summary>A list whose items have owners of their own.</summary>
    public static bool IsAssociative(Schema? schema, JsonArray _) => schema is { Type: SchemaType.Array, ListKind: not ListKind.Atomic };

    public static Schema? Field(Schema? schema, string name) => schema?.Field(name);

    /// <summary>The edges of a list's items in order. Items that look the same, which updates may bring, share their edge.</summary>
    public static IEnumerable<(string Edge, JsonNode? Item)> Items(Schema schema, JsonArray items)
    {
        foreach (var item in items)
            yield return (schema.ListKind == ListKind.Set ? "v:" + Json.ToText(item) : KeyEdge(schema, item), item);
    }

    /// <summary>All fields that a document sets: leaves, keys of maps, items of lists.</summary>
    public static FieldSet Of(Schema schema, JsonObject document)
    {
        var result = new FieldSet();
        Collect(schema, document, result);
        return result;
    }

    /// <summary>Collects what is below a value; true when the value is a leaf itself.</summary>
    public static bool Collect(Schema? schema, JsonNode? value, FieldSet into)
    {
        switch (value)
        {
            case JsonObject members when IsGranular(schema, members):
                foreach (var (key, child) in members)
                {
                    var entry = into.At("f:" + key);
                    var leaf = Collect(Field(schema, key), child, entry.Below);
                    var named = schema is not null && schema.Properties.ContainsKey(key);
                    entry.IsMember |= leaf || !named || child is null or JsonObject { Count: 0 } or JsonArray { Count: 0 };
                }

                return false;
            case JsonArray items when IsAssociative(schema, items):
                foreach (var (edge, item) in Items(schema!, items))
                {
                    var entry = into.At(edge);
                    Collect(schema!.Items, item, entry.Below);
                    entry.IsMember = true;
                }

                return false;
            default:
                return true;
        }
    }

    private static string KeyEdge(Schema schema, JsonNode? item)
    {
        var key = new JsonObject();
        foreach (var name in schema.MapKeys.Order(StringComparer.Ordinal))
            key[name] = (item as JsonObject)?[name].CopyOrNull() ?? schema.Items?.Field(name)?.Default.CopyOrNull();
        return "k:" + Json.ToText(key);
    }
}
