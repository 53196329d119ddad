using System.Globalization;
using Sluice.Local.ApiServer.Resources;

namespace Sluice.Local.ApiServer.Documents.Protobuf;

/// <summary>The type of a field in a message.</summary>
internal enum ProtobufType
{
    String,
    Integer,
    Boolean,
    StringMap,
    BytesMap,
    IntOrString,
    Message,
}

/// <summary>A field of a message. One that is not optional is always on the wire, and means nothing there when it is empty.</summary>
internal sealed record ProtobufField(int Number, string Name, ProtobufType Type, string Message, bool Repeated, bool Optional);

/// <summary>The numbers of fields of the messages that kubectl sends in this encoding, which are those of its typed commands.</summary>
internal sealed class ProtobufTable
{
    private static readonly Lazy<ProtobufTable> Loaded = new(() => new ProtobufTable());

    private readonly Dictionary<string, Dictionary<int, ProtobufField>> _messages = new(StringComparer.Ordinal);

    private ProtobufTable()
    {
        foreach (var line in EmbeddedTable.Lines("protobuf.tsv"))
        {
            var column = line.Split('\t');
            _messages[column[0]] = column[1].Split(';').Select(Parse).ToDictionary(field => field.Number);
        }
    }

    public static ProtobufTable Instance => Loaded.Value;

    public bool Knows(string message) => _messages.ContainsKey(message);

    public ProtobufField? Find(string message, int number) => _messages[message].GetValueOrDefault(number);

    private static ProtobufField Parse(string text)
    {
        var word = text.Split(' ');
        var type = word[2];
        var repeated = type.StartsWith('*');
        var optional = type.EndsWith('?');
        type = type.TrimStart('*').TrimEnd('?');
        var message = type.StartsWith('@') ? type[1..] : "";
        return new ProtobufField(int.Parse(word[0], CultureInfo.InvariantCulture), word[1], TypeOf(type), message, repeated, optional);
    }

    private static ProtobufType TypeOf(string type) => type switch
    {
        "string" => ProtobufType.String,
        "int" => ProtobufType.Integer,
        "bool" => ProtobufType.Boolean,
        "map" => ProtobufType.StringMap,
        "bytesmap" => ProtobufType.BytesMap,
        "intstr" => ProtobufType.IntOrString,
        _ => ProtobufType.Message,
    };
}
