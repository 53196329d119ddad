using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Kubernetes.Models;
using Sluice.Kubernetes.Serialization;

namespace Sluice.Kubernetes;

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
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = 256 });
        Envelope envelope = JsonSerializer.Deserialize<Envelope>(ref reader, KubernetesJson.Options) ?? throw new InvalidDataException($"{request}: an event is null.");
        if (envelope.Type == "ERROR")
        {
            Status status = envelope.Object.Deserialize<Status>(KubernetesJson.Options) ?? new Status { Message = "error event without a status" };
            throw new ApiException((HttpStatusCode)(status.Code ?? 500), request, status);
        }
        WatchEventType type = envelope.Type switch
        {
            "ADDED" => WatchEventType.Added,
            "MODIFIED" => WatchEventType.Modified,
            "DELETED" => WatchEventType.Deleted,
            "BOOKMARK" => WatchEventType.Bookmark,
            var other => throw new InvalidDataException($"{request}: event type '{other}' is not known."),
        };
        try
        {
            return new WatchEvent<T>(type, envelope.Object.Deserialize<T>(KubernetesJson.Options) ?? throw new InvalidDataException($"{request}: an event has no object."));
        }
        catch (JsonException error) when (unreadable is not null && envelope.Object.TryGetProperty("metadata", out JsonElement metadata))
        {
            unreadable(NameOf(envelope.Object), error);
            var rest = new JsonObject { ["metadata"] = JsonNode.Parse(metadata.GetRawText()) };
            return new WatchEvent<T>(WatchEventType.Deleted, rest.Deserialize<T>(KubernetesJson.Options)!);
        }
    }

    /// <summary>Namespace and name of an object that cannot be read otherwise.</summary>
    public static string NameOf(JsonElement value)
    {
        if (!value.TryGetProperty("metadata", out JsonElement metadata)) return "?";
        string name = metadata.TryGetProperty("name", out JsonElement text) ? text.ToString() : "?";
        return metadata.TryGetProperty("namespace", out JsonElement ns) ? $"{ns}/{name}" : name;
    }

    private sealed class Envelope
    {
        public string Type { get; set; } = "";

        public JsonElement Object { get; set; }
    }
}
