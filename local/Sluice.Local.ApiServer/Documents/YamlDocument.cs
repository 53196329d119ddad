using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace Sluice.Local.ApiServer.Documents;

/// <summary>YAML in requests and answers: the part of it that means the same as JSON.</summary>
internal static class YamlDocument
{
    public static ParsedDocument Read(string text)
    {
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _))
                return new ParsedDocument(null, []);
            parser.Consume<DocumentStart>();
            var duplicates = new List<string>();
            var root = ReadNode(parser, "", 0, duplicates);
            parser.Consume<DocumentEnd>();
            if (!parser.Accept<StreamEnd>(out _))
                throw new JsonException("more than one YAML document");
            return new ParsedDocument(root, duplicates);
        }
        catch (YamlException error)
        {
            throw new JsonException($"error converting YAML to JSON: yaml: line {error.Start.Line}: {error.Message}", error);
        }
    }

    public static string Write(JsonNode document) =>
        new SerializerBuilder().WithQuotingNecessaryStrings(quoteYaml1_1Strings: true).WithIndentedSequences().Build().Serialize(ToPlain(document)!);

    private static JsonNode? ReadNode(Parser parser, string path, int depth, List<string> duplicates)
    {
        if (depth > DocumentReader.DepthMax)
            throw new JsonException($"the document nests deeper than {DocumentReader.DepthMax}");
        switch (parser.Current)
        {
            case Scalar scalar:
                parser.MoveNext();
                return ReadScalar(scalar);
            case SequenceStart:
                return ReadSequence(parser, path, depth, duplicates);
            case MappingStart:
                return ReadMapping(parser, path, depth, duplicates);
            default:
                // Aliases let a small text stand for a huge document.
                throw new JsonException("YAML anchors and aliases are not supported");
        }
    }

    private static JsonArray ReadSequence(Parser parser, string path, int depth, List<string> duplicates)
    {
        var result = new JsonArray();
        parser.MoveNext();
        while (!parser.TryConsume<SequenceEnd>(out _))
            result.Add(ReadNode(parser, $"{path}[{result.Count}]", depth + 1, duplicates));
        return result;
    }

    private static JsonObject ReadMapping(Parser parser, string path, int depth, List<string> duplicates)
    {
        var result = new JsonObject();
        parser.MoveNext();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = parser.Consume<Scalar>().Value;
            var child = path.Length == 0 ? key : $"{path}.{key}";
            if (result.ContainsKey(key))
                duplicates.Add(child);
            result[key] = ReadNode(parser, child, depth + 1, duplicates);
        }

        return result;
    }

    private static JsonValue? ReadScalar(Scalar scalar)
    {
        var text = scalar.Value;
        if (scalar.Style is not ScalarStyle.Plain || scalar.Tag == "tag:yaml.org,2002:str")
            return JsonValue.Create(text);
        return text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => null,
            "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON" => JsonValue.Create(true),
            "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF" => JsonValue.Create(false),
            _ => ReadNumber(text),
        };
    }

    private static JsonValue ReadNumber(string text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
            return JsonValue.Create(whole);
        var looksNumeric = text[0] is '-' or '+' or '.' or (>= '0' and <= '9');
        return looksNumeric && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real)
            ? JsonValue.Create(real)
            : JsonValue.Create(text);
    }

    private static object? ToPlain(JsonNode? node) => node switch
    {
        JsonObject members => members.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToDictionary(pair => pair.Key, pair => ToPlain(pair.Value)),
        JsonArray items => items.Select(ToPlain).ToList(),
        JsonValue value when Json.AsString(value) is { } text => text,
        JsonValue value when Json.AsBool(value) is { } truth => truth,
        JsonValue value when Json.AsLong(value) is { } whole => whole,
        JsonValue value => Json.AsDouble(value),
        null => null,
        _ => throw new InvalidOperationException($"a {node.GetType().Name} is no part of a document"),
    };
}
