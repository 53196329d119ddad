using System.Text.RegularExpressions;
using Sluice.Local.ApiServer.Errors;

namespace Sluice.Local.ApiServer.Strategies;

/// <summary>What names may look like, with the texts of the real server.</summary>
internal static partial class NameRules
{
    private const string LabelPattern = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
    private const string SubdomainPattern = LabelPattern + @"(\." + LabelPattern + ")*";
    private const string QualifiedPattern = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

    private const string SubdomainText =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character "
        + "(e.g. 'example.com', regex used for validation is '" + SubdomainPattern + "')";

    private const string LabelText =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character "
        + "(e.g. 'my-name',  or '123-abc', regex used for validation is '" + LabelPattern + "')";

    private const string Label1035Text =
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character "
        + "(e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

    private const string QualifiedText =
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
        + "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '" + QualifiedPattern + "')";

    private const string LabelValueText =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
        + "(e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

    /// <summary>Names of most objects: up to 253 characters.</summary>
    public static void Subdomain(string name, string field, List<FieldError> errors)
    {
        foreach (var text in SubdomainProblems(name))
            errors.Add(FieldError.Invalid(field, name, text));
    }

    /// <summary>Names that become one part of a DNS name: up to 63 characters.</summary>
    public static void Label(string name, string field, List<FieldError> errors)
    {
        foreach (var text in LabelProblems(name))
            errors.Add(FieldError.Invalid(field, name, text));
    }

    /// <summary>The older rule for services: starts with a letter.</summary>
    public static void Label1035(string name, string field, List<FieldError> errors)
    {
        if (name.Length > 63)
            errors.Add(FieldError.Invalid(field, name, "must be no more than 63 bytes"));
        if (!Label1035Regex().IsMatch(name))
            errors.Add(FieldError.Invalid(field, name, Label1035Text));
    }

    /// <summary>Names of roles may hold anything that can be a part of a path.</summary>
    public static void PathSegment(string name, string field, List<FieldError> errors)
    {
        if (name is "." or "..")
            errors.Add(FieldError.Invalid(field, name, $"may not be '{name}'"));
        foreach (var part in new[] { '/', '%' })
        {
            if (name.Contains(part, StringComparison.Ordinal))
                errors.Add(FieldError.Invalid(field, name, $"may not contain '{part}'"));
        }
    }

    public static IEnumerable<string> SubdomainProblems(string name)
    {
        if (name.Length > 253)
            yield return "must be no more than 253 bytes";
        if (!SubdomainRegex().IsMatch(name))
            yield return SubdomainText;
    }

    public static IEnumerable<string> LabelProblems(string name)
    {
        if (name.Length > 63)
            yield return "must be no more than 63 bytes";
        if (!LabelRegex().IsMatch(name))
            yield return LabelText;
    }

    /// <summary>Keys of labels and annotations, and finalizers: an optional DNS prefix and a name.</summary>
    public static IEnumerable<string> QualifiedNameProblems(string key)
    {
        var parts = key.Split('/');
        var name = parts[^1];
        if (parts.Length > 2)
        {
            yield return "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
                + "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '" + QualifiedPattern
                + "') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
            yield break;
        }

        if (parts.Length == 2)
        {
            if (parts[0].Length == 0)
                yield return "prefix part must be non-empty";
            foreach (var text in parts[0].Length == 0 ? [] : SubdomainProblems(parts[0]))
                yield return "prefix part " + text;
        }

        if (name.Length == 0)
            yield return "name part must be non-empty";
        else if (name.Length > 63)
            yield return "name part must be no more than 63 bytes";
        if (!QualifiedRegex().IsMatch(name))
            yield return QualifiedText;
    }

    public static IEnumerable<string> LabelValueProblems(string value)
    {
        if (value.Length > 63)
            yield return "must be no more than 63 bytes";
        if (value.Length > 0 && !QualifiedRegex().IsMatch(value))
            yield return LabelValueText;
    }

    [GeneratedRegex("^" + SubdomainPattern + "\\z")]
    private static partial Regex SubdomainRegex();

    [GeneratedRegex("^" + LabelPattern + "\\z")]
    private static partial Regex LabelRegex();

    [GeneratedRegex("^[a-z]([-a-z0-9]*[a-z0-9])?\\z")]
    private static partial Regex Label1035Regex();

    [GeneratedRegex("^" + QualifiedPattern + "\\z")]
    private static partial Regex QualifiedRegex();
}
