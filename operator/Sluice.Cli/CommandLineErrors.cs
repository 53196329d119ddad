using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Sluice.Cli;

/// <summary>What is wrong with a command line, in words that name the option, the value and what is expected.</summary>
internal static class CommandLineErrors
{
    /// <summary>The errors to print instead of the parser's own; none when there are none, or when the help says more, as it does of what is missing.</summary>
    public static IReadOnlyList<string> Of(ParseResult parsed)
    {
        if (parsed.Action is ParseErrorAction) return parsed.Errors.All(e => OptionOf(e.SymbolResult) is not null) ? [.. parsed.Errors.Select(Text)] : [];
        // Completions and help look at command lines that are not finished.
        return parsed.Action == parsed.CommandResult.Command.Action ? [.. Strays(parsed)] : [];
    }

    /// <summary>Refuses numbers that are too small; what is no number at all the parser refuses.</summary>
    public static void AtLeast(this Option option, double least) => option.Validators.Add(result =>
    {
        foreach (Token token in result.Tokens)
        {
            if (double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && !(value >= least))
                result.AddError($"{option.Name} {token.Value}: expected {least.ToString(CultureInfo.InvariantCulture)} or more.");
        }
    });

    /// <summary>Options that do not exist, which a command would take for names where it takes several.</summary>
    private static IEnumerable<string> Strays(ParseResult parsed) => parsed.Tokens.Any(t => t.Type == TokenType.DoubleDash)
        ? []
        : parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens)
            .Where(t => t.Value.Length > 1 && t.Value[0] == '-').Select(t => $"there is no option {t.Value}; a name that begins with a dash goes behind --.");

    private static string Text(ParseError error)
    {
        OptionResult option = OptionOf(error.SymbolResult)!;
        string given = option.Tokens is [.., var last] ? $"{option.Option.Name} {last.Value}" : option.Option.Name;
        const string OneOf = "Must be one of:";
        int list = error.Message.IndexOf(OneOf, StringComparison.Ordinal);
        if (list >= 0)
        {
            string[] choices = error.Message[(list + OneOf.Length)..].Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return $"{given}: expected {string.Join(", ", choices.Select(c => c.Trim('\'')))}.";
        }

        return error.Message.StartsWith("Cannot parse argument", StringComparison.Ordinal) ? $"{given}: expected {Kind(option.Option.ValueType)}." : error.Message;
    }

    private static OptionResult? OptionOf(SymbolResult? result) => result as OptionResult ?? result?.Parent as OptionResult;

    private static string Kind(Type type)
    {
        Type plain = Nullable.GetUnderlyingType(type.GetElementType() ?? type) ?? type.GetElementType() ?? type;
        if (plain == typeof(int) || plain == typeof(long)) return "a whole number";
        if (plain == typeof(double)) return "a number";
        return plain == typeof(DateTimeOffset) ? "a time such as 2026-11-21T14:00:00Z" : "another value; --help says which";
    }
}
