using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Protocol;

namespace Compatibility.Differential;

/// <summary>The recorded answers to the cases of one API: for each case the versions, and what they were answered.</summary>
internal static class AnswerFile
{
    private const int InlineMax = 150;
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string Folder => Path.Combine(Support.Judges.Repository, "tests", "Compatibility", "Answers");

    /// <summary>Writes answers in the order in which they came; equal ones of successive versions once.</summary>
    public static void Write(ApiKey key, IReadOnlyList<(string Case, short Version, JsonNode? Answer)> answers)
    {
        var text = new StringBuilder("# Answers of Apache Kafka 4.3.1, recorded by `SLUICE_RECORD=1 ./test Compatibility`.\n");
        for (int first = 0; first < answers.Count;)
        {
            (string name, short from, JsonNode? answer) = answers[first];
            int next = first + 1;
            while (next < answers.Count && answers[next].Case == name && JsonNode.DeepEquals(answers[next].Answer, answer)) next++;
            short to = answers[next - 1].Version;
            text.Append(CultureInfo.InvariantCulture, $"\n## {name} | {from}{(to == from ? "" : $"-{to}")}\n");
            Print(text, answer, 0);
            text.Append('\n');
            first = next;
        }
        Directory.CreateDirectory(Folder);
        File.WriteAllText(PathOf(key), text.ToString());
    }

    /// <summary>The recorded answers by case and version.</summary>
    public static Dictionary<(string Case, short Version), JsonNode?> Read(ApiKey key)
    {
        var answers = new Dictionary<(string, short), JsonNode?>();
        if (!File.Exists(PathOf(key))) return answers;
        foreach (string section in File.ReadAllText(PathOf(key)).Split("\n## ").Skip(1))
        {
            int end = section.IndexOf('\n', StringComparison.Ordinal);
            int bar = section.LastIndexOf(" | ", end, StringComparison.Ordinal);
            short[] versions = [.. section[(bar + 3)..end].Split('-').Select(v => short.Parse(v, CultureInfo.InvariantCulture))];
            for (short version = versions[0]; version <= versions[^1]; version++) answers.Add((section[..bar], version), JsonNode.Parse(section[end..]));
        }
        return answers;
    }

    private static string PathOf(ApiKey key) => Path.Combine(Folder, $"{key}.txt");

    /// <summary>What is short stays on one line; what is long gets a line a part.</summary>
    private static void Print(StringBuilder text, JsonNode? node, int indent)
    {
        string line = node?.ToJsonString(Plain) ?? "null";
        bool isFlat = indent + line.Length <= InlineMax || node is JsonValue or null;
        if (isFlat)
        {
            text.Append(line);
            return;
        }
        bool isObject = node is JsonObject;
        (string? Name, JsonNode? Value)[] parts = isObject
            ? [.. node!.AsObject().Select(p => ((string?)p.Key, p.Value))]
            : [.. node!.AsArray().Select(v => ((string?)null, v))];
        text.Append(isObject ? '{' : '[');
        for (int i = 0; i < parts.Length; i++)
        {
            text.Append(i == 0 ? "\n" : ",\n").Append(' ', indent + 1);
            if (parts[i].Name is { } name) text.Append('"').Append(name).Append("\":");
            Print(text, parts[i].Value, indent + 1);
        }
        text.Append('\n').Append(' ', indent).Append(isObject ? '}' : ']');
    }
}
