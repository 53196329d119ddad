using System.Text.RegularExpressions;
using Sluice.Local.ApiServer.CustomResources;
using Sluice.Local.ApiServer.Errors;

namespace Sluice.Local.ApiServer.Cel;

/// <summary>Functions of texts. Positions count characters, as in the real server, not UTF-16 units.</summary>
internal static class CelStrings
{
    public static void AddTo(CelFunctionSink sink)
    {
        var (text, whole) = (CelType.String, CelType.Int);
        sink.Method("contains", [text, text], CelType.Bool, v => S(v[0]).Contains(S(v[1]), StringComparison.Ordinal));
        sink.Method("startsWith", [text, text], CelType.Bool, v => S(v[0]).StartsWith(S(v[1]), StringComparison.Ordinal));
        sink.Method("endsWith", [text, text], CelType.Bool, v => S(v[0]).EndsWith(S(v[1]), StringComparison.Ordinal));
        sink.Method("matches", [text, text], CelType.Bool, v => Pattern(S(v[1])).IsMatch(S(v[0])));
        sink.Function("matches", [text, text], CelType.Bool, v => Pattern(S(v[1])).IsMatch(S(v[0])));
        sink.Method("find", [text, text], text, v => Pattern(S(v[1])).Match(S(v[0])).Value);
        sink.Method("findAll", [text, text], CelType.List(text), v => new CelList([.. Pattern(S(v[1])).Matches(S(v[0])).Select(match => (object?)match.Value)]));
        sink.Method("lowerAscii", [text], text, v => string.Concat(S(v[0]).Select(c => char.IsAscii(c) ? char.ToLowerInvariant(c) : c)));
        sink.Method("upperAscii", [text], text, v => string.Concat(S(v[0]).Select(c => char.IsAscii(c) ? char.ToUpperInvariant(c) : c)));
        sink.Method("trim", [text], text, v => S(v[0]).Trim());
        sink.Method("reverse", [text], text, v => string.Concat(Runes(S(v[0])).Reverse()));
        sink.Method("replace", [text, text, text], text, v => S(v[1]).Length == 0 ? S(v[0]) : S(v[0]).Replace(S(v[1]), S(v[2]), StringComparison.Ordinal));
        sink.Method("split", [text, text], CelType.List(text), v => Split(S(v[0]), S(v[1])));
        sink.Method("join", [CelType.List(text)], text, v => string.Concat(((CelList)v[0]!).Cast<string>()));
        sink.Method("join", [CelType.List(text), text], text, v => string.Join(S(v[1]), ((CelList)v[0]!).Cast<string>()));
        sink.Method("charAt", [text, whole], text, v => Part(S(v[0]), (long)v[1]!, (long)v[1]! + 1, allowEnd: true));
        sink.Method("substring", [text, whole], text, v => Part(S(v[0]), (long)v[1]!, Runes(S(v[0])).Length));
        sink.Method("substring", [text, whole, whole], text, v => Part(S(v[0]), (long)v[1]!, (long)v[2]!));
        sink.Method("indexOf", [text, text], whole, v => Position(S(v[0]), S(v[0]).IndexOf(S(v[1]), StringComparison.Ordinal)));
        sink.Method("lastIndexOf", [text, text], whole, v => Position(S(v[0]), S(v[0]).LastIndexOf(S(v[1]), StringComparison.Ordinal)));
        sink.Function("strings.quote", [text], text, v => FieldError.Quote(S(v[0])));
        sink.Function("size", [text], whole, v => (long)Runes(S(v[0])).Length);
        sink.Method("size", [text], whole, v => (long)Runes(S(v[0])).Length);
        sink.Function("size", [CelType.Bytes], whole, v => (long)((byte[])v[0]!).Length);
        sink.Method("size", [CelType.Bytes], whole, v => (long)((byte[])v[0]!).Length);
    }

    private static string S(object? value) => (string)value!;

    private static Regex Pattern(string pattern)
    {
        try
        {
            return GoRegex.Compile(pattern);
        }
        catch (FormatException error)
        {
            throw new CelEvaluationException(error.Message);
        }
    }

    private static string[] Runes(string text) => [.. text.EnumerateRunes().Select(rune => rune.ToString())];

    private static CelList Split(string text, string separator) =>
        new([.. (separator.Length == 0 ? Runes(text) : text.Split(separator)).Select(part => (object?)part)]);

    private static string Part(string text, long from, long to, bool allowEnd = false)
    {
        var runes = Runes(text);
        if (allowEnd && from == runes.Length)
            return "";
        if (from < 0 || to > runes.Length || from > to)
            throw new CelEvaluationException($"index out of range: {from}");
        return string.Concat(runes[(int)from..(int)to]);
    }

    private static long Position(string text, int index) => index < 0 ? -1 : Runes(text[..index]).Length;
}
