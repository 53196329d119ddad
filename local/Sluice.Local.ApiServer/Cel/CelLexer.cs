using System.Globalization;
using System.Text;

namespace Sluice.Local.ApiServer.Cel;

/// <summary>Kinds of tokens.</summary>
internal enum CelTokenKind
{
    End,
    Identifier,
    Literal,
    Symbol,
}

/// <summary>A token with its text; literals bear their value.</summary>
internal readonly record struct CelToken(CelTokenKind Kind, string Text, object? Value, int Position);

/// <summary>Splits the text of an expression into tokens.</summary>
internal sealed class CelLexer(string text)
{
    private static readonly string[] Symbols =
        ["==", "!=", "<=", ">=", "&&", "||", ".?", "[?", "(", ")", "[", "]", "{", "}", ",", ".", "?", ":", "+", "-", "*", "/", "%", "<", ">", "!"];

    private int _at;

    public List<CelToken> Tokens()
    {
        var result = new List<CelToken>();
        while (true)
        {
            SkipBlanks();
            if (_at >= text.Length)
            {
                result.Add(new CelToken(CelTokenKind.End, "<EOF>", null, text.Length));
                return result;
            }

            result.Add(Next());
        }
    }

    private CelToken Next()
    {
        var start = _at;
        var c = text[_at];
        if (StartsString(out var raw, out var bytes))
        {
            var value = ReadString(raw);
            return new CelToken(CelTokenKind.Literal, text[start.._at], bytes ? Encoding.UTF8.GetBytes(value) : value, start);
        }

        if (char.IsAsciiDigit(c) || (c == '.' && _at + 1 < text.Length && char.IsAsciiDigit(text[_at + 1])))
            return new CelToken(CelTokenKind.Literal, "", ReadNumber(), start);
        if (char.IsAsciiLetter(c) || c == '_')
            return ReadWord(start);
        foreach (var symbol in Symbols)
        {
            if (text.AsSpan(_at).StartsWith(symbol, StringComparison.Ordinal))
            {
                _at += symbol.Length;
                return new CelToken(CelTokenKind.Symbol, symbol, null, start);
            }
        }

        throw new CelSyntaxException(start, $"Syntax error: token recognition error at: '{c}'");
    }

    private CelToken ReadWord(int start)
    {
        while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] == '_'))
            _at++;
        var word = text[start.._at];
        return word switch
        {
            "true" => new CelToken(CelTokenKind.Literal, word, true, start),
            "false" => new CelToken(CelTokenKind.Literal, word, false, start),
            "null" => new CelToken(CelTokenKind.Literal, word, null, start),
            "in" => new CelToken(CelTokenKind.Symbol, word, null, start),
            _ => new CelToken(CelTokenKind.Identifier, word, null, start),
        };
    }

    /// <summary>A quote, perhaps after r (no escapes) and b (bytes).</summary>
    private bool StartsString(out bool raw, out bool bytes)
    {
        (raw, bytes) = (false, false);
        var at = _at;
        while (at < text.Length && at < _at + 2 && char.ToLowerInvariant(text[at]) is 'r' or 'b')
        {
            raw |= char.ToLowerInvariant(text[at]) == 'r';
            bytes |= char.ToLowerInvariant(text[at]) == 'b';
            at++;
        }

        if (at >= text.Length || text[at] is not ('"' or '\''))
            return false;
        _at = at;
        return true;
    }

    private string ReadString(bool raw)
    {
        var start = _at;
        var quote = text[_at].ToString();
        if (text.AsSpan(_at).StartsWith(quote + quote + quote, StringComparison.Ordinal))
            quote += quote[0].ToString() + quote[0];
        _at += quote.Length;
        var result = new StringBuilder();
        while (_at < text.Length)
        {
            if (text.AsSpan(_at).StartsWith(quote, StringComparison.Ordinal))
            {
                _at += quote.Length;
                return result.ToString();
            }

            if (text[_at] == '\\' && !raw)
                result.Append(ReadEscape());
            else
                result.Append(text[_at++]);
        }

        throw new CelSyntaxException(start, "Syntax error: unterminated string");
    }

    private string ReadEscape()
    {
        var start = _at;
        _at++;
        var c = _at < text.Length ? text[_at++] : '\0';
        return c switch
        {
            'n' => "\n", 't' => "\t", 'r' => "\r", 'a' => "\a", 'b' => "\b", 'f' => "\f", 'v' => "\v",
            '\\' or '\'' or '"' or '`' or '?' => c.ToString(),
            'x' or 'X' => Code(2, 16),
            'u' => Code(4, 16),
            'U' => Code(8, 16),
            >= '0' and <= '3' => Octal(),
            _ => throw new CelSyntaxException(start, $"Syntax error: unknown escape \\{c}"),
        };
    }

    private string Octal()
    {
        _at--;
        return Code(3, 8);
    }

    private string Code(int digits, int radix)
    {
        var start = _at;
        if (_at + digits > text.Length)
            throw new CelSyntaxException(start, "Syntax error: an escape is too short");
        try
        {
            var code = Convert.ToInt32(text.Substring(_at, digits), radix);
            _at += digits;
            return char.ConvertFromUtf32(code);
        }
        catch (Exception error) when (error is FormatException or ArgumentOutOfRangeException or OverflowException)
        {
            throw new CelSyntaxException(start, "Syntax error: an escape is no character");
        }
    }

    private object ReadNumber()
    {
        var start = _at;
        if (text.AsSpan(_at).StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            _at += 2;
            while (_at < text.Length && char.IsAsciiHexDigit(text[_at]))
                _at++;
            return Whole(text[(start + 2).._at], NumberStyles.AllowHexSpecifier, start);
        }

        var real = false;
        while (_at < text.Length && (char.IsAsciiDigit(text[_at]) || text[_at] is '.' or 'e' or 'E' || (text[_at] is '+' or '-' && text[_at - 1] is 'e' or 'E')))
        {
            // A dot that no digit follows selects a field or method.
            if (text[_at] == '.' && (_at + 1 >= text.Length || !char.IsAsciiDigit(text[_at + 1])))
                break;
            real |= !char.IsAsciiDigit(text[_at]);
            _at++;
        }

        var digits = text[start.._at];
        if (!real)
            return Whole(digits, NumberStyles.None, start);
        return double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new CelSyntaxException(start, "Syntax error: invalid double literal");
    }

    private object Whole(string digits, NumberStyles style, int start)
    {
        var unsigned = _at < text.Length && text[_at] is 'u' or 'U';
        if (unsigned)
            _at++;
        if (unsigned && ulong.TryParse(digits, style, CultureInfo.InvariantCulture, out var big))
            return big;
        if (!unsigned && long.TryParse(digits, style, CultureInfo.InvariantCulture, out var whole))
            return whole;
        throw new CelSyntaxException(start, "Syntax error: invalid int literal");
    }

    private void SkipBlanks()
    {
        while (_at < text.Length)
        {
            if (char.IsWhiteSpace(text[_at]))
                _at++;
            else if (text.AsSpan(_at).StartsWith("//", StringComparison.Ordinal))
                _at = text.IndexOf('\n', _at) is >= 0 and var end ? end : text.Length;
            else
                return;
        }
    }
}
