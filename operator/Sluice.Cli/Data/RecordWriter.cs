using System.Text;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Sluice.Client;
using Sluice.Client.Consuming;
using Sluice.Protocol.Batches;

namespace Sluice.Cli.Data;

/// <summary>Writes records to the output, a line each.</summary>
internal sealed class RecordWriter(Stream output, bool json, bool showKey) : IDisposable
{
    private readonly BufferedStream _output = new(output, 64 * 1024);

    public void Write(TopicPartition partition, in ConsumedRecord record)
    {
        if (json)
        {
            _output.Write(Encoding.UTF8.GetBytes(ToJson(partition, record).ToJsonString()));
        }
        else
        {
            if (showKey)
            {
                _output.Write(record.Key.Span);
                _output.WriteByte((byte)'\t');
            }

            _output.Write(record.Value.Span);
        }

        _output.WriteByte((byte)'\n');
    }

    /// <summary>Shows what was written so far.</summary>
    public void Flush() => _output.Flush();

    public void Dispose() => _output.Dispose();

    internal static JsonObject ToJson(TopicPartition partition, in ConsumedRecord record)
    {
        var document = new JsonObject
        {
            ["topic"] = partition.Topic, ["partition"] = partition.Partition, ["offset"] = record.Offset, ["timestamp"] = record.TimestampMs,
        };
        Add(document, "key", record.KeyIsNull ? default(ReadOnlyMemory<byte>?) : record.Key);
        Add(document, "value", record.ValueIsNull ? default(ReadOnlyMemory<byte>?) : record.Value);
        if (record.HeaderCount == 0) return document;
        var headers = new JsonArray();
        foreach (RecordHeader header in record.ReadHeaders())
        {
            var one = new JsonObject { ["name"] = header.Key };
            Add(one, "value", header.Value);
            headers.Add((JsonNode)one);
        }

        document["headers"] = headers;
        return document;
    }

    private static void Add(JsonObject document, string name, ReadOnlyMemory<byte>? bytes)
    {
        if (bytes is not { } some) document[name] = null;
        else if (Utf8.IsValid(some.Span)) document[name] = Encoding.UTF8.GetString(some.Span);
        else document[name + "Base64"] = Convert.ToBase64String(some.Span);
    }
}
