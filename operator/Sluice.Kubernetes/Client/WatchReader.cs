using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Sluice.Kubernetes.Serialization;

namespace Sluice.Kubernetes.Client;

/// <summary>Reads the events of a watch: one JSON object a line.</summary>
internal static class WatchReader
{
    private const int EventBytesMax = 64 << 20;

    /// <summary>Gives events until the stream ends. An ERROR event becomes an <see cref="ApiException"/>.</summary>
    /// <param name="stream">The answer.</param>
    /// <param name="request">The request, for messages.</param>
    /// <param name="unreadable">Told of objects that do not fit the class, which then count as deleted; null: they are an error.</param>
    /// <param name="cancellation">Stops reading.</param>
    public static async IAsyncEnumerable<WatchEvent<T>> ReadAsync<T>(
        Stream stream, string request, Action<string, JsonException>? unreadable, [EnumeratorCancellation] CancellationToken cancellation)
    {
        PipeReader reader = PipeReader.Create(stream);
        try
        {
            while (true)
            {
                ReadResult read = await reader.ReadAsync(cancellation);
                ReadOnlySequence<byte> buffer = read.Buffer;
                while (NextLine(ref buffer, out ReadOnlySequence<byte> line))
                {
                    if (!line.IsEmpty) yield return Parse<T>(line, request, unreadable);
                }
                if (buffer.Length > EventBytesMax) throw new InvalidDataException($"{request}: an event is longer than {EventBytesMax} bytes.");
                // What is left without a line end was torn off by a lost connection.
                if (read.IsCompleted) yield break;
                reader.AdvanceTo(buffer.Start, buffer.End);
            }
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }

    private static bool NextLine(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> line)
    {
        SequencePosition? end = buffer.PositionOf((byte)'\n');
        if (end is null)
        {
            line = default;
            return false;
        }
        line = buffer.Slice(0, end.Value);
        buffer = buffer.Slice(buffer.GetPosition(1, end.Value));
        return true;
    }

    private static WatchEvent<T> Parse<T>(ReadOnlySequence<byte> line, string request, Action<string, JsonException>? unreadable)
    {
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = ApiJson.Options.MaxDepth });
        Utf8JsonReader value = default;
        string? kind = null;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                kind = reader.GetString();
                continue;
            }
            if (reader.ValueTextEquals("object"u8)) value = reader;
            reader.Skip();
        }
        if (value.TokenType == JsonTokenType.None || !value.Read()) throw new InvalidDataException($"{request}: an event has no object.");
        WatchEventType type = kind switch
        {
            "ADDED" => WatchEventType.Added,
            "MODIFIED" => WatchEventType.Modified,
            "DELETED" => WatchEventType.Deleted,
            "BOOKMARK" => WatchEventType.Bookmark,
            "ERROR" => throw Error(ref value, request),
            _ => throw new InvalidDataException($"{request}: event type '{kind}' is not known."),
        };
        Utf8JsonReader start = value;
        try
        {
            return new WatchEvent<T>(type, JsonSerializer.Deserialize<T>(ref value, ApiJson.Options) ?? throw new InvalidDataException($"{request}: an event has no object."));
        }
        catch (JsonException error) when (unreadable is not null)
        {
            return Unreadable<T>(JsonElement.ParseValue(ref start), error, unreadable);
        }
    }

    private static ApiException Error(ref Utf8JsonReader value, string request)
    {
        V1Status status = JsonSerializer.Deserialize<V1Status>(ref value, ApiJson.Options) ?? new V1Status { Message = "error event without a status" };
        return new ApiException((HttpStatusCode)(status.Code ?? 500), request, status);
    }

    /// <summary>An object that nobody can read is gone for all who could read it before.</summary>
    private static WatchEvent<T> Unreadable<T>(JsonElement value, JsonException error, Action<string, JsonException> unreadable)
    {
        if (!value.TryGetProperty("metadata", out JsonElement metadata)) throw error;
        unreadable(ObjectIdentity.NameOf(value), error);
        var rest = new JsonObject { ["metadata"] = JsonNode.Parse(metadata.GetRawText()) };
        return new WatchEvent<T>(WatchEventType.Deleted, rest.Deserialize<T>(ApiJson.Options)!);
    }
}
