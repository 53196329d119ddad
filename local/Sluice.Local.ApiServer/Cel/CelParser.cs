namespace Sluice.Local.ApiServer.Cel;

/// <summary>Reads the text of an expression, with its macros expanded.</summary>
internal sealed class CelParser
{
    private const int DepthMax = 100;

    private static readonly Dictionary<string, CelLoop> Macros = new(StringComparer.Ordinal)
    {
        ["all"] = CelLoop.All, ["exists"] = CelLoop.Exists, ["exists_one"] = CelLoop.ExistsOne, ["existsOne"] = CelLoop.ExistsOne,
        ["filter"] = CelLoop.Filter, ["map"] = CelLoop.Map, ["optMap"] = CelLoop.OptionalMap,
    };

    private readonly List<CelToken> _tokens;
    private int _at;
    private int _depth;

    private CelParser(List<CelToken> tokens) => _tokens = tokens;

    private CelToken Current => _tokens[_at];

    public static CelNode Parse(string text)
    {
        var parser = new CelParser(new CelLexer(text).Tokens());
        var result = parser.Expression();
        return parser.Current.Kind == CelTokenKind.End ? result : throw parser.Unexpected("<EOF>");
    }

    private CelNode Expression()
    {
        if (++_depth > DepthMax)
            throw new CelSyntaxException(Current.Position, $"the expression nests deeper than {DepthMax}");
        var condition = Or();
        if (TryTake("?", out var mark))
        {
            var whenTrue = Or();
            Take(":");
            condition = new CelCall(mark, "_?_:_", false, [condition, whenTrue, Expression()]);
        }

        _depth--;
        return condition;
    }

    private CelNode Or()
    {
        var left = And();
        while (TryTake("||", out var at))
            left = new CelCall(at, "_||_", false, [left, And()]);
        return left;
    }

    private CelNode And()
    {
        var left = Relation();
        while (TryTake("&&", out var at))
            left = new CelCall(at, "_&&_", false, [left, Relation()]);
        return left;
    }

    private CelNode Relation()
    {
        var left = Sum();
        while (Current is { Kind: CelTokenKind.Symbol, Text: "==" or "!=" or "<" or "<=" or ">" or ">=" or "in" } token)
        {
            _at++;
            var name = token.Text == "in" ? "@in" : $"_{token.Text}_";
            left = new CelCall(token.Position, name, false, [left, Sum()]);
        }

        return left;
    }

    private CelNode Sum()
    {
        var left = Product();
        while (Current is { Kind: CelTokenKind.Symbol, Text: "+" or "-" } token)
        {
            _at++;
            left = new CelCall(token.Position, $"_{token.Text}_", false, [left, Product()]);
        }

        return left;
    }

    private CelNode Product()
    {
        var left = Unary();
        while (Current is { Kind: CelTokenKind.Symbol, Text: "*" or "/" or "%" } token)
        {
            _at++;
            left = new CelCall(token.Position, $"_{token.Text}_", false, [left, Unary()]);
        }

        return left;
    }

    private CelNode Unary()
    {
        if (TryTake("!", out var not))
            return new CelCall(not, "!_", false, [Nested()]);
        if (!TryTake("-", out var minus))
            return Member();
        // The least integer has no positive counterpart, so the sign belongs to the literal.
        return Nested() switch
        {
            CelLiteral { Value: long value } => new CelLiteral(minus, -value),
            CelLiteral { Value: double value } => new CelLiteral(minus, -value),
            var operand => new CelCall(minus, "-_", false, [operand]),
        };
    }

    private CelNode Nested()
    {
        if (++_depth > DepthMax)
            throw new CelSyntaxException(Current.Position, $"the expression nests deeper than {DepthMax}");
        var result = Unary();
        _depth--;
        return result;
    }

    private CelNode Member()
    {
        var operand = Primary();
        while (true)
        {
            if (TryTake(".?", out var optional))
            {
                operand = new CelSelect(optional, operand, Name(), false, true);
            }
            else if (TryTake(".", out var dot))
            {
                var name = Name();
                operand = TryTake("(", out var open) ? Method(operand, name, open) : new CelSelect(dot, operand, name, false, false);
            }
            else if (TryTake("[", out var bracket) || TryTake("[?", out bracket))
            {
                var function = _tokens[_at - 1].Text == "[?" ? "_[?_]" : "_[_]";
                var index = Expression();
                Take("]");
                operand = new CelCall(bracket, function, false, [operand, index]);
            }
            else
            {
                return operand;
            }
        }
    }

    private CelNode Method(CelNode operand, string name, int open)
    {
        var arguments = Arguments(")");
        if (!Macros.TryGetValue(name, out var loop) || arguments.Count is < 2 or > 3)
        {
            // optional.of and the like are functions of a namespace, not methods of a variable.
            return operand is CelIdentifier { Name: "optional" or "sets" } space
                ? new CelCall(open, $"{space.Name}.{name}", false, arguments)
                : new CelCall(open, name, true, [operand, .. arguments]);
        }

        if (arguments[0] is not CelIdentifier variable)
            throw new CelSyntaxException(arguments[0].Position, "argument must be a simple name");
        return (loop, arguments.Count) switch
        {
            (CelLoop.Map, 3) => new CelComprehension(open, loop, operand, variable.Name, arguments[1], arguments[2]),
            (CelLoop.Map or CelLoop.OptionalMap, 2) => new CelComprehension(open, loop, operand, variable.Name, null, arguments[1]),
            (_, 2) => new CelComprehension(open, loop, operand, variable.Name, arguments[1], null),
            _ => throw new CelSyntaxException(open, $"{name} over two variables is not supported by the embedded control plane"),
        };
    }

    private CelNode Primary()
    {
        var token = Current;
        switch (token)
        {
            case { Kind: CelTokenKind.Literal }:
                _at++;
                return new CelLiteral(token.Position, token.Value);
            case { Kind: CelTokenKind.Identifier }:
                _at++;
                return TryTake("(", out var open) ? Function(token, open) : new CelIdentifier(token.Position, token.Text);
            case { Kind: CelTokenKind.Symbol, Text: "(" }:
                _at++;
                var inner = Expression();
                Take(")");
                return inner;
            case { Kind: CelTokenKind.Symbol, Text: "[" }:
                _at++;
                return new CelListLiteral(token.Position, Arguments("]"));
            case { Kind: CelTokenKind.Symbol, Text: "{" }:
                _at++;
                return MapLiteral(token.Position);
            default:
                throw Unexpected("{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}");
        }
    }

    private CelNode Function(CelToken name, int open)
    {
        var arguments = Arguments(")");
        if (name.Text != "has")
            return new CelCall(open, name.Text, false, arguments);
        return arguments is [CelSelect { IsTest: false } field]
            ? field with { Position = open, IsTest = true }
            : throw new CelSyntaxException(open, "invalid argument to has() macro");
    }

    private List<CelNode> Arguments(string end)
    {
        var result = new List<CelNode>();
        while (!TryTake(end, out _))
        {
            result.Add(Expression());
            if (Current.Text == end)
                continue;
            Take(",");
        }

        return result;
    }

    private CelMapLiteral MapLiteral(int position)
    {
        var entries = new List<(CelNode, CelNode)>();
        while (!TryTake("}", out _))
        {
            var key = Expression();
            Take(":");
            entries.Add((key, Expression()));
            if (Current.Text == "}")
                continue;
            Take(",");
        }

        return new CelMapLiteral(position, entries);
    }

    private string Name()
    {
        if (Current.Kind != CelTokenKind.Identifier)
            throw Unexpected("IDENTIFIER");
        return _tokens[_at++].Text;
    }

    private bool TryTake(string symbol, out int position)
    {
        position = Current.Position;
        if (Current.Kind != CelTokenKind.Symbol || Current.Text != symbol)
            return false;
        _at++;
        return true;
    }

    private void Take(string symbol)
    {
        if (!TryTake(symbol, out _))
            throw Unexpected($"'{symbol}'");
    }

    private CelSyntaxException Unexpected(string expected) =>
        new(Current.Position, $"Syntax error: mismatched input '{Current.Text}' expecting {expected}");
}
