using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using k8s;
using k8s.Models;

namespace Sluice.Kubernetes.Serialization;

/// <summary>
/// JSON as the Kubernetes API writes it, by the metadata that the models' library made at its build: camelCase names, absent instead
/// of null. Mended where the library's own options would lose something: see the converters.
/// </summary>
public static class ApiJson
{
    /// <summary>The options for models, custom resources and <see cref="JsonNode"/>.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>Serializes an object to UTF-8.</summary>
    public static byte[] ToUtf8<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    /// <summary>Turns an object into a tree of its own.</summary>
    public static JsonObject ToJsonObject<T>(T value) => JsonSerializer.SerializeToNode(value, Options)!.AsObject();

    /// <summary>Reads an object of a tree.</summary>
    /// <exception cref="JsonException">The tree does not fit the class.</exception>
    public static T FromJson<T>(JsonNode node) => node.Deserialize<T>(Options) ?? throw new JsonException($"Expected {typeof(T).Name}, found null.");

    /// <summary>A copy that shares nothing with the original. Objects read from a cache must be copied before they are changed.</summary>
    public static T Copy<T>(T value) => JsonSerializer.Deserialize<T>(ToUtf8(value), Options)!;

    private static JsonSerializerOptions Create()
    {
        JsonSerializerOptions options = new KubernetesClientConfiguration().JsonSerializerOptions;
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.MaxDepth = 256;
        // The first converter that fits is taken: these go before the library's.
        options.Converters.Insert(0, new TimeConverter());
        options.Converters.Insert(0, new QuantityConverter());
        options.Converters.Insert(0, new IntOrStringConverter());
        options.TypeInfoResolver = options.TypeInfoResolver!.WithAddedModifier(Mend);
        options.MakeReadOnly();
        return options;
    }

    private static void Mend(JsonTypeInfo type)
    {
        foreach (JsonPropertyInfo property in type.Properties)
        {
            if (IsMicroTime(type.Type, property.Name)) property.CustomConverter = property.PropertyType == typeof(DateTime) ? new MicroTimeConverter() : new OptionalMicroTimeConverter();
            else if (property.PropertyType == typeof(IList<V1ManagedFieldsEntry>)) property.CustomConverter = new ManagedFieldsConverter();
            else if (type.Type.Assembly != typeof(V1Pod).Assembly) IgnoreNull(property);
        }
    }

    /// <summary>The times that have six digits of the second, always: the API server refuses one without.</summary>
    private static bool IsMicroTime(Type type, string property) =>
        (type == typeof(V1LeaseSpec) && property is "acquireTime" or "renewTime")
        || ((type == typeof(Eventsv1Event) || type == typeof(Corev1Event)) && property is "eventTime")
        || ((type == typeof(Eventsv1EventSeries) || type == typeof(Corev1EventSeries)) && property is "lastObservedTime");

    /// <summary>The API writes null for an empty list as often as it leaves it out: null means absent, so that an initial value stays.</summary>
    private static void IgnoreNull(JsonPropertyInfo property)
    {
        if (property.IsExtensionData || property.PropertyType.IsValueType || property.Set is not { } set) return;
        property.Set = (target, value) =>
        {
            if (value is not null) set(target, value);
        };
    }
}
