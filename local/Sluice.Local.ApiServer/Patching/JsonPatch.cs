using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;

namespace Sluice.Local.ApiServer.Patching;

/// <summary>RFC 6902: a list of operations on paths.</summary>
internal static class JsonPatch
{
    /// <summary>More operations than the real server takes in one patch.</summary>
    private const int OperationsMax = 10_000;

    /// <summary>Changes the document in place.</summary>
    public static JsonNode Apply(JsonNode document, JsonArray patch)
    {
        if (patch.Count > OperationsMax)
            throw new ApiError(413, "RequestEntityTooLarge", $"Request entity too large: The allowed maximum operations in a JSON patch is {OperationsMax}, got {patch.Count}");
        foreach (var node in patch)
        {
            var operation = node as JsonObject ?? throw ApiError.BadRequest("a JSON patch is a list of objects");
            document = ApplyOne(document, operation);
        }

        return document;
    }

    private static JsonNode ApplyOne(JsonNode document, JsonObject operation)
    {
        var path = Pointer(operation, "path");
        switch (operation.String("op"))
        {
            case "add":
                return Put(document, path, Value(operation), insert: true);
            case "replace":
                Find(document, path, "replace");
                return Put(document, path, Value(operation), insert: false);
            case "remove":
                Remove(document, path);
                return document;
            case "copy":
                return Put(document, path, Find(document, Pointer(operation, "from"), "copy").CopyOrNull(), insert: true);
            case "move":
                var from = Pointer(operation, "from");
                var moved = Find(document, from, "move").CopyOrNull();
                Remove(document, from);
                return Put(document, path, moved, insert: true);
            case "test":
                if (!Json.Same(Lookup(document, path, out _), operation["value"]))
                    throw Unprocessable();
                return document;
            default:
                throw Unprocessable();
        }
    }

    private static JsonNode? Value(JsonObject operation) =>
        operation.TryGetPropertyValue("value", out var value) ? value.CopyOrNull() : throw ApiError.BadRequest("a JSON patch operation misses its value");

    private static JsonNode Put(JsonNode document, string[] path, JsonNode? value, bool insert)
    {
        if (path.Length == 0)
            return value ?? throw ApiError.BadRequest("a JSON patch replaces the whole document by null");
        var parent = Lookup(document, path[..^1], out var found);
        var last = path[^1];
        switch (parent)
        {
            case JsonObject members:
                members[last] = value;
                return document;
            case JsonArray items when insert:
                items.Insert(last == "-" ? items.Count : Index(last, items.Count, path), value);
                return document;
            case JsonArray items:
                items[Index(last, items.Count - 1, path)] = value;
                return document;
            default:
                throw Unprocessable();
        }
    }

    private static void Remove(JsonNode document, string[] path)
    {
        Find(document, path, "remove");
        switch (Lookup(document, path[..^1], out _))
        {
            case JsonObject members:
                members.Remove(path[^1]);
                break;
            case JsonArray items:
                items.RemoveAt(Index(path[^1], items.Count - 1, path));
                break;
        }
    }

    private static JsonNode? Find(JsonNode document, string[] path, string operation)
    {
        var result = Lookup(document, path, out var found);
        return found ? result : throw Unprocessable();
    }

    private static JsonNode? Lookup(JsonNode? node, string[] path, out bool found)
    {
        found = true;
        foreach (var part in path)
        {
            switch (node)
            {
                case JsonObject members when members.TryGetPropertyValue(part, out var child):
                    node = child;
                    break;
                case JsonArray items when int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < items.Count:
                    node = items[index];
                    break;
                default:
                    found = false;
                    return null;
            }
        }

        return node;
    }

    private static int Index(string text, int most, string[] path) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index <= most
            ? index
            : throw Unprocessable();

    private static string[] Pointer(JsonObject operation, string field)
    {
        var text = operation.String(field) ?? throw ApiError.BadRequest($"a JSON patch operation misses its {field}");
        if (text.Length == 0)
            return [];
        if (text[0] != '/')
            throw ApiError.BadRequest($"the JSON pointer {FieldError.Quote(text)} does not begin with a slash");
        return [.. text[1..].Split('/').Select(part => part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];
    }

    private static string Text(string[] path) => "/" + string.Join('/', path);

    /// <summary>The real server keeps the reason to itself, and kubectl would show it in a place that is not for it.</summary>
    private static ApiError Unprocessable() => new(422, "Invalid", "the server rejected our request due to an error in our request", new JsonObject());
}
