using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;

namespace Sluice.Local.ApiServer.Schemas;

/// <summary>The JSON type that a schema asks for.</summary>
internal enum SchemaType
{
    /// <summary>Anything: no type is given.</summary>
    Any,
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
}

/// <summary>How the items of a list belong together when two writers meet.</summary>
internal enum ListKind
{
    Atomic,
    Set,
    Map,
}

/// <summary>
/// What a document, or a part of one, may look like; for kinds that are built in and for custom ones. A schema reads its
/// source when it is first used, since most of the built-in ones never are, and some contain themselves.
/// </summary>
internal sealed class Schema
{
    private readonly Lock _gate = new();
    private readonly SchemaProvider _provider;
    private readonly Func<JsonObject> _load;
    private volatile Body? _body;

    public Schema(SchemaProvider provider, Func<JsonObject> load)
    {
        _provider = provider;
        _load = load;
    }

    /// <summary>The schema as written: value constraints are checked from here.</summary>
    public JsonObject Source => Get().Source;

    public SchemaType Type => Get().Type;

    public string? Format => Get().Format;

    public IReadOnlyDictionary<string, Schema> Properties => Get().Properties;

    public Schema? AdditionalProperties => Get().AdditionalProperties;

    public Schema? Items => Get().Items;

    public IReadOnlySet<string> Required => Get().Required;

    public JsonNode? Default => Get().Source["default"];

    public bool Nullable => Get().Nullable;

    public bool PreserveUnknown => Get().PreserveUnknown;

    public bool IntOrString => Get().IntOrString;

    /// <summary>A whole object with apiVersion, kind and metadata inside of another one.</summary>
    public bool EmbeddedResource => Get().EmbeddedResource;

    public ListKind ListKind => Get().ListKind;

    /// <summary>Fields that tell the items of a map list apart.</summary>
    public IReadOnlyList<string> MapKeys => Get().MapKeys;

    /// <summary>An object that one writer owns as a whole.</summary>
    public bool AtomicMap => Get().AtomicMap;

    public string? PatchMergeKey => Get().PatchMergeKey;

    public bool PatchMerges => Get().PatchMerges;

    public bool PatchRetainsKeys => Get().PatchRetainsKeys;

    /// <summary>Fields that are structures within a structure in the real server, and so are never absent.</summary>
    public IReadOnlyList<string> Structs => Get().Structs;

    /// <summary>The name of a built-in type, for instance "io.k8s.api.core.v1.ServicePort"; null for what has none.</summary>
    public string? Name { get; init; }

    /// <summary>Comes from a custom resource definition, where a field that is not listed does not exist.</summary>
    public bool IsStructural { get; init; }

    /// <summary>A map from free keys to values, as opposed to a structure with named fields.</summary>
    public bool IsMap => AdditionalProperties is not null && Properties.Count == 0;

    /// <summary>Nothing is known about what is inside.</summary>
    public bool IsOpaque => Type is SchemaType.Any or SchemaType.Object && Properties.Count == 0 && AdditionalProperties is null;

    /// <summary>The schema of a field or of a map's value; null when the schema does not know it.</summary>
    public Schema? Field(string name) => Properties.TryGetValue(name, out var found) ? found : AdditionalProperties;

    private Body Get()
    {
        if (_body is { } body)
            return body;
        lock (_gate)
            return _body ??= new Body(_provider, _load(), IsStructural);
    }

    private sealed class Body
    {
        public Body(SchemaProvider provider, JsonObject source, bool structural)
        {
            Source = source;
            IntOrString = source.Bool("x-kubernetes-int-or-string") == true || source.String("format") == "int-or-string";
            Type = IntOrString ? SchemaType.Any : ParseType(source.String("type"));
            Format = source.String("format");
            Properties = ReadProperties(provider, source, structural);
            AdditionalProperties = source["additionalProperties"] is JsonObject values ? provider.Of(values, structural) : null;
            Items = source["items"] is JsonObject items ? provider.Of(items, structural) : null;
            Required = source.Array("required").Strings().ToHashSet(StringComparer.Ordinal);
            Nullable = source.Bool("nullable") == true;
            PreserveUnknown = source.Bool("x-kubernetes-preserve-unknown-fields") == true
                || (source["additionalProperties"] is JsonValue open && Json.AsBool(open) == true);
            EmbeddedResource = source.Bool("x-kubernetes-embedded-resource") == true;
            if (EmbeddedResource)
                Properties = provider.WithObjectFields(Properties);
            ListKind = source.String("x-kubernetes-list-type") switch { "set" => ListKind.Set, "map" => ListKind.Map, _ => ListKind.Atomic };
            MapKeys = [.. source.Array("x-kubernetes-list-map-keys").Strings()];
            AtomicMap = source.String("x-kubernetes-map-type") == "atomic";
            PatchMergeKey = source.String("x-kubernetes-patch-merge-key");
            var strategies = (source.String("x-kubernetes-patch-strategy") ?? "").Split(',');
            PatchMerges = strategies.Contains("merge");
            PatchRetainsKeys = strategies.Contains("retainKeys");
            Structs = structural ? [] : [.. source.Array("x-sluice-structs").Strings()];
        }

        public JsonObject Source { get; }

        public SchemaType Type { get; }

        public string? Format { get; }

        public IReadOnlyDictionary<string, Schema> Properties { get; }

        public Schema? AdditionalProperties { get; }

        public Schema? Items { get; }

        public IReadOnlySet<string> Required { get; }

        public bool Nullable { get; }

        public bool PreserveUnknown { get; }

        public bool IntOrString { get; }

        public bool EmbeddedResource { get; }

        public ListKind ListKind { get; }

        public IReadOnlyList<string> MapKeys { get; }

        public bool AtomicMap { get; }

        public string? PatchMergeKey { get; }

        public bool PatchMerges { get; }

        public bool PatchRetainsKeys { get; }

        public IReadOnlyList<string> Structs { get; }

        private static Dictionary<string, Schema> ReadProperties(SchemaProvider provider, JsonObject source, bool structural)
        {
            var result = new Dictionary<string, Schema>(StringComparer.Ordinal);
            if (source.Object("properties") is { } properties)
            {
                foreach (var (name, value) in properties)
                    result[name] = provider.Of(value as JsonObject ?? [], structural);
            }

            return result;
        }

        private static SchemaType ParseType(string? type) => type switch
        {
            "object" => SchemaType.Object,
            "array" => SchemaType.Array,
            "string" => SchemaType.String,
            "integer" => SchemaType.Integer,
            "number" => SchemaType.Number,
            "boolean" => SchemaType.Boolean,
            _ => SchemaType.Any,
        };
    }
}
