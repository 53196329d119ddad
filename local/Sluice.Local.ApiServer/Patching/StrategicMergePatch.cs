using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Schemas;

namespace Sluice.Local.ApiServer.Patching;

/// <summary>
/// A merge patch that knows the schema: lists with a merge key are merged by it, and directives ($patch, $retainKeys,
/// $deleteFromPrimitiveList, $setElementOrder) say what a plain merge could not.
/// </summary>
internal static class StrategicMergePatch
{
    private const string Directive = "$patch";
    private const string RetainKeys = "$retainKeys";
    private const string DeletePrefix = "$deleteFromPrimitiveList/";
    private const string OrderPrefix = "$setElementOrder/";

    /// <summary>Changes the target in place.</summary>
    public static void Apply(Schema? schema, JsonObject target, JsonObject patch)
    {
        switch (patch.String(Directive))
        {
            case "replace":
                Replace(target, patch);
                return;
            case "delete":
                target.Clear();
                return;
            case null or "merge":
                break;
            case var other:
                throw ApiError.BadRequest($"Unknown patch type found: {other}");
        }

        Retain(target, patch);
        foreach (var (key, value) in patch)
        {
            if (!key.StartsWith('$'))
                ApplyField(schema?.Field(key), target, key, value, patch);
            else if (key.StartsWith(DeletePrefix, StringComparison.Ordinal) && !patch.ContainsKey(key[DeletePrefix.Length..]))
                DeleteValues(target, key[DeletePrefix.Length..], patch);
            else if (key.StartsWith(OrderPrefix, StringComparison.Ordinal) && !patch.ContainsKey(key[OrderPrefix.Length..]))
                Reorder(schema?.Field(key[OrderPrefix.Length..]), target, key[OrderPrefix.Length..], value as JsonArray, target.Array(key[OrderPrefix.Length..]));
        }
    }

    private static void ApplyField(Schema? schema, JsonObject target, string key, JsonNode? value, JsonObject patch)
    {
        switch (value)
        {
            case null:
                target.Remove(key);
                return;
            case JsonObject members when members.String(Directive) == "delete":
                target.Remove(key);
                return;
            case JsonObject members:
                if (target[key] is not JsonObject inner)
                    target[key] = inner = [];
                Apply(schema, inner, members);
                return;
            case JsonArray items when schema is { PatchMerges: true }:
                MergeList(schema, target, key, items, patch);
                return;
            default:
                target[key] = value.DeepClone();
                return;
        }
    }

    private static void MergeList(Schema schema, JsonObject target, string key, JsonArray items, JsonObject patch)
    {
        if (target[key] is not JsonArray list)
            target[key] = list = [];
        var before = (JsonArray)list.DeepClone();
        if (schema.PatchMergeKey is { } mergeKey && schema.Items is { Type: SchemaType.Object })
        {
            MergeObjects(schema.Items, list, items, mergeKey);
        }
        else
        {
            DeleteValues(target, key, patch);
            foreach (var item in items.Where(item => !list.Any(have => Json.Same(have, item))))
                list.Add(item.CopyOrNull());
        }

        // Without an order of its own the patch's items are the order.
        Reorder(schema, target, key, patch.Array(OrderPrefix + key) ?? items, before);
    }

    private static void MergeObjects(Schema itemSchema, JsonArray list, JsonArray items, string mergeKey)
    {
        if (items.Objects().Any(item => item.String(Directive) == "replace"))
            list.Clear();
        foreach (var item in items.Objects())
        {
            var directive = item.String(Directive);
            if (directive == "replace" && item.Count == 1)
                continue;
            if (!item.TryGetPropertyValue(mergeKey, out var name))
                throw ApiError.BadRequest($"map: {Json.ToText(item)} does not contain declared merge key: {mergeKey}");
            var at = list.ToList().FindIndex(have => Json.Same((have as JsonObject)?[mergeKey], name));
            if (directive == "delete")
            {
                if (at >= 0)
                    list.RemoveAt(at);
            }
            else if (at >= 0)
            {
                Apply(itemSchema, (JsonObject)list[at]!, item);
            }
            else
            {
                var added = new JsonObject();
                Apply(itemSchema, added, item);
                list.Add((JsonNode)added);
            }
        }
    }

    private static void Replace(JsonObject target, JsonObject patch)
    {
        target.Clear();
        foreach (var (key, value) in patch)
        {
            if (!key.StartsWith('$'))
                target[key] = value.CopyOrNull();
        }
    }

    private static void Retain(JsonObject target, JsonObject patch)
    {
        if (patch.Array(RetainKeys) is not { } keys)
            return;
        var kept = keys.Strings().ToHashSet(StringComparer.Ordinal);
        foreach (var key in target.Select(pair => pair.Key).Where(key => !kept.Contains(key)).ToList())
            target.Remove(key);
    }

    private static void DeleteValues(JsonObject target, string key, JsonObject patch)
    {
        if (patch.Array(DeletePrefix + key) is not { } gone || target[key] is not JsonArray list)
            return;
        foreach (var item in list.Where(item => gone.Any(value => Json.Same(value, item))).ToList())
            list.Remove(item);
    }

    /// <summary>
    /// Brings the items that the patch names into its order. Each of the others comes before the first named one that it came before
    /// in the list as it was.
    /// </summary>
    private static void Reorder(Schema? schema, JsonObject target, string key, JsonArray? order, JsonArray? before)
    {
        if (order is null || before is null || target[key] is not JsonArray list)
            return;
        var mergeKey = schema?.Items is { Type: SchemaType.Object } ? schema.PatchMergeKey : null;
        int Rank(JsonArray of, JsonNode? item) =>
            of.ToList().FindIndex(entry => mergeKey is null ? Json.Same(entry, item) : Json.Same((entry as JsonObject)?[mergeKey], (item as JsonObject)?[mergeKey]));
        var items = list.ToList();
        var named = new Queue<JsonNode?>(items.Where(item => Rank(order, item) >= 0).OrderBy(item => Rank(order, item)));
        var others = new Queue<JsonNode?>(items.Where(item => Rank(order, item) < 0).OrderBy(item => Rank(before, item)));
        list.Clear();
        while (named.Count + others.Count > 0)
        {
            var (left, right) = (others.TryPeek(out var other) ? Rank(before, other) : -1, named.TryPeek(out var next) ? Rank(before, next) : -1);
            var takesOther = named.Count == 0 || (others.Count > 0 && left >= 0 && right >= 0 && left < right);
            list.Add(takesOther ? others.Dequeue() : named.Dequeue());
        }
    }
}
