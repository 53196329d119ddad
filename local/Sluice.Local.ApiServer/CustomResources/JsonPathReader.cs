using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;

namespace Sluice.Local.ApiServer.CustomResources;

/// <summary>
/// The JSONPath of printer columns and scale paths: fields, quoted fields, indexes, wildcards, and filters that compare a field
/// with a text or number, as in <c>.status.conditions[?(@.type=="Ready")].status</c>.
/// </summary>
internal sealed class JsonPathReader
{
    private readonly List<Func<JsonNode?, IEnumerable<JsonNode?>>> _steps = [];

    private JsonPathReader()
    {
    }

    /// <exception cref="FormatException">The path uses what is not supported; the message names it.</exception>
    public static JsonPathReader Parse(string path)
    {
        var result = new JsonPathReader();
        var at = 0;
        while (at < path.Length)
        {
            if (path[at] == '.')
            {
                var end = path.IndexOfAny(['.', '['], at + 1);
                end = end < 0 ? path.Length : end;
                var name = path[(at + 1)..end];
                if (name.Length == 0 && end == path.Length)
                    throw new FormatException("the path ends in a dot");
                if (name.Length > 0)
                    result._steps.Add(name == "*" ? Children : Field(name.Replace("\\.", ".", StringComparison.Ordinal)));
                at = end;
            }
            else if (path[at] == '[')
            {
                var end = Closing(path, at);
                result._steps.Add(Bracket(path[(at + 1)..end]));
                at = end + 1;
            }
            else
            {
                throw new FormatException($"unexpected {path[at..]}");
            }
        }

        return result;
    }

    public IEnumerable<JsonNode?> Find(JsonNode? root)
    {
        IEnumerable<JsonNode?> current = [root];
        foreach (var step in _steps)
            current = current.SelectMany(step);
        return current;
    }

    public JsonNode? First(JsonNode? root) => Find(root).FirstOrDefault();

    private static Func<JsonNode?, IEnumerable<JsonNode?>> Field(string name) =>
        node => node is JsonObject members && members.TryGetPropertyValue(name, out var value) ? [value] : [];

    private static IEnumerable<JsonNode?> Children(JsonNode? node) => node switch
    {
        JsonObject members => members.Select(pair => pair.Value),
        JsonArray items => items,
        _ => [],
    };

    private static Func<JsonNode?, IEnumerable<JsonNode?>> Bracket(string inside)
    {
        if (inside == "*")
            return Children;
        if (inside is ['\'', .., '\''] or ['"', .., '"'])
            return Field(inside[1..^1]);
        if (int.TryParse(inside, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index))
            return node => node is JsonArray items && (index < 0 ? items.Count + index : index) is var at && at >= 0 && at < items.Count ? [items[at]] : [];
        if (inside.StartsWith("?(", StringComparison.Ordinal) && inside.EndsWith(')'))
            return Filter(inside[2..^1]);
        throw new FormatException($"unsupported [{inside}]: use a field, an index, * or a filter that compares a field with a text or number");
    }

    private static Func<JsonNode?, IEnumerable<JsonNode?>> Filter(string condition)
    {
        foreach (var comparison in new[] { "==", "!=" })
        {
            var at = condition.IndexOf(comparison, StringComparison.Ordinal);
            if (at < 0)
                continue;
            var left = condition[..at].Trim();
            if (!left.StartsWith("@.", StringComparison.Ordinal))
                break;
            var path = Parse(left[1..]);
            var right = Literal(condition[(at + 2)..].Trim());
            return node => Children(node).Where(item => path.Find(item).Any(value => Json.Same(value, right)) == (comparison == "=="));
        }

        throw new FormatException($"unsupported filter ?({condition}): use ?(@.field==\"value\")");
    }

    private static JsonNode? Literal(string text)
    {
        if (text is ['\'', .., '\''] or ['"', .., '"'])
            return JsonValue.Create(text[1..^1]);
        return text switch
        {
            "true" => JsonValue.Create(true),
            "false" => JsonValue.Create(false),
            _ when long.TryParse(text, CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
            _ => throw new FormatException($"unsupported literal {text}"),
        };
    }

    private static int Closing(string path, int open)
    {
        var quote = '\0';
        for (var i = open + 1; i < path.Length; i++)
        {
            if (quote != '\0')
                quote = path[i] == quote ? '\0' : quote;
            else if (path[i] is '\'' or '"')
                quote = path[i];
            else if (path[i] == ']')
                return i;
        }

        throw new FormatException("unterminated [");
    }
}
