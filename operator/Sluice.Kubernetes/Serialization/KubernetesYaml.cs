using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Sluice.Kubernetes.Serialization;

/// <summary>
/// Manifests: YAML documents to JSON trees and back. Plain scalars get their type by the rules that the API server uses
/// (YAML 1.1 as Go's sigs.k8s.io/yaml reads it): <c>yes</c>, <c>on</c> and friends are booleans, quoted scalars strings.
/// </summary>
public static partial class KubernetesYaml
{
    private const int DepthMax = 128;
    private const int NodesMax = 1_000_000;

    /// <summary>Reads every document of a text; empty documents are left out.</summary>
    /// <exception cref="FormatException">The text is not YAML; the message says where and why.</exception>
    public static IReadOnlyList<JsonNode> Parse(string yaml)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(yaml));
        }
        catch (YamlException error)
        {
            throw new FormatException($"line {error.Start.Line}: {error.InnerException?.Message ?? error.Message}", error);
        }
        var documents = new List<JsonNode>();
        foreach (YamlDocument document in stream.Documents)
        {
            int budget = NodesMax;
            if (Convert(document.RootNode, 0, ref budget) is { } node) documents.Add(node);
        }
        return documents;
    }

    /// <summary>Writes a tree as one YAML document in block style, in the order of its properties.</summary>
    public static string Write(JsonNode node)
    {
        using var text = new StringWriter { NewLine = "\n" };
        var emitter = new Emitter(text, new EmitterSettings(bestIndent: 2, bestWidth: 120, isCanonical: false, maxSimpleKeyLength: 1024, skipAnchorName: true));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        Emit(emitter, node);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    private static JsonNode? Convert(YamlNode node, int depth, ref int budget)
    {
        if (depth > DepthMax) throw new FormatException($"line {node.Start.Line}: deeper than {DepthMax} levels");
        // Aliases make a small text expand without bound, so nodes are counted as they are copied.
        if (--budget < 0) throw new FormatException($"more than {NodesMax} nodes");
        switch (node)
        {
            case YamlMappingNode mapping:
                var result = new JsonObject();
                foreach ((YamlNode key, YamlNode value) in mapping.Children)
                {
                    if (key is not YamlScalarNode { Value: { } name }) throw new FormatException($"line {key.Start.Line}: a key must be a text");
                    if (result.ContainsKey(name)) throw new FormatException($"line {key.Start.Line}: duplicate key '{name}'");
                    result[name] = Convert(value, depth + 1, ref budget);
                }
                return result;
            case YamlSequenceNode sequence:
                var array = new JsonArray();
                foreach (YamlNode item in sequence.Children) array.Add(Convert(item, depth + 1, ref budget));
                return array;
            case YamlScalarNode scalar:
                return Scalar(scalar);
            default:
                throw new FormatException($"line {node.Start.Line}: unexpected {node.NodeType}");
        }
    }

    private static JsonValue? Scalar(YamlScalarNode scalar)
    {
        string text = scalar.Value ?? "";
        if (scalar.Style is not (ScalarStyle.Plain or ScalarStyle.Any) || scalar.Tag == "tag:yaml.org,2002:str") return JsonValue.Create(text);
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL": return null;
            case "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON": return JsonValue.Create(true);
            case "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF": return JsonValue.Create(false);
        }
        if (IntegerPattern().IsMatch(text) && long.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole))
            return JsonValue.Create(whole);
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long hexadecimal))
            return JsonValue.Create(hexadecimal);
        if (OctalPattern().Match(text) is { Success: true } octal) return JsonValue.Create(System.Convert.ToInt64(octal.Groups[1].Value, 8));
        if (FloatPattern().IsMatch(text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double real) && double.IsFinite(real))
            return JsonValue.Create(real);
        return JsonValue.Create(text);
    }

    private static void Emit(Emitter emitter, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject mapping:
                emitter.Emit(new MappingStart(null, null, isImplicit: true, mapping.Count == 0 ? MappingStyle.Flow : MappingStyle.Block));
                foreach ((string name, JsonNode? value) in mapping)
                {
                    EmitText(emitter, name);
                    Emit(emitter, value);
                }
                emitter.Emit(new MappingEnd());
                break;
            case JsonArray sequence:
                emitter.Emit(new SequenceStart(null, null, isImplicit: true, sequence.Count == 0 ? SequenceStyle.Flow : SequenceStyle.Block));
                foreach (JsonNode? item in sequence) Emit(emitter, item);
                emitter.Emit(new SequenceEnd());
                break;
            case JsonValue value when value.GetValueKind() == System.Text.Json.JsonValueKind.String:
                EmitText(emitter, value.GetValue<string>());
                break;
            default:
                emitter.Emit(new Scalar(null, null, node?.ToJsonString() ?? "null", ScalarStyle.Plain, isPlainImplicit: true, isQuotedImplicit: false));
                break;
        }
    }

    private static void EmitText(Emitter emitter, string text)
    {
        var probe = new YamlScalarNode(text) { Style = ScalarStyle.Plain };
        bool plain = Scalar(probe) is { } value && value.GetValueKind() == System.Text.Json.JsonValueKind.String && !LooksLikeTime().IsMatch(text);
        ScalarStyle style = text.Contains('\n') ? ScalarStyle.Literal : plain ? ScalarStyle.Any : ScalarStyle.DoubleQuoted;
        emitter.Emit(new Scalar(null, null, text, style, isPlainImplicit: true, isQuotedImplicit: true));
    }

    [GeneratedRegex("^[-+]?(0|[1-9][0-9_]*)$")]
    private static partial Regex IntegerPattern();

    [GeneratedRegex("^0o?([0-7]+)$")]
    private static partial Regex OctalPattern();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")]
    private static partial Regex FloatPattern();

    [GeneratedRegex("^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")]
    private static partial Regex LooksLikeTime();
}
