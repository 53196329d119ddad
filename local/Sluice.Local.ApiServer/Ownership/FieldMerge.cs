using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Schemas;

namespace Sluice.Local.ApiServer.Ownership;

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

    /// <summary>
    /// Items of the configuration stay in its order, each behind those of others that were in front of it or, for a new one, of
    /// what it stands before.
    /// </summary>
    private static JsonArray MergeItems(Schema schema, JsonArray live, JsonArray config)
    {
        var before = FieldPaths.Items(schema, live).ToList();
        var wanted = FieldPaths.Items(schema, config).ToList();
        var names = wanted.Select(pair => pair.Edge).ToHashSet(StringComparer.Ordinal);
        var shared = new Queue<string>(wanted.Select(pair => pair.Edge).Where(edge => before.Exists(pair => pair.Edge == edge)));
        var done = new HashSet<string>(StringComparer.Ordinal);
        var result = new JsonArray();
        for (var (at, next) = (0, 0); at < before.Count || next < wanted.Count;)
        {
            var edge = at < before.Count ? before[at].Edge : null;
            var isNext = next < wanted.Count && edge == wanted[next].Edge;
            if (edge is not null && !names.Contains(edge))
            {
                result.Add(before[at++].Item.CopyOrNull());
            }
            else if (edge is not null && !isNext && (done.Contains(edge) || (shared.TryPeek(out var expected) && expected != edge)))
            {
                at++; // its turn was, or will be, where the configuration has it
            }
            else
            {
                var (name, item) = wanted[next++];
                var old = before.FindIndex(pair => pair.Edge == name);
                result.Add(old < 0 ? item.CopyOrNull() : Merge(schema.Items, before[old].Item, item));
                done.Add(name);
                if (shared.TryPeek(out var first) && first == name)
                    shared.Dequeue();
                if (isNext)
                    at++;
            }
        }

        return result;
    }
}
