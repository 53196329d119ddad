using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;

namespace Sluice.Local.ApiServer.Errors;

/// <summary>One thing wrong with one field of an object; texts and reasons are those of the real server, which clients match on.</summary>
internal sealed record FieldError(string Reason, string Field, string Body)
{
    private static readonly HashSet<string> BlockingReasons =
        ["FieldValueRequired", "FieldValueNotSupported", "FieldValueTooLong", "FieldValueTooMany", "FieldValueTypeInvalid"];

    private readonly bool? _blocks;

    /// <summary>Rules over several fields make no sense while this is wrong.</summary>
    public bool Blocks
    {
        get => _blocks ?? BlockingReasons.Contains(Reason);
        init => _blocks = value;
    }

    public string Message => Field.Length == 0 ? Body : $"{Field}: {Body}";

    public static FieldError Required(string field, string detail = "") => new("FieldValueRequired", field, Join("Required value", detail));

    public static FieldError Invalid(string field, JsonNode? value, string detail) =>
        new("FieldValueInvalid", field, Join($"Invalid value: {Show(value)}", detail));

    public static FieldError Invalid(string field, string value, string detail) => Invalid(field, JsonValue.Create(value), detail);

    public static FieldError TypeInvalid(string field, string shown, string detail) =>
        new("FieldValueTypeInvalid", field, Join($"Invalid value: {shown}", detail));

    public static FieldError NotSupported(string field, JsonNode? value, IEnumerable<string> supported) =>
        new("FieldValueNotSupported", field, Join($"Unsupported value: {Show(value)}", "supported values: " + string.Join(", ", supported.Select(Quote))));

    public static FieldError Forbidden(string field, string detail) => new("FieldValueForbidden", field, Join("Forbidden", detail));

    public static FieldError Duplicate(string field, JsonNode? value) => new("FieldValueDuplicate", field, $"Duplicate value: {Show(value)}");

    public static FieldError NotFound(string field, JsonNode? value) => new("FieldValueNotFound", field, $"Not found: {Show(value)}");

    public static FieldError TooLong(string field, string detail) => new("FieldValueTooLong", field, Join("Too long", detail));

    public static FieldError TooMany(string field, long actual, long most) =>
        new("FieldValueTooMany", field, $"Too many: {actual}: must have at most {most} items");

    public static FieldError Other(string reason, string field, string body) => new(reason, field, body);

    /// <summary>Go's %q for strings, %v for scalars, JSON for the rest.</summary>
    public static string Show(JsonNode? value) => value switch
    {
        null => "null",
        JsonValue scalar when Json.AsString(scalar) is { } text => Quote(text),
        JsonValue scalar when Json.AsDouble(scalar) is { } number && Json.AsLong(scalar) is null => number.ToString("R", CultureInfo.InvariantCulture),
        _ => Json.ToText(value),
    };

    /// <summary>A string in double quotes as Go prints it.</summary>
    public static string Quote(string text)
    {
        var result = new System.Text.StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => result.Append("\\\""),
                '\\' => result.Append("\\\\"),
                '\n' => result.Append("\\n"),
                '\t' => result.Append("\\t"),
                '\r' => result.Append("\\r"),
                < ' ' or '\u007f' => result.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
                _ => result.Append(c),
            };
        }

        return result.Append('"').ToString();
    }

    private static string Join(string head, string detail) => detail.Length == 0 ? head : $"{head}: {detail}";
}
