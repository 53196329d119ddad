using System.Text;

namespace Sluice.Local.NodeAgent.Containers;

/// <summary>Kubernetes' $(NAME) syntax in command, args and env values: $$ is a plain $, a name that is not known stays as it is.</summary>
internal static class VariableExpansion
{
    /// <summary>Replaces every $(NAME) whose name is known.</summary>
    public static string Expand(string text, IReadOnlyDictionary<string, string> variables)
    {
        if (!text.Contains('$', StringComparison.Ordinal)) return text;
        var result = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '$' || at + 1 == text.Length)
            {
                result.Append(text[at]);
            }
            else if (text[at + 1] == '$')
            {
                result.Append('$');
                at++;
            }
            else if (text[at + 1] == '(' && text.IndexOf(')', at) is var end and > 0)
            {
                var reference = text[at..(end + 1)];
                result.Append(variables.TryGetValue(reference[2..^1], out var value) ? value : reference);
                at = end;
            }
            else
            {
                result.Append('$');
            }
        }
        return result.ToString();
    }
}
