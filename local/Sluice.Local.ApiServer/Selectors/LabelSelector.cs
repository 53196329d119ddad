using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Strategies;

namespace Sluice.Local.ApiServer.Selectors;

/// <summary>How a requirement compares a label with its values.</summary>
internal enum LabelOperator
{
    In,
    NotIn,
    Exists,
    DoesNotExist,
    GreaterThan,
    LessThan,
}

/// <summary>A condition on one label.</summary>
internal sealed record LabelRequirement(string Key, LabelOperator Operator, IReadOnlyList<string> Values)
{
    public bool Matches(string? value) => Operator switch
    {
        LabelOperator.In => value is not null && Values.Contains(value),
        LabelOperator.NotIn => value is null || !Values.Contains(value),
        LabelOperator.Exists => value is not null,
        LabelOperator.DoesNotExist => value is null,
        LabelOperator.GreaterThan => Compare(value) > 0,
        _ => Compare(value) < 0,
    };

    private int? Compare(string? value) =>
        long.TryParse(value, CultureInfo.InvariantCulture, out var left) && long.TryParse(Values[0], CultureInfo.InvariantCulture, out var right)
            ? left.CompareTo(right)
            : null;
}

/// <summary>A conjunction of conditions on labels, as in <c>-l app=x,tier in (a,b),!old</c>.</summary>
internal sealed class LabelSelector(IReadOnlyList<LabelRequirement> requirements)
{
    public static readonly LabelSelector Everything = new([]);

    public bool IsEverything => requirements.Count == 0;

    public bool Matches(JsonObject item) => MatchesLabels(item["metadata"].Object("labels"));

    public bool MatchesLabels(JsonObject? labels) =>
        requirements.All(requirement => requirement.Matches(labels is null ? null : Json.AsString(labels[requirement.Key])));

    public static LabelSelector Parse(string text)
    {
        if (text.Trim().Length == 0)
            return Everything;
        try
        {
            return new LabelSelector(new LabelSelectorParser(text).Parse());
        }
        catch (FormatException error)
        {
            throw ApiError.BadRequest($"unable to parse requirement: {error.Message}");
        }
    }

    /// <summary>Reads a LabelSelector object; null selects nothing, an empty one everything.</summary>
    public static LabelSelector? FromObject(JsonObject? selector)
    {
        if (selector is null)
            return null;
        var result = new List<LabelRequirement>();
        foreach (var (key, value) in selector.Object("matchLabels") ?? [])
            result.Add(new LabelRequirement(key, LabelOperator.In, [Json.AsString(value) ?? ""]));
        foreach (var expression in selector.Array("matchExpressions").Objects())
            result.Add(new LabelRequirement(expression.String("key") ?? "", ParseOperator(expression.String("operator")), [.. expression.Array("values").Strings()]));
        return new LabelSelector(result);
    }

    private static LabelOperator ParseOperator(string? name) => name switch
    {
        "In" => LabelOperator.In,
        "NotIn" => LabelOperator.NotIn,
        "Exists" => LabelOperator.Exists,
        _ => LabelOperator.DoesNotExist,
    };
}

/// <summary>Reads the text form of label selectors.</summary>
internal sealed class LabelSelectorParser(string text)
{
    private int _at;

    public List<LabelRequirement> Parse()
    {
        var result = new List<LabelRequirement>();
        while (true)
        {
            result.Add(ParseRequirement());
            SkipBlanks();
            if (_at == text.Length)
                return result;
            if (text[_at++] != ',')
                throw new FormatException($"found '{text[(_at - 1)..]}', expected: ',' or 'end of string'");
        }
    }

    private LabelRequirement ParseRequirement()
    {
        SkipBlanks();
        if (Take("!"))
            return Check(new LabelRequirement(Word(), LabelOperator.DoesNotExist, []));
        var key = Word();
        if (key.Length == 0)
            throw new FormatException($"found '{Rest()}', expected: !, identifier, or 'end of string'");
        SkipBlanks();
        if (_at == text.Length || text[_at] == ',')
            return Check(new LabelRequirement(key, LabelOperator.Exists, []));
        if (Take("!="))
            return Check(new LabelRequirement(key, LabelOperator.NotIn, [Value()]));
        if (Take("==") || Take("="))
            return Check(new LabelRequirement(key, LabelOperator.In, [Value()]));
        if (Take(">"))
            return Check(new LabelRequirement(key, LabelOperator.GreaterThan, [Value()]));
        if (Take("<"))
            return Check(new LabelRequirement(key, LabelOperator.LessThan, [Value()]));
        return Word() switch
        {
            "in" => Check(new LabelRequirement(key, LabelOperator.In, ValueSet())),
            "notin" => Check(new LabelRequirement(key, LabelOperator.NotIn, ValueSet())),
            var other => throw new FormatException($"found '{other}', expected: in, notin, =, ==, !=, gt, lt"),
        };
    }

    private static LabelRequirement Check(LabelRequirement requirement)
    {
        foreach (var problem in NameRules.QualifiedNameProblems(requirement.Key))
            throw new FormatException($"<nil>: Invalid value: {FieldError.Quote(requirement.Key)}: {problem}");
        foreach (var value in requirement.Values)
        {
            foreach (var problem in NameRules.LabelValueProblems(value))
                throw new FormatException($"values[0][{requirement.Key}]: Invalid value: {FieldError.Quote(value)}: {problem}");
        }

        return requirement;
    }

    private List<string> ValueSet()
    {
        SkipBlanks();
        if (!Take("("))
            throw new FormatException($"found '{Rest()}', expected: '('");
        var result = new List<string>();
        do
        {
            result.Add(Value());
            SkipBlanks();
        }
        while (Take(","));
        if (!Take(")"))
            throw new FormatException($"found '{Rest()}', expected: ',' or ')'");
        return result;
    }

    private string Value()
    {
        SkipBlanks();
        return Word();
    }

    private string Word()
    {
        SkipBlanks();
        var start = _at;
        while (_at < text.Length && !" \t\r\n,=!()<>".Contains(text[_at], StringComparison.Ordinal))
            _at++;
        return text[start.._at];
    }

    private bool Take(string token)
    {
        if (!text.AsSpan(_at).StartsWith(token, StringComparison.Ordinal))
            return false;
        _at += token.Length;
        return true;
    }

    private string Rest() => text[_at..];

    private void SkipBlanks()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at]))
            _at++;
    }
}
