using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.Local.ApiServer.Documents;

/// <summary>A document that was read, with the paths of the fields that occurred twice (the last one won).</summary>
internal readonly record struct ParsedDocument(JsonNode? Root, IReadOnlyList<string> Duplicates);

/// <summary>Turns JSON text into a document of plain nodes, which unlike lazily parsed ones can be read by several threads.</summary>
internal static class DocumentReader
{
    /// <summary>Deeper documents are refused; schemas of custom resources nest by far the deepest and stay below.</summary>
    public const int DepthMax = 256;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = DepthMax, CommentHandling = JsonCommentHandling.Disallow };

    public static ParsedDocument Read(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, Options);
        var state = new State();
        if (!reader.Read())
            throw new JsonException("unexpected end of JSON input");
        var root = ReadValue(ref reader, state);
        if (reader.Read())
            throw new JsonException("unexpected data after the document");
        return new ParsedDocument(root, state.Duplicates);
    }

    /// <summary>Reads what this program wrote itself, where duplicates cannot be.</summary>
    public static JsonObject ReadObject(ReadOnlySpan<byte> utf8) =>
        Read(utf8).Root as JsonObject ?? throw new JsonException("the document is no object");

    public static JsonObject ReadObject(string text) => ReadObject(System.Text.Encoding.UTF8.GetBytes(text));

    private static JsonNode? ReadValue(ref Utf8JsonReader reader, State state)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return ReadMembers(ref reader, state);
            case JsonTokenType.StartArray:
                return ReadItems(ref reader, state);
            case JsonTokenType.String:
                return JsonValue.Create(reader.GetString()!);
            case JsonTokenType.Number:
                return reader.TryGetInt64(out var whole) ? JsonValue.Create(whole) : JsonValue.Create(reader.GetDouble());
            case JsonTokenType.True:
                return JsonValue.Create(true);
            case JsonTokenType.False:
                return JsonValue.Create(false);
            default:
                return null;
        }
    }

    private static JsonObject ReadMembers(ref Utf8JsonReader reader, State state)
    {
        var result = new JsonObject();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var key = reader.GetString()!;
            reader.Read();
            var depth = state.Enter(key);
            if (result.ContainsKey(key))
                state.Duplicates.Add(state.Path);
            result[key] = ReadValue(ref reader, state);
            state.Leave(depth);
        }

        return result;
    }

    private static JsonArray ReadItems(ref Utf8JsonReader reader, State state)
    {
        var result = new JsonArray();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var depth = state.Enter(result.Count);
            result.Add(ReadValue(ref reader, state));
            state.Leave(depth);
        }

        return result;
    }

    private sealed class State
    {
        private readonly System.Text.StringBuilder _path = new();

        public List<string> Duplicates { get; } = [];

        public string Path => _path.ToString();

        public int Enter(string key)
        {
            var length = _path.Length;
            if (length > 0)
                _path.Append('.');
            _path.Append(key);
            return length;
        }

        public int Enter(int index)
        {
            var length = _path.Length;
            _path.Append('[').Append(index).Append(']');
            return length;
        }

        public void Leave(int length) => _path.Length = length;
    }
}
