using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Sluice.Kubernetes.Models;
using Sluice.Kubernetes.Serialization;

namespace Sluice.Kubernetes;

/// <summary>Reads the events of a watch: one JSON object a line.</summary>
internal static class WatchReader
{
    private const int EventBytesMax = 64 << 20;

    /// <summary>Gives events until the stream ends. An ERROR event becomes an <see cref="ApiException"/>.</summary>
    public static async IAsyncEnumerable<WatchEvent<T>> ReadAsync<T>(Stream stream, string request, [EnumeratorCancellation] CancellationToken cancellation)
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
                    if (!line.IsEmpty) yield return Parse<T>(line, request);
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

    private static WatchEvent<T> Parse<T>(ReadOnlySequence<byte> line, string request)
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
        return new WatchEvent<T>(type, envelope.Object.Deserialize<T>(KubernetesJson.Options) ?? throw new InvalidDataException($"{request}: an event has no object."));
    }

    private sealed class Envelope
    {
        public string Type { get; set; } = "";

        public JsonElement Object { get; set; }
    }
}
