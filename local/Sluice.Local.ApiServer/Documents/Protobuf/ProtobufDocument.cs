using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Errors;

namespace Sluice.Local.ApiServer.Documents.Protobuf;

/// <summary>
/// Reads objects in Kubernetes' binary encoding. Servers may answer in JSON alone, but kubectl's typed commands (create, auth)
/// send their requests like this without asking.
/// </summary>
internal static class ProtobufDocument
{
    public const string MediaType = "application/vnd.kubernetes.protobuf";

    private const int DepthMax = 32;

    private static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    /// <summary>Reads an envelope with an object inside.</summary>
    /// <exception cref="ApiError">It is malformed, or of a type whose numbers are not known.</exception>
    public static JsonObject Read(ReadOnlySpan<byte> body)
    {
        if (!body.StartsWith(Magic))
            throw ApiError.BadRequest("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
        var apiVersion = "";
        var kind = "";
        ReadOnlySpan<byte> raw = default;
        var envelope = new ProtobufReader(body[Magic.Length..]);
        while (envelope.Next(out var number, out var value))
        {
            if (number == 1)
                (apiVersion, kind) = ReadType(value.Bytes);
            else if (number == 2)
                raw = value.Bytes;
        }

        if (!ProtobufTable.Instance.Knows(kind))
            throw ApiError.UnsupportedMediaType($"application/json, application/yaml (a {kind} cannot be read from {MediaType})");
        var result = new JsonObject { ["kind"] = kind, ["apiVersion"] = apiVersion };
        ReadMessage(raw, kind, result, 0);
        return result;
    }

    private static (string ApiVersion, string Kind) ReadType(ReadOnlySpan<byte> bytes)
    {
        var (apiVersion, kind) = ("", "");
        var reader = new ProtobufReader(bytes);
        while (reader.Next(out var number, out var value))
        {
            if (number == 1)
                apiVersion = Encoding.UTF8.GetString(value.Bytes);
            else if (number == 2)
                kind = Encoding.UTF8.GetString(value.Bytes);
        }

        return (apiVersion, kind);
    }

    private static void ReadMessage(ReadOnlySpan<byte> bytes, string message, JsonObject into, int depth)
    {
        if (depth > DepthMax)
            throw ProtobufReader.Malformed();
        var reader = new ProtobufReader(bytes);
        while (reader.Next(out var number, out var value))
        {
            if (ProtobufTable.Instance.Find(message, number) is not { } field)
                continue;
            if (field.Type is ProtobufType.StringMap or ProtobufType.BytesMap)
                AddEntry(into.Ensure(field.Name), value.Bytes, field.Type);
            else if (ReadValue(field, value, depth) is { } node)
                Put(into, field, node);
        }
    }

    private static void Put(JsonObject into, ProtobufField field, JsonNode node)
    {
        if (!field.Repeated)
        {
            into[field.Name] = node;
            return;
        }

        if (into[field.Name] is not JsonArray items)
            into[field.Name] = items = [];
        items.Add(node);
    }

    private static JsonNode? ReadValue(ProtobufField field, ProtobufValue value, int depth)
    {
        var keepsEmpty = field.Optional || field.Repeated;
        switch (field.Type)
        {
            case ProtobufType.String:
                return value.Bytes.Length > 0 || keepsEmpty ? JsonValue.Create(Encoding.UTF8.GetString(value.Bytes)) : null;
            case ProtobufType.Integer:
                return value.Number != 0 || keepsEmpty ? JsonValue.Create((long)value.Number) : null;
            case ProtobufType.Boolean:
                return value.Number != 0 || keepsEmpty ? JsonValue.Create(value.Number != 0) : null;
            case ProtobufType.IntOrString:
                return ReadIntOrString(value.Bytes);
            default:
                if (field.Message == "Time")
                    return ReadTime(value.Bytes);
                var inner = new JsonObject();
                ReadMessage(value.Bytes, field.Message, inner, depth + 1);
                return inner.Count > 0 || keepsEmpty ? inner : null;
        }
    }

    private static void AddEntry(JsonObject map, ReadOnlySpan<byte> entry, ProtobufType type)
    {
        var key = "";
        ReadOnlySpan<byte> content = default;
        var reader = new ProtobufReader(entry);
        while (reader.Next(out var number, out var value))
        {
            if (number == 1)
                key = Encoding.UTF8.GetString(value.Bytes);
            else if (number == 2)
                content = value.Bytes;
        }

        map[key] = type == ProtobufType.BytesMap ? Convert.ToBase64String(content) : Encoding.UTF8.GetString(content);
    }

    private static JsonValue? ReadIntOrString(ReadOnlySpan<byte> bytes)
    {
        var isText = false;
        var number = 0L;
        var text = "";
        var reader = new ProtobufReader(bytes);
        while (reader.Next(out var field, out var value))
        {
            if (field == 1)
                isText = value.Number == 1;
            else if (field == 2)
                number = (int)value.Number;
            else if (field == 3)
                text = Encoding.UTF8.GetString(value.Bytes);
        }

        return isText ? JsonValue.Create(text) : number != 0 ? JsonValue.Create(number) : null;
    }

    private static JsonValue? ReadTime(ReadOnlySpan<byte> bytes)
    {
        long? seconds = null;
        var reader = new ProtobufReader(bytes);
        while (reader.Next(out var field, out var value))
        {
            if (field == 1)
                seconds = (long)value.Number;
        }

        return seconds is > -62_135_596_800 and < 253_402_300_800
            ? JsonValue.Create(DateTimeOffset.FromUnixTimeSeconds(seconds.Value).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture))
            : null;
    }
}

/// <summary>A field's value: bytes for texts and messages, else a number.</summary>
internal readonly ref struct ProtobufValue(ulong number, ReadOnlySpan<byte> bytes)
{
    public ulong Number { get; } = number;

    public ReadOnlySpan<byte> Bytes { get; } = bytes;
}

/// <summary>Steps through the fields of a message.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public bool Next(out int number, out ProtobufValue value)
    {
        number = 0;
        value = default;
        if (_rest.IsEmpty)
            return false;
        var tag = Varint();
        number = (int)(tag >> 3);
        value = (tag & 7) switch
        {
            0 => new ProtobufValue(Varint(), default),
            1 => new ProtobufValue(BinaryPrimitives.ReadUInt64LittleEndian(Take(8)), default),
            2 => new ProtobufValue(0, Take(Varint())),
            5 => new ProtobufValue(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)), default),
            _ => throw Malformed(),
        };
        return true;
    }

    public static ApiError Malformed() => ApiError.BadRequest("the body is no well-formed protobuf message");

    private ulong Varint()
    {
        ulong result = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Take(1)[0];
            result |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return result;
        }

        throw Malformed();
    }

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)_rest.Length)
            throw Malformed();
        var result = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return result;
    }
}
