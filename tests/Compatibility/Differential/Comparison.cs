using System.Text.Json.Nodes;

namespace Compatibility.Differential;

/// <summary>Finds the fields in which two answers differ.</summary>
internal static class Comparison
{
    /// <summary>Fields that name an element of a list, so that one more in between does not make all that follow differ.</summary>
    private static readonly string[] Keys = ["Name", "Feature", "ApiKey", "ResourceName"];

    /// <summary>A field that differs: where it is, and its two values.</summary>
    public readonly record struct Field(string Path, string Kafka, string Sluice);

    public static List<Field> Of(JsonNode? kafka, JsonNode? sluice)
    {
        var fields = new List<Field>();
        Compare(kafka, sluice, "", fields);
        return fields;
    }

    private static void Compare(JsonNode? kafka, JsonNode? sluice, string path, List<Field> fields)
    {
        switch (kafka, sluice)
        {
            case (JsonObject k, JsonObject s) when k.Select(p => p.Key).SequenceEqual(s.Select(p => p.Key)):
                foreach ((string name, JsonNode? value) in k) Compare(value, s[name], path.Length == 0 ? name : $"{path}.{name}", fields);
                break;
            case (JsonArray k, JsonArray s):
                CompareLists(k, s, path, fields);
                break;
            default:
                if (!JsonNode.DeepEquals(kafka, sluice)) fields.Add(new(path, Show(kafka), Show(sluice)));
                break;
        }
    }

    private static void CompareLists(JsonArray kafka, JsonArray sluice, string path, List<Field> fields)
    {
        if (KeyOf(kafka, sluice) is { } key)
        {
            var others = sluice.ToDictionary(item => item![key]!.ToString());
            foreach (JsonNode? item in kafka)
            {
                string name = item![key]!.ToString();
                if (others.Remove(name, out JsonNode? other)) Compare(item, other, $"{path}[{name}]", fields);
                else fields.Add(new($"{path}[{name}]", Show(item), "(absent)"));
            }
            foreach ((string name, JsonNode? other) in others) fields.Add(new($"{path}[{name}]", "(absent)", Show(other)));
            return;
        }
        for (int i = 0; i < Math.Max(kafka.Count, sluice.Count); i++)
        {
            if (i >= sluice.Count) fields.Add(new($"{path}[{i}]", Show(kafka[i]), "(absent)"));
            else if (i >= kafka.Count) fields.Add(new($"{path}[{i}]", "(absent)", Show(sluice[i])));
            else Compare(kafka[i], sluice[i], $"{path}[{i}]", fields);
        }
    }

    private static string? KeyOf(JsonArray kafka, JsonArray sluice) => kafka.Count + sluice.Count == 0 ? null : Array.Find(Keys, key => Names(kafka, key) && Names(sluice, key));

    private static bool Names(JsonArray list, string key) =>
        list.All(item => item is JsonObject o && o.ContainsKey(key)) && list.Select(item => item![key]?.ToString()).Distinct().Count() == list.Count && list.All(item => item![key] is not null);

    private static string Show(JsonNode? node) => node?.ToJsonString() ?? "null";
}
