using System.Globalization;
using System.Text;

namespace Sluice.Kubernetes.Generator;

/// <summary>
/// A JSON reader for one line of the schema file. A generator must not bring assemblies of its own into the compiler,
/// so System.Text.Json is out of reach. Objects become dictionaries, arrays lists, the rest strings, doubles, booleans or null.
/// </summary>
internal sealed class JsonReader
{
    private readonly string _text;
    private int _position;

    private JsonReader(string text) => _text = text;

    /// <summary>Reads the one value that <paramref name="text"/> holds.</summary>
    /// <exception cref="System.FormatException">The text is not JSON; the message names the column.</exception>
    public static object? Read(string text)
    {
        var reader = new JsonReader(text);
        object? value = reader.ReadValue();
        reader.SkipSpace();
        return reader._position == text.Length ? value : throw reader.Unexpected("the end of the line");
    }

    private object? ReadValue()
    {
        SkipSpace();
        switch (Peek())
        {
            case '{': return ReadObject();
            case '[': return ReadArray();
            case '"': return ReadString();
            case 't': return ReadWord("true", true);
            case 'f': return ReadWord("false", false);
            case 'n': return ReadWord("null", null);
            default: return ReadNumber();
        }
    }

    private Dictionary<string, object?> ReadObject()
    {
        var result = new Dictionary<string, object?>();
        Expect('{');
        SkipSpace();
        if (Peek() == '}')
        {
            _position++;
            return result;
        }
        while (true)
        {
            SkipSpace();
            string name = ReadString();
            SkipSpace();
            Expect(':');
            result[name] = ReadValue();
            SkipSpace();
            if (Peek() == ',')
            {
                _position++;
                continue;
            }
            Expect('}');
            return result;
        }
    }

    private List<object?> ReadArray()
    {
        var result = new List<object?>();
        Expect('[');
        SkipSpace();
        if (Peek() == ']')
        {
            _position++;
            return result;
        }
        while (true)
        {
            result.Add(ReadValue());
            SkipSpace();
            if (Peek() == ',')
            {
                _position++;
                continue;
            }
            Expect(']');
            return result;
        }
    }

    private string ReadString()
    {
        Expect('"');
        var result = new StringBuilder();
        while (true)
        {
            char c = Next();
            if (c == '"') return result.ToString();
            result.Append(c == '\\' ? ReadEscape() : c);
        }
    }

    private char ReadEscape()
    {
        char c = Next();
        switch (c)
        {
            case 'b': return '\b';
            case 'f': return '\f';
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'u':
                if (_position + 4 > _text.Length) throw Unexpected("four hexadecimal digits");
                _position += 4;
                return (char)int.Parse(_text.Substring(_position - 4, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            default: return c;
        }
    }

    private object? ReadWord(string word, object? value)
    {
        if (string.CompareOrdinal(_text, _position, word, 0, word.Length) != 0) throw Unexpected(word);
        _position += word.Length;
        return value;
    }

    private double ReadNumber()
    {
        int start = _position;
        while (_position < _text.Length && "+-.eE0123456789".IndexOf(_text[_position]) >= 0) _position++;
        string number = _text.Substring(start, _position - start);
        return double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : throw Unexpected("a value");
    }

    private void SkipSpace()
    {
        while (_position < _text.Length && char.IsWhiteSpace(_text[_position])) _position++;
    }

    private char Peek() => _position < _text.Length ? _text[_position] : throw Unexpected("more text");

    private char Next()
    {
        char c = Peek();
        _position++;
        return c;
    }

    private void Expect(char c)
    {
        if (Peek() != c) throw Unexpected("'" + c + "'");
        _position++;
    }

    private System.FormatException Unexpected(string wanted) => new("Column " + (_position + 1) + ": expected " + wanted + ".");
}
