using System.Text;
using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Schemas;

namespace Sluice.Local.ApiServer.Cel;

/// <summary>How fields are called in expressions.</summary>
internal static class CelNames
{
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package", "namespace",
        "return", "var", "void", "while",
    };

    private static readonly Dictionary<string, string> Escaped = new(StringComparer.Ordinal) { ["__"] = "__underscores__", ["."] = "__dot__", ["-"] = "__dash__", ["/"] = "__slash__" };

    /// <summary>Of an object's metadata rules see the name alone.</summary>
    public static CelType Metadata { get; } = CelType.Of(SchemaProvider.Instance.Of(
        new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                ["name"] = new JsonObject { ["type"] = "string" },
                ["generateName"] = new JsonObject { ["type"] = "string" },
            },
        },
        structural: true));

    /// <summary>The name of a field in expressions; null when it cannot be named there.</summary>
    public static string? Escape(string name)
    {
        if (Reserved.Contains(name))
            return $"__{name}__";
        var result = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            var pair = i + 1 < name.Length ? name.Substring(i, 2) : "";
            if (pair == "__")
            {
                result.Append(Escaped[pair]);
                i++;
            }
            else if (Escaped.TryGetValue(name[i].ToString(), out var escape))
            {
                result.Append(escape);
            }
            else if (char.IsAsciiLetter(name[i]) || name[i] == '_' || (char.IsAsciiDigit(name[i]) && i > 0))
            {
                result.Append(name[i]);
            }
            else
            {
                return null;
            }
        }

        return result.ToString();
    }
}
