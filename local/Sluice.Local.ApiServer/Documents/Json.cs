using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.Local.ApiServer.Documents;

/// <summary>
/// Reading and comparing untyped documents. Numbers are kept as <see cref="long"/> where the text is an integer and as
/// <see cref="double"/> otherwise, which is what the real server does with objects that it holds without a type.
/// </summary>
internal static class Json
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 512 };

    private static readonly JsonWriterOptions Indented = Compact with { Indented = true };

    public static JsonObject? Object(this JsonNode? node, string key) => (node as JsonObject)?[key] as JsonObject;

    public static JsonArray? Array(this JsonNode? node, string key) => (node as JsonObject)?[key] as JsonArray;

    public static string? String(this JsonNode? node, string key) => AsString((node as JsonObject)?[key]);

    public static long? Long(this JsonNode? node, string key) => AsLong((node as JsonObject)?[key]);

    public static bool? Bool(this JsonNode? node, string key) => AsBool((node as JsonObject)?[key]);

    /// <summary>Follows object keys only; null as soon as one is missing or is no object.</summary>
    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var key in path)
        {
            if (node is not JsonObject parent || !parent.TryGetPropertyValue(key, out node))
                return null;
        }

        return node;
    }

    public static string? AsString(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    public static long? AsLong(JsonNode? node)
    {
        if (node is not JsonValue value)
            return null;
        if (value.TryGetValue<long>(out var whole))
            return whole;
        if (value.TryGetValue<int>(out var small))
            return small;
        if (value.TryGetValue<double>(out var real) && Math.Floor(real) == real && Math.Abs(real) < 9e15)
            return (long)real;
        return null;
    }

    public static double? AsDouble(JsonNode? node)
    {
        if (node is not JsonValue value)
            return null;
        if (value.TryGetValue<double>(out var real))
            return real;
        return AsLong(node);
    }

    public static bool? AsBool(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<bool>(out var truth) ? truth : null;

    /// <summary>Gets the object under a key, putting an empty one there when it is missing, null or no object.</summary>
    public static JsonObject Ensure(this JsonObject parent, string key)
    {
        if (parent[key] is JsonObject found)
            return found;
        var made = new JsonObject();
        parent[key] = made;
        return made;
    }

    /// <summary>Puts a value only where the key is missing or null.</summary>
    public static void Default(this JsonObject parent, string key, JsonNode? value)
    {
        if (parent[key] is null)
            parent[key] = value;
    }

    public static T Copy<T>(this T node)
        where T : JsonNode => (T)node.DeepClone();

    public static JsonNode? CopyOrNull(this JsonNode? node) => node?.DeepClone();

    /// <summary>Structural equality; integers and reals that are the same number are equal, the order of keys is ignored.</summary>
    public static bool Same(JsonNode? left, JsonNode? right)
    {
        if (ReferenceEquals(left, right))
            return true;
        return (left, right) switch
        {
            (null, _) or (_, null) => false,
            (JsonObject a, JsonObject b) => SameObject(a, b),
            (JsonArray a, JsonArray b) => SameArray(a, b),
            (JsonValue a, JsonValue b) => SameValue(a, b),
            _ => false,
        };
    }

    public static JsonArray StringArray(IEnumerable<string> items) => new([.. items.Select(item => (JsonNode?)JsonValue.Create(item))]);

    public static IEnumerable<string> Strings(this JsonArray? array) => array is null ? [] : array.Select(AsString).OfType<string>();

    public static IEnumerable<JsonObject> Objects(this JsonArray? array) => array is null ? [] : array.OfType<JsonObject>();

    public static byte[] ToUtf8(JsonNode? node, bool indented = false)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, indented ? Indented : Compact))
        {
            if (node is null)
                writer.WriteNullValue();
            else
                node.WriteTo(writer);
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static string ToText(JsonNode? node) => System.Text.Encoding.UTF8.GetString(ToUtf8(node));

    private static bool SameObject(JsonObject a, JsonObject b)
    {
        if (a.Count != b.Count)
            return false;
        foreach (var (key, value) in a)
        {
            if (!b.TryGetPropertyValue(key, out var other) || !Same(value, other))
                return false;
        }

        return true;
    }

    private static bool SameArray(JsonArray a, JsonArray b)
    {
        if (a.Count != b.Count)
            return false;
        for (var i = 0; i < a.Count; i++)
        {
            if (!Same(a[i], b[i]))
                return false;
        }

        return true;
    }

    private static bool SameValue(JsonValue a, JsonValue b)
    {
        var kind = a.GetValueKind();
        if (kind != b.GetValueKind())
            return false;
        return kind switch
        {
            JsonValueKind.String => AsString(a) == AsString(b),
            JsonValueKind.Number when AsLong(a) is { } x && AsLong(b) is { } y => x == y,
            JsonValueKind.Number => AsDouble(a) == AsDouble(b),
            _ => true,
        };
    }
}
