using System.Collections;
using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.CustomResources;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Schemas;

namespace Sluice.Local.ApiServer.Cel;

/// <summary>
/// A list of values. One of a schema with a list type compares as a set, or by the keys of its items.
/// </summary>
internal sealed class CelList(IReadOnlyList<object?> items, ListKind kind = ListKind.Atomic) : IEnumerable<object?>
{
    public IReadOnlyList<object?> Items => items;

    public ListKind Kind => kind;

    public IEnumerator<object?> GetEnumerator() => items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>A map, or an object by its fields.</summary>
internal sealed class CelMap(IReadOnlyDictionary<object, object?> entries, bool isObject)
{
    public IReadOnlyDictionary<object, object?> Entries => entries;

    public bool IsObject => isObject;
}

/// <summary>A value that may be missing.</summary>
internal sealed record CelOptional(bool HasValue, object? Value)
{
    public static readonly CelOptional None = new(false, null);
}

/// <summary>Values of expressions: what they are made from, and what holds for them.</summary>
internal static class CelValues
{
    /// <summary>The value of a part of a document; fields of a structure that are null count as missing.</summary>
    public static object? From(Schema? schema, JsonNode? node)
    {
        switch (node)
        {
            case null:
                return null;
            case JsonObject members:
                return FromObject(schema, members);
            case JsonArray items:
                return new CelList([.. items.Select(item => From(schema?.Items, item))], schema?.ListKind ?? ListKind.Atomic);
            default:
                return FromScalar(schema, node);
        }
    }

    public static bool Same(object? a, object? b) => (a, b) switch
    {
        (null, null) => true,
        (null, _) or (_, null) => false,
        (string x, string y) => x == y,
        (bool x, bool y) => x == y,
        (byte[] x, byte[] y) => x.AsSpan().SequenceEqual(y),
        (CelList x, CelList y) => SameList(x, y),
        (CelMap x, CelMap y) => x.Entries.Count == y.Entries.Count && x.Entries.All(pair => y.Entries.TryGetValue(pair.Key, out var other) && Same(pair.Value, other)),
        (CelOptional x, CelOptional y) => x.HasValue == y.HasValue && Same(x.Value, y.Value),
        (Quantity x, Quantity y) => x.CompareTo(y) == 0,
        (DateTimeOffset x, DateTimeOffset y) => x == y,
        (TimeSpan x, TimeSpan y) => x == y,
        (CelType x, CelType y) => x.Kind == y.Kind,
        _ => Compare(a, b) == 0,
    };

    /// <summary>The order of two values; null when they have none.</summary>
    public static int? Compare(object? a, object? b) => (a, b) switch
    {
        (long x, long y) => x.CompareTo(y),
        (ulong x, ulong y) => x.CompareTo(y),
        (long x, ulong y) => x < 0 ? -1 : ((ulong)x).CompareTo(y),
        (ulong x, long y) => y < 0 ? 1 : x.CompareTo((ulong)y),
        (double x, double y) => double.IsNaN(x) || double.IsNaN(y) ? null : x.CompareTo(y),
        (double x, long or ulong) => double.IsNaN(x) ? null : x.CompareTo(Convert.ToDouble(b, CultureInfo.InvariantCulture)),
        (long or ulong, double y) => double.IsNaN(y) ? null : Convert.ToDouble(a, CultureInfo.InvariantCulture).CompareTo(y),
        (string x, string y) => string.CompareOrdinal(x, y),
        (bool x, bool y) => x.CompareTo(y),
        (byte[] x, byte[] y) => x.AsSpan().SequenceCompareTo(y),
        (TimeSpan x, TimeSpan y) => x.CompareTo(y),
        (DateTimeOffset x, DateTimeOffset y) => x.CompareTo(y),
        _ => null,
    };

    /// <summary>The type that a value has when an expression runs.</summary>
    public static CelType TypeOf(object? value) => value switch
    {
        null => CelType.Null,
        bool => CelType.Bool,
        long => CelType.Int,
        ulong => CelType.UInt,
        double => CelType.Double,
        string => CelType.String,
        byte[] => CelType.Bytes,
        TimeSpan => CelType.Duration,
        DateTimeOffset => CelType.Timestamp,
        Quantity => CelType.Quantity,
        CelList => CelType.List(CelType.Dyn),
        CelMap => CelType.Map(CelType.Dyn, CelType.Dyn),
        CelOptional => CelType.Optional(CelType.Dyn),
        _ => CelType.Type,
    };

    private static CelMap FromObject(Schema? schema, JsonObject members)
    {
        var isMap = schema is null || schema.IsMap || schema.IsOpaque && schema.Type == SchemaType.Any;
        var entries = new Dictionary<object, object?>();
        foreach (var (key, value) in members)
        {
            var field = schema?.Field(key);
            if (isMap)
                entries[key] = From(field, value);
            else if (field is not null && CelNames.Escape(key) is { } name && (value is not null || field.Nullable))
                entries[name] = From(field, value);
        }

        return new CelMap(entries, !isMap);
    }

    private static object? FromScalar(Schema? schema, JsonNode node)
    {
        if (Json.AsString(node) is { } text)
            return FromText(schema, text);
        if (Json.AsBool(node) is { } truth)
            return truth;
        if (schema?.Type == SchemaType.Number)
            return Json.AsDouble(node);
        return Json.AsLong(node) is { } whole ? (object)whole : Json.AsDouble(node);
    }

    private static object FromText(Schema? schema, string text)
    {
        if (schema is null || schema.IntOrString)
            return text;
        switch (schema.Format)
        {
            case "date" or "date-time" when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time):
                return time;
            case "duration" when CelDuration.TryParse(text, out var duration):
                return duration;
            case "byte":
                var bytes = new byte[text.Length];
                return Convert.TryFromBase64String(text, bytes, out var count) ? bytes[..count] : text;
            default:
                return text;
        }
    }

    private static bool SameList(CelList a, CelList b)
    {
        if (a.Items.Count != b.Items.Count)
            return false;
        if (a.Kind == ListKind.Atomic && b.Kind == ListKind.Atomic)
            return a.Items.Zip(b.Items).All(pair => Same(pair.First, pair.Second));
        return a.Items.All(item => b.Items.Any(other => Same(item, other)));
    }
}
