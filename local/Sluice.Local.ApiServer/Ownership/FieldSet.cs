using System.Text.Json.Nodes;

namespace Sluice.Local.ApiServer.Ownership;

/// <summary>
/// A set of fields of a document, in the form of the FieldsV1 that managedFields hold: a tree whose edges are "f:name" for a
/// field, "k:{…}" for the item of a list with keys, "v:…" for a value of a set.
/// </summary>
internal sealed class FieldSet
{
    private readonly SortedDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    public bool IsEmpty => _entries.Values.All(entry => !entry.IsMember && entry.Below.IsEmpty);

    public static FieldSet Of(params string[] path)
    {
        var result = new FieldSet();
        var at = result;
        for (var i = 0; i < path.Length; i++)
        {
            var entry = at.At(path[i]);
            entry.IsMember = i == path.Length - 1;
            at = entry.Below;
        }

        return result;
    }

    /// <summary>The entry under an edge, made when missing.</summary>
    public Entry At(string edge)
    {
        if (!_entries.TryGetValue(edge, out var entry))
            _entries[edge] = entry = new Entry();
        return entry;
    }

    public Entry? Find(string edge) => _entries.GetValueOrDefault(edge);

    /// <summary>The set itself and all above: true when the path or anything below it is a member.</summary>
    public IEnumerable<(string Edge, Entry Entry)> Entries() => _entries.Select(pair => (pair.Key, pair.Value));

    public FieldSet Union(FieldSet other) => Combine(other, (mine, theirs) => mine || theirs);

    public FieldSet Intersection(FieldSet other) => Combine(other, (mine, theirs) => mine && theirs);

    public FieldSet Difference(FieldSet other) => Combine(other, (mine, theirs) => mine && !theirs);

    /// <summary>Takes out the members of another set with everything below them.</summary>
    public FieldSet WithoutTrees(FieldSet roots)
    {
        var result = new FieldSet();
        foreach (var (edge, entry) in _entries)
        {
            var root = roots.Find(edge);
            if (root is { IsMember: true })
                continue;
            result._entries[edge] = new Entry { IsMember = entry.IsMember, Below = root is null ? entry.Below : entry.Below.WithoutTrees(root.Below) };
        }

        return result.Trim();
    }

    public bool SameAs(FieldSet other) => Difference(other).IsEmpty && other.Difference(this).IsEmpty;

    /// <summary>The members' paths in the notation of error messages, such as <c>.spec.ports[port=80,protocol="TCP"].name</c>.</summary>
    public IEnumerable<string> Paths(string prefix = "")
    {
        foreach (var (edge, entry) in _entries)
        {
            var path = prefix + Show(edge);
            if (entry.IsMember)
                yield return path;
            foreach (var below in entry.Below.Paths(path))
                yield return below;
        }
    }

    public JsonObject ToJson()
    {
        var result = new JsonObject();
        foreach (var (edge, entry) in _entries)
        {
            var below = entry.Below.ToJson();
            if (below.Count > 0 && entry.IsMember)
                below.Insert(0, ".", new JsonObject());
            if (below.Count > 0 || entry.IsMember)
                result[edge] = below;
        }

        return result;
    }

    public static FieldSet FromJson(JsonObject fields)
    {
        var result = new FieldSet();
        foreach (var (edge, value) in fields)
        {
            if (edge == "." || value is not JsonObject below)
                continue;
            var entry = result.At(edge);
            entry.IsMember = below.Count == 0 || below.ContainsKey(".");
            entry.Below = FromJson(below);
        }

        return result;
    }

    private FieldSet Combine(FieldSet other, Func<bool, bool, bool> keep)
    {
        var result = new FieldSet();
        foreach (var edge in _entries.Keys.Union(other._entries.Keys))
        {
            var (mine, theirs) = (Find(edge) ?? Entry.None, other.Find(edge) ?? Entry.None);
            var combined = new Entry { IsMember = keep(mine.IsMember, theirs.IsMember), Below = mine.Below.Combine(theirs.Below, keep) };
            if (combined.IsMember || combined.Below._entries.Count > 0)
                result._entries[edge] = combined;
        }

        return result;
    }

    private FieldSet Trim()
    {
        foreach (var edge in _entries.Where(pair => !pair.Value.IsMember && pair.Value.Below.IsEmpty).Select(pair => pair.Key).ToList())
            _entries.Remove(edge);
        return this;
    }

    private static string Show(string edge) => edge[0] switch
    {
        'f' => "." + edge[2..],
        'k' => "[" + string.Join(',', Documents.DocumentReader.ReadObject(edge[2..]).Select(pair => $"{pair.Key}={Documents.Json.ToText(pair.Value)}")) + "]",
        'v' => $"[={edge[2..]}]",
        _ => $"[{edge[2..]}]",
    };

    /// <summary>A place in the tree: whether the path that leads here is a member, and what is below.</summary>
    public sealed class Entry
    {
        public static readonly Entry None = new();

        public bool IsMember { get; set; }

        public FieldSet Below { get; set; } = new();
    }
}
