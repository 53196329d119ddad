using System.Globalization;
using Sluice.Protocol.Generator.Model;

namespace Sluice.Protocol.Generator.Schema;

/// <summary>
/// Reads a schema file: comment lines (<c>#</c>), then a header line <c>kind Name attribute…</c>, then a line a field,
/// <c>Name: type attribute…</c>, where two more spaces of indentation make the fields of the struct above, and
/// <c>struct Name</c> begins one that several fields share.
/// </summary>
internal sealed class SchemaReader
{
    private static readonly Dictionary<string, FieldKind> Kinds = new()
    {
        ["bool"] = FieldKind.Bool,
        ["int8"] = FieldKind.Int8,
        ["int16"] = FieldKind.Int16,
        ["uint16"] = FieldKind.UInt16,
        ["int32"] = FieldKind.Int32,
        ["uint32"] = FieldKind.UInt32,
        ["int64"] = FieldKind.Int64,
        ["float64"] = FieldKind.Float64,
        ["uuid"] = FieldKind.Uuid,
        ["string"] = FieldKind.String,
        ["bytes"] = FieldKind.Bytes,
        ["records"] = FieldKind.Records,
    };

    private readonly List<SchemaError> _errors;

    /// <summary>The struct that a line of each depth adds its field to; null where a field of that depth has no children.</summary>
    private readonly List<StructSchema?> _open = [];

    private MessageSchema? _message;

    private SchemaReader(List<SchemaError> errors) => _errors = errors;

    /// <summary>Null, and at least one error, when there is no usable message.</summary>
    public static MessageSchema? Read(string text, List<SchemaError> errors)
    {
        var reader = new SchemaReader(errors);
        reader.ReadLines(text);
        if (reader._message is null && errors.Count == 0) errors.Add(new SchemaError(0, "the file holds no message"));
        if (errors.Count == 0) SchemaChecker.Check(reader._message!, errors);
        return errors.Count == 0 ? reader._message : null;
    }

    private void ReadLines(string text)
    {
        string[] lines = text.Split('\n');
        var remarks = new List<string>();
        for (int line = 0; line < lines.Length; line++)
        {
            string content = lines[line].TrimEnd();
            string trimmed = content.TrimStart(' ');
            if (trimmed.Length == 0) continue;
            if (trimmed[0] == '#')
            {
                if (_message is null) remarks.Add(trimmed.Substring(1).Trim());
                continue;
            }
            int indent = content.Length - trimmed.Length;
            if (trimmed[0] == '\t' || indent % 2 != 0)
                Fail(line, "indent with two spaces a level");
            else if (_message is null)
                ReadHeader(trimmed, line, string.Join(" ", remarks));
            else
                ReadField(trimmed, indent / 2, line);
            if (_message is null) return;
        }
    }

    private void ReadHeader(string text, int line, string remark)
    {
        string[] words = Words(text);
        if (words.Length < 2 || !MessageKinds.ByWord.TryGetValue(words[0], out MessageKind kind))
        {
            Fail(line, $"a schema begins with its kind ({string.Join(", ", MessageKinds.ByWord.Keys)}) and its name, not with '{text}'");
            return;
        }
        if (!IsName(words[1])) Fail(line, $"'{words[1]}' is no name in PascalCase");
        var message = new MessageSchema(kind, words[1], line) { Remark = remark };
        var seen = new HashSet<string>();
        for (int i = 2; i < words.Length; i++) ReadHeaderAttribute(message, words[i], line, seen);
        if (!seen.Contains("versions")) Fail(line, "versions= is missing");
        if (!seen.Contains("flexible")) Fail(line, "flexible= is missing");
        if (MessageKinds.KeyAttribute(kind) is string key && !seen.Contains(key)) Fail(line, $"{key}= is missing");
        _message = message;
        _open.Add(message.Root);
    }

    private void ReadHeaderAttribute(MessageSchema message, string word, int line, HashSet<string> seen)
    {
        (string name, string? value) = Split(word);
        if (!seen.Add(name)) Fail(line, $"{name} is said twice");
        switch (name)
        {
            case "versions": message.Versions = Range(value, name, line); break;
            case "flexible": message.Flexible = Range(value, name, line); break;
            case "api" or "key" when name == MessageKinds.KeyAttribute(message.Kind): message.Key = Number(value, name, line); break;
            case "header" when message.Kind == MessageKind.Response: message.HeaderVersion = Number(value, name, line); break;
            case "latestUnstable" when value is null: message.LatestUnstable = true; break;
            case "listeners" when message.Kind == MessageKind.Request && value is not null:
                message.Listeners.AddRange(value.Split(','));
                if (message.Listeners.Exists(l => l is not ("broker" or "controller"))) Fail(line, "listeners= takes broker and controller");
                break;
            default: Fail(line, $"'{word}' is no attribute of this kind of message"); break;
        }
    }

    private void ReadField(string text, int depth, int line)
    {
        if (text.StartsWith("struct ", StringComparison.Ordinal))
        {
            ReadStruct(text, depth, line);
            return;
        }
        int colon = text.IndexOf(": ", StringComparison.Ordinal);
        string name = colon < 0 ? text : text.Substring(0, colon);
        if (colon < 0 || !IsName(name))
        {
            Fail(line, $"a field is 'Name: type …' with a name in PascalCase, not '{text}'");
            return;
        }
        if (depth >= _open.Count || _open[depth] is not StructSchema owner)
        {
            Fail(line, $"{name} is indented below something that is no struct");
            return;
        }
        string[] words = Words(text.Substring(colon + 2));
        FieldSchema field = NewField(name, words[0], line);
        var seen = new HashSet<string>();
        for (int i = 1; i < words.Length; i++) ReadFieldAttribute(field, words[i], line, seen);
        if (!seen.Contains("versions")) Fail(line, $"{name} says no versions=");
        if (owner.Fields.Exists(f => f.Name == name)) Fail(line, $"{name} is there twice");
        owner.Fields.Add(field);
        Open(depth + 1, field.StructName is null ? null : FindOrAddStruct(field.StructName, line, ofField: true));
    }

    private void ReadStruct(string text, int depth, int line)
    {
        string[] words = Words(text);
        if (depth != 0 || words.Length != 2 || !IsName(words[1]))
        {
            Fail(line, "a shared struct is 'struct Name' at the first level");
            return;
        }
        Open(1, FindOrAddStruct(words[1], line, ofField: false));
    }

    private FieldSchema NewField(string name, string type, int line)
    {
        bool isArray = type.StartsWith("[]", StringComparison.Ordinal);
        string element = isArray ? type.Substring(2) : type;
        if (Kinds.TryGetValue(element, out FieldKind kind)) return new FieldSchema(name, kind, isArray, line);
        if (!IsName(element)) Fail(line, $"'{type}' is no type");
        return new FieldSchema(name, FieldKind.Struct, isArray, line) { StructName = element };
    }

    private void ReadFieldAttribute(FieldSchema field, string word, int line, HashSet<string> seen)
    {
        (string name, string? value) = Split(word);
        if (!seen.Add(name)) Fail(line, $"{name} is said twice");
        switch (name)
        {
            case "versions": field.Versions = Range(value, name, line); break;
            case "nullable": field.Nullable = Range(value, name, line); break;
            case "tagged": field.Tagged = Range(value, name, line); break;
            case "flexible": field.Flexible = Range(value, name, line); break;
            case "tag": field.Tag = Number(value, name, line); break;
            case "default" when value is not null: field.Default = value == "\"\"" ? "" : value; break;
            case "entity" when value is not null: field.Entity = value; break;
            case "ignorable" when value is null: field.Ignorable = true; break;
            case "key" when value is null: field.IsKey = true; break;
            default: Fail(line, $"'{word}' is no attribute of a field"); break;
        }
    }

    private StructSchema FindOrAddStruct(string name, int line, bool ofField)
    {
        StructSchema? found = _message!.Structs.Find(s => s.Name == name);
        if (found is null)
        {
            found = new StructSchema(name, line);
            _message.Structs.Add(found);
        }
        else if (!ofField && found.Fields.Count != 0)
        {
            Fail(line, $"struct {name} is there twice");
        }
        return found;
    }

    private void Open(int depth, StructSchema? owner)
    {
        _open.RemoveRange(depth, _open.Count - depth);
        _open.Add(owner);
    }

    private VersionRange Range(string? value, string name, int line)
    {
        if (value is not null && VersionRange.TryParse(value, out VersionRange range)) return range;
        Fail(line, $"{name}= takes versions such as 3, 0-12, 9+ or none, not '{value}'");
        return VersionRange.None;
    }

    private int Number(string? value, string name, int line)
    {
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= short.MaxValue) return number;
        Fail(line, $"{name}= takes a number from 0 to {short.MaxValue}, not '{value}'");
        return 0;
    }

    private void Fail(int line, string message) => _errors.Add(new SchemaError(line, message));

    private static (string Name, string? Value) Split(string word)
    {
        int equals = word.IndexOf('=');
        return equals < 0 ? (word, null) : (word.Substring(0, equals), word.Substring(equals + 1));
    }

    private static string[] Words(string text) => text.Split([' '], StringSplitOptions.RemoveEmptyEntries);

    private static bool IsName(string text)
    {
        if (text.Length == 0 || text[0] is < 'A' or > 'Z') return false;
        foreach (char c in text)
        {
            if (c is not ((>= 'A' and <= 'Z') or (>= 'a' and <= 'z') or (>= '0' and <= '9'))) return false;
        }
        return true;
    }
}
