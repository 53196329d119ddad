using System.Text.Json;
using k8s.Models;
using Sluice.Kubernetes.Models;
using Sluice.Kubernetes.Serialization;

namespace Sluice.Kubernetes.Client;

/// <summary>Reads a list object by object, so that one that does not fit the class can be left out, and no second copy of the list is made.</summary>
internal static class ListReader
{
    /// <param name="body">The answer.</param>
    /// <param name="unreadable">Told of objects that do not fit the class; null: they are an error.</param>
    /// <exception cref="JsonException">The answer is no list.</exception>
    public static ResourceList<T> Read<T>(ReadOnlySpan<byte> body, Action<string, JsonException>? unreadable)
    {
        var list = new ResourceList<T>();
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = ApiJson.Options.MaxDepth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException("The answer is no list.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("metadata"u8))
            {
                reader.Read();
                list.Metadata = JsonSerializer.Deserialize<V1ListMeta>(ref reader, ApiJson.Options) ?? list.Metadata;
            }
            else if (reader.ValueTextEquals("items"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartArray) ReadItems(ref reader, list.Items, unreadable);
            }
            else
            {
                reader.Skip();
            }
        }
        return list;
    }

    private static void ReadItems<T>(ref Utf8JsonReader reader, List<T> items, Action<string, JsonException>? unreadable)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Utf8JsonReader start = reader;
            try
            {
                items.Add(JsonSerializer.Deserialize<T>(ref reader, ApiJson.Options) ?? throw new JsonException("An item is null."));
            }
            catch (JsonException error) when (unreadable is not null)
            {
                reader = start;
                unreadable(ObjectIdentity.NameOf(JsonElement.ParseValue(ref reader)), error);
            }
        }
    }
}
