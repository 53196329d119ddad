using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;

namespace Sluice.Local.ApiServer.Schemas;

/// <summary>
/// The schemas of the built-in kinds by name, from the facts of a running Kubernetes that are part of this assembly: one
/// schema a line. Only names are read at the start; a schema is parsed when somebody asks for it.
/// </summary>
internal sealed class SchemaProvider
{
    public const string ObjectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

    private const string MetaPrefix = "io.k8s.apimachinery.pkg.";

    private readonly Dictionary<string, byte[]> _lines = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Schema> _schemas = new(StringComparer.Ordinal);

    private SchemaProvider()
    {
        using var stream = typeof(SchemaProvider).Assembly.GetManifestResourceStream("kubernetes.jsonl")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        while (reader.ReadLine() is { } line)
            _lines[line[2..line.IndexOf('"', 2)]] = Encoding.UTF8.GetBytes(line);
    }

    public static SchemaProvider Instance { get; } = new();

    public IEnumerable<string> Names => _lines.Keys;

    public bool Knows(string name) => _lines.ContainsKey(name);

    public Schema Named(string name) => _schemas.GetOrAdd(name, key => new Schema(this, () => Source(key)) { Name = key });

    /// <summary>The text of a named schema.</summary>
    public JsonObject Source(string name) =>
        _lines.TryGetValue(name, out var line)
            ? DocumentReader.ReadObject(line).Object(name)!
            : throw new KeyNotFoundException($"no schema has the name {name}");

    /// <summary>A schema from its text, which may be a reference to a named one, with something said besides.</summary>
    public Schema Of(JsonObject source, bool structural = false)
    {
        var named = source.Array("allOf") is [JsonObject only] && !structural ? only : source;
        if (named.String("$ref") is not { } name || !Knows(name))
            return new Schema(this, () => source) { IsStructural = structural };
        return source.Count == 1 ? Named(name) : new Schema(this, () => Merged(name, source)) { Name = name };
    }

    /// <summary>The schema's name of a kind, for instance "io.k8s.api.apps.v1.StatefulSet".</summary>
    public string? NameOf(string group, string version, string kind)
    {
        if (group == "apiextensions.k8s.io")
            return Existing($"io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.{version}.{kind}");
        var head = group.Length == 0 ? "core" : group.Split('.')[0];
        return Existing($"io.k8s.api.{head}.{version}.{kind}");
    }

    /// <summary>Adds apiVersion, kind and metadata, which the schema of a whole object need not spell out.</summary>
    public Dictionary<string, Schema> WithObjectFields(IReadOnlyDictionary<string, Schema> properties)
    {
        var text = Of(new JsonObject { ["type"] = "string" });
        return new Dictionary<string, Schema>(properties, StringComparer.Ordinal)
        {
            ["apiVersion"] = text,
            ["kind"] = text,
            ["metadata"] = Named(ObjectMeta),
        };
    }

    /// <summary>True for types that all groups share.</summary>
    public static bool IsShared(string name) => name.StartsWith(MetaPrefix, StringComparison.Ordinal);

    private JsonObject Merged(string name, JsonObject besides)
    {
        var result = Source(name);
        foreach (var (key, value) in besides)
        {
            if (key is not ("$ref" or "allOf"))
                result[key] = value.CopyOrNull();
        }

        return result;
    }

    private string? Existing(string name) => Knows(name) ? name : null;
}
