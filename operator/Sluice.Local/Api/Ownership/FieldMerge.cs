using System.Text.Json.Nodes;
using Sluice.Local.Api.Documents;
using Sluice.Local.Api.Schemas;

namespace Sluice.Local.Api.Ownership;

/// <summary>Puts an applied configuration over the live object, and takes out what its applier no longer wants.</summary>
internal static class FieldMerge
{
    /// <summary>A new document: the live one with everything that the configuration says.</summary>
    public static JsonNode? Merge(Schema? schema, JsonNode? live, JsonNode? config)
    {
        switch (live, config)
        {
            case (JsonObject a, JsonObject b) when FieldPaths.IsGranular(schema, b):
                var members = a.Copy();
                foreach (var (key, value) in b)
                    members[key] = a.TryGetPropertyValue(key, out var before) ? Merge(FieldPaths.Field(schema, key), before, value) : value.CopyOrNull();
                return members;
            case (JsonArray a, JsonArray b) when FieldPaths.IsAssociative(schema, b):
                return MergeItems(schema!, a, b);
            default:
                return config.CopyOrNull();
        }
    }

    /// <summary>Takes members of the set out of a document, each with all that is inside of it.</summary>
    public static void Remove(Schema? schema, JsonNode? node, FieldSet gone)
    {
        switch (node)
        {
            case JsonObject members when FieldPaths.IsGranular(schema, members):
                foreach (var (edge, entry) in gone.Entries())
                {
                    var key = edge[2..];
                    if (edge[0] != 'f' || !members.ContainsKey(key))
                        continue;
                    if (entry.IsMember)
                        members.Remove(key);
                    else
                        Remove(FieldPaths.Field(schema, key), members[key], entry.Below);
                }

                break;
            case JsonArray items when IsListOf(schema, items):
                foreach (var (edge, item) in FieldPaths.Items(schema!, items).ToList())
                {
                    if (gone.Find(edge) is not { } entry)
                        continue;
                    if (entry.IsMember)
                        items.Remove(item);
                    else
                        Remove(schema!.Items, item, entry.Below);
                }

                break;
        }
    }

    private static bool IsListOf(Schema? schema, JsonArray items) => FieldPaths.IsAssociative(schema, items);

    /// <summary>Items stay in the order of the configuration; those of others stay behind what they were behind.</summary>
    private static JsonArray MergeItems(Schema schema, JsonArray live, JsonArray config)
    {
        var before = FieldPaths.Items(schema, live).ToList();
        var wanted = FieldPaths.Items(schema, config).ToList();
        var names = wanted.Select(pair => pair.Edge).ToHashSet(StringComparer.Ordinal);
        var result = new JsonArray();
        var next = 0;
        foreach (var (edge, item) in wanted)
        {
            var at = before.FindIndex(pair => pair.Edge == edge);
            for (; next < at; next++)
            {
                if (!names.Contains(before[next].Edge))
                    result.Add(before[next].Item.CopyOrNull());
            }

            next = Math.Max(next, at + 1);
            result.Add(at < 0 ? item.CopyOrNull() : Merge(schema.Items, before[at].Item, item));
        }

        for (; next < before.Count; next++)
        {
            if (!names.Contains(before[next].Edge))
                result.Add(before[next].Item.CopyOrNull());
        }

        return result;
    }
}
