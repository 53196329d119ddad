using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Schemas;

namespace Sluice.Local.ApiServer.Ownership;

/// <summary>Which fields differ between two states of an object.</summary>
internal sealed class FieldComparison
{
    public FieldSet Added { get; private set; } = new();

    public FieldSet Modified { get; private set; } = new();

    public FieldSet Removed { get; private set; } = new();

    public static FieldComparison Of(Schema schema, JsonObject old, JsonObject item)
    {
        var result = new FieldComparison();
        Compare(schema, (true, old), (true, item), new Entries(result.Added, result.Modified, result.Removed));
        return result;
    }

    /// <summary>Leaves out fields that cannot be owned.</summary>
    public FieldComparison Without(FieldSet roots) =>
        new() { Added = Added.WithoutTrees(roots), Modified = Modified.WithoutTrees(roots), Removed = Removed.WithoutTrees(roots) };

    private static void Compare(Schema? schema, (bool Present, JsonNode? Value) left, (bool Present, JsonNode? Value) right, Entries at)
    {
        if (left.Present && right.Present)
        {
            if (Json.Same(left.Value, right.Value))
                return;
            if (!Descend(schema, left.Value, right.Value, at))
                at.SetModified();
            return;
        }

        // A container that comes or goes does so with all that is in it.
        var empty = (left.Present ? left.Value : right.Value) is JsonObject ? (JsonNode)new JsonObject() : new JsonArray();
        _ = left.Present ? Descend(schema, left.Value, empty, at) : Descend(schema, empty, right.Value, at);
        if (left.Present)
            at.SetRemoved();
        else
            at.SetAdded();
    }

    /// <summary>Compares what is inside; false when the values are leaves.</summary>
    private static bool Descend(Schema? schema, JsonNode? left, JsonNode? right, Entries at)
    {
        switch (left ?? EmptyLike(right), right ?? EmptyLike(left))
        {
            case (JsonObject a, JsonObject b) when FieldPaths.IsGranular(schema, a):
                foreach (var key in a.Select(pair => pair.Key).Union(b.Select(pair => pair.Key)))
                {
                    var (inLeft, inRight) = (a.TryGetPropertyValue(key, out var x), b.TryGetPropertyValue(key, out var y));
                    Compare(FieldPaths.Field(schema, key), (inLeft, x), (inRight, y), at.Below("f:" + key));
                }

                return true;
            case (JsonArray a, JsonArray b) when FieldPaths.IsAssociative(schema, a):
                var (before, after) = (ByEdge(schema!, a), ByEdge(schema!, b));
                foreach (var edge in before.Keys.Union(after.Keys))
                {
                    var (inLeft, inRight) = (before.TryGetValue(edge, out var x), after.TryGetValue(edge, out var y));
                    Compare(schema!.Items, (inLeft, x), (inRight, y), at.Below(edge));
                }

                return true;
            default:
                return false;
        }
    }

    /// <summary>A null where the other side has a container is an empty one.</summary>
    private static JsonNode? EmptyLike(JsonNode? other) => other switch
    {
        JsonObject => new JsonObject(),
        JsonArray => new JsonArray(),
        _ => null,
    };

    private static Dictionary<string, JsonNode?> ByEdge(Schema schema, JsonArray items)
    {
        var result = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var (edge, item) in FieldPaths.Items(schema, items))
            result.TryAdd(edge, item);
        return result;
    }

    /// <summary>The same place in the three sets. Places are made only for what is a member.</summary>
    private readonly struct Entries(FieldSet added, FieldSet modified, FieldSet removed, IReadOnlyList<string>? path = null)
    {
        private readonly IReadOnlyList<string> _path = path ?? [];

        public Entries Below(string edge) => new(added, modified, removed, [.. _path, edge]);

        public void SetAdded() => Insert(added);

        public void SetModified() => Insert(modified);

        public void SetRemoved() => Insert(removed);

        private void Insert(FieldSet set)
        {
            FieldSet.Entry? entry = null;
            foreach (var edge in _path)
            {
                entry = set.At(edge);
                set = entry.Below;
            }

            if (entry is not null)
                entry.IsMember = true;
        }
    }
}
