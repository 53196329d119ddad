using System.Globalization;
using System.Text;

namespace Sluice.Broker.Startup;

/// <summary>
/// Reads the text of a Java properties file, as Kafka's server.properties is: comments after # or !, a key ended by '=', ':' or blanks,
/// lines continued by a backslash, escapes such as \t and \u0041. The last of several values of a key counts.
/// </summary>
internal static class PropertiesFile
{
    /// <exception cref="FormatException">An escape is malformed; the message names the line.</exception>
    internal static Dictionary<string, string> Parse(string text)
    {
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            int first = i;
            string line = lines[i].TrimStart(' ', '\t', '\f');
            if (line.Length == 0 || line[0] is '#' or '!') continue;
            while (IsContinued(line))
            {
                line = line[..^1];
                if (++i == lines.Length) break;
                line += lines[i].TrimStart(' ', '\t', '\f');
            }
            (string key, string value) = Cut(line);
            properties[Unescape(key, first + 1)] = Unescape(value, first + 1);
        }
        return properties;
    }

    /// <summary>An odd number of backslashes at the end: the last one is not itself escaped.</summary>
    private static bool IsContinued(string line)
    {
        int backslashes = line.Length - line.TrimEnd('\\').Length;
        return backslashes % 2 == 1;
    }

    private static (string Key, string Value) Cut(string line)
    {
        int end = 0;
        while (end < line.Length && line[end] is not ('=' or ':' or ' ' or '\t' or '\f')) end += line[end] == '\\' ? 2 : 1;
        end = Math.Min(end, line.Length);
        int value = end;
        while (value < line.Length && line[value] is ' ' or '\t' or '\f') value++;
        if (value < line.Length && line[value] is '=' or ':') value++;
        while (value < line.Length && line[value] is ' ' or '\t' or '\f') value++;
        return (line[..end], line[value..]);
    }

    private static string Unescape(string text, int lineNumber)
    {
        if (!text.Contains('\\', StringComparison.Ordinal)) return text;
        var result = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                result.Append(text[i]);
                continue;
            }
            i++;
            if (text[i] != 'u')
            {
                result.Append(text[i] switch { 't' => '\t', 'n' => '\n', 'r' => '\r', 'f' => '\f', char other => other });
                continue;
            }
            if (i + 4 >= text.Length || !ushort.TryParse(text.AsSpan(i + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ushort code))
                throw new FormatException($"line {lineNumber}: \\u is not followed by four hexadecimal digits. Write \\\\u for a backslash and a u.");
            result.Append((char)code);
            i += 4;
        }
        return result.ToString();
    }
}
