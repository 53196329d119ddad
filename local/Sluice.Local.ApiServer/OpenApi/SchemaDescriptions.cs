using System.Text;
using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;

namespace Sluice.Local.ApiServer.OpenApi;

/// <summary>
/// What the built-in kinds and their fields mean, in the words of Kubernetes. Only the schemas that clients read carry them, so they
/// lie in a part of this assembly of their own: a line a type, read when the first document is asked for.
/// </summary>
internal static class SchemaDescriptions
{
    private static readonly Lazy<Dictionary<string, byte[]>> Lines = new(Read);

    /// <summary>Adds the descriptions of a type and its fields to the type's schema.</summary>
    public static void AddTo(JsonObject schema, string name)
    {
        if (!Lines.Value.TryGetValue(name, out var line))
            return;
        foreach (var (field, text) in DocumentReader.ReadObject(line).Object(name)!)
        {
            var described = field.Length == 0 ? schema : schema["properties"].Object(field);
            if (described is not null)
                described["description"] = text.CopyOrNull();
        }
    }

    /// <summary>What a field of a type means.</summary>
    public static string? Of(string name, string field) =>
        Lines.Value.TryGetValue(name, out var line) ? DocumentReader.ReadObject(line)[name].String(field) : null;

    private static Dictionary<string, byte[]> Read()
    {
        var result = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        using var stream = typeof(SchemaDescriptions).Assembly.GetManifestResourceStream("descriptions.jsonl")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        while (reader.ReadLine() is { } line)
            result[line[2..line.IndexOf('"', 2)]] = Encoding.UTF8.GetBytes(line);
        return result;
    }
}
