using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Sluice.Kubernetes.Serialization;

/// <summary>JSON as the Kubernetes API writes it: camelCase names, absent instead of null, times with whole seconds.</summary>
public static class KubernetesJson
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
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            MaxDepth = 256,
            Converters = { new TimeConverter(), new JsonStringEnumConverter() },
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { IgnoreNulls } },
        };
        options.MakeReadOnly();
        return options;
    }

    /// <summary>The API writes null for an empty list as often as it leaves it out: null means absent, so that an initial value stays.</summary>
    private static void IgnoreNulls(JsonTypeInfo type)
    {
        foreach (JsonPropertyInfo property in type.Properties)
        {
            if (property.IsExtensionData || property.PropertyType.IsValueType || property.Set is not { } set) continue;
            property.Set = (target, value) =>
            {
                if (value is not null) set(target, value);
            };
        }
    }
}
