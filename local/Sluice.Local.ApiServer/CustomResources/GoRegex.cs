using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;

namespace Sluice.Local.ApiServer.CustomResources;

/// <summary>
/// Regular expressions as Go reads them, which match in linear time: the same holds for .NET's non-backtracking engine. What
/// the two write differently is translated, what Go refuses is refused.
/// </summary>
internal static class GoRegex
{
    private const int CacheMax = 1000;

    private static readonly ConcurrentDictionary<string, Regex> Cache = new(StringComparer.Ordinal);

    private static readonly Dictionary<string, string> PosixClasses = new(StringComparer.Ordinal)
    {
        ["alnum"] = "0-9A-Za-z", ["alpha"] = "A-Za-z", ["ascii"] = @"\x00-\x7F", ["blank"] = @"\t ", ["cntrl"] = @"\x00-\x1F\x7F", ["digit"] = "0-9",
        ["graph"] = "!-~", ["lower"] = "a-z", ["print"] = " -~", ["punct"] = @"!-/:-@\[-`{-~", ["space"] = @"\t\n\v\f\r ", ["upper"] = "A-Z",
        ["word"] = "0-9A-Za-z_", ["xdigit"] = "0-9A-Fa-f",
    };

    /// <summary>Compiles a pattern.</summary>
    /// <exception cref="FormatException">It is no regular expression of that kind.</exception>
    public static Regex Compile(string pattern)
    {
        if (Cache.TryGetValue(pattern, out var known))
            return known;
        try
        {
            var compiled = new Regex(Translate(pattern), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            if (Cache.Count < CacheMax)
                Cache[pattern] = compiled;
            return compiled;
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            throw new FormatException($"error parsing regexp: {error.Message}", error);
        }
    }

    private static string Translate(string pattern)
    {
        var result = new StringBuilder(pattern.Length + 8);
        var inClass = false;
        for (var i = 0; i < pattern.Length; i++)
        {
            var c = pattern[i];
            if (c == '\\' && i + 1 < pattern.Length)
                result.Append(Escape(pattern, ref i, inClass));
            else if (inClass && c == '[' && i + 1 < pattern.Length && pattern[i + 1] == ':')
                result.Append(PosixClass(pattern, ref i));
            else if (inClass && c == '[')
                result.Append(@"\[");
            else if (c == '$' && !inClass)
                result.Append(@"\z"); // Go's end is the very end, not before a last line feed.
            else if (c == '(' && pattern.AsSpan(i).StartsWith("(?P<", StringComparison.Ordinal))
            {
                result.Append("(?<");
                i += 3;
            }
            else
            {
                if (c == '[' && !inClass)
                    inClass = true;
                else if (c == ']' && inClass && !StartsClass(pattern, i))
                    inClass = false;
                result.Append(c);
            }
        }

        return result.ToString();
    }

    /// <summary>A bracket right after the opening one is a member of the class.</summary>
    private static bool StartsClass(string pattern, int at) =>
        pattern[at - 1] == '[' && (at < 2 || pattern[at - 2] != '\\') || at > 1 && pattern[at - 1] == '^' && pattern[at - 2] == '[';

    private static string Escape(string pattern, ref int at, bool inClass)
    {
        var next = pattern[++at];
        switch (next)
        {
            case 'd':
                return inClass ? "0-9" : "[0-9]";
            case 'D' when !inClass:
                return "[^0-9]";
            case 'w':
                return inClass ? "0-9A-Za-z_" : "[0-9A-Za-z_]";
            case 'W' when !inClass:
                return "[^0-9A-Za-z_]";
            case 's':
                return inClass ? @"\t\n\f\r " : @"[\t\n\f\r ]";
            case 'S' when !inClass:
                return @"[^\t\n\f\r ]";
            case 'p' or 'P' when at + 1 < pattern.Length && pattern[at + 1] != '{':
                return $@"\{next}{{{pattern[++at]}}}";
            case 'Q':
                var end = pattern.IndexOf(@"\E", at, StringComparison.Ordinal);
                var literal = pattern[(at + 1)..(end < 0 ? pattern.Length : end)];
                at = end < 0 ? pattern.Length - 1 : end + 1;
                return Regex.Escape(literal);
            case 'x' when at + 1 < pattern.Length && pattern[at + 1] == '{':
                var close = pattern.IndexOf('}', at);
                if (close < 0 || !int.TryParse(pattern.AsSpan(at + 2, close - at - 2), System.Globalization.NumberStyles.HexNumber, null, out var code) || code > 0xffff)
                    throw new FormatException($"error parsing regexp: invalid escape sequence: `{pattern[(at - 1)..]}`");
                at = close;
                return $@"\u{code:x4}";
            case >= '1' and <= '9' or 'Z' or 'G':
                throw new FormatException($@"error parsing regexp: invalid escape sequence: `\{next}`");
            default:
                return $@"\{next}";
        }
    }

    private static string PosixClass(string pattern, ref int at)
    {
        var end = pattern.IndexOf(":]", at, StringComparison.Ordinal);
        var name = end < 0 ? "" : pattern[(at + 2)..end];
        if (!PosixClasses.TryGetValue(name, out var members))
            throw new FormatException($"error parsing regexp: invalid character class range: `{pattern[at..]}`");
        at = end + 1;
        return members;
    }
}
