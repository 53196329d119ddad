namespace Sluice.Local.ApiServer.Cel;

/// <summary>Steps that may still be taken; what has none left is cancelled.</summary>
internal sealed class CelBudget(long steps)
{
    private long _left = steps;

    public void Take(long count)
    {
        _left -= count;
        if (_left < 0)
            throw new CelEvaluationException("operation cancelled: actual cost limit exceeded");
    }
}

/// <summary>Evaluates a checked expression.</summary>
internal sealed class CelEvaluator(IReadOnlyDictionary<string, object?> variables, CelBudget budget)
{
    // A text that is searched or copied costs by its length.
    private const int CharactersPerStep = 10;

    private readonly Dictionary<string, object?> _variables = new(variables, StringComparer.Ordinal);

    /// <exception cref="CelEvaluationException">The data does not allow an answer.</exception>
    public object? Evaluate(CelNode node)
    {
        budget.Take(1);
        return node switch
        {
            CelLiteral literal => literal.Value,
            CelIdentifier identifier => _variables.TryGetValue(identifier.Name, out var value) ? value : TypeNamed(identifier.Name),
            CelSelect select => Select(select),
            CelListLiteral list => new CelList([.. list.Items.Select(Evaluate)]),
            CelMapLiteral map => new CelMap(map.Entries.ToDictionary(entry => Evaluate(entry.Key)!, entry => Evaluate(entry.Value)), false),
            CelComprehension loop => Loop(loop),
            CelCall call => Call(call),
            _ => throw new InvalidOperationException($"a {node.GetType().Name} has no value"),
        };
    }

    private object? Select(CelSelect select)
    {
        var operand = Evaluate(select.Operand);
        var chained = operand is CelOptional;
        if (operand is CelOptional optional)
        {
            if (!optional.HasValue)
                return select.IsTest ? false : optional;
            operand = optional.Value;
        }

        if (operand is not CelMap map)
            throw new CelEvaluationException("no such overload");
        var found = map.Entries.TryGetValue(select.Field, out var value);
        if (select.IsTest)
            return found;
        if (select.IsOptional || chained)
            return found ? new CelOptional(true, value) : CelOptional.None;
        return found ? value : throw new CelEvaluationException($"no such key: {select.Field}");
    }

    private object? Call(CelCall call)
    {
        switch (call.Function)
        {
            case "_&&_":
                return Logic(call.Arguments, decides: false);
            case "_||_":
                return Logic(call.Arguments, decides: true);
            case "_?_:_":
                return Evaluate(call.Arguments[0]) is bool condition ? Evaluate(call.Arguments[condition ? 1 : 2]) : throw new CelEvaluationException("no such overload");
        }

        var arguments = call.Arguments.Select(Evaluate).ToArray();
        budget.Take(arguments.Sum(Weight));
        var types = arguments.Select(CelValues.TypeOf).ToList();
        foreach (var overload in CelFunctions.Find(call.Function))
        {
            if (overload.IsMethod == call.IsMethod && overload.Fits(types, []))
                return overload.Run(arguments);
        }

        // Values of different types can be compared when dynamic data has hidden that from the checker.
        return call.Function switch
        {
            "_==_" => CelValues.Same(arguments[0], arguments[1]),
            "_!=_" => !CelValues.Same(arguments[0], arguments[1]),
            _ => throw new CelEvaluationException("no such overload"),
        };
    }

    /// <summary>And, or: one operand can decide, even when the other fails.</summary>
    private object Logic(IReadOnlyList<CelNode> operands, bool decides)
    {
        CelEvaluationException? failure = null;
        foreach (var operand in operands)
        {
            try
            {
                if (Evaluate(operand) is not bool value)
                    throw new CelEvaluationException("no such overload");
                if (value == decides)
                    return decides;
            }
            catch (CelEvaluationException error) when (!error.Message.StartsWith("operation cancelled", StringComparison.Ordinal))
            {
                failure ??= error;
            }
        }

        return failure is null ? !decides : throw failure;
    }

    private object? Loop(CelComprehension loop)
    {
        var range = Evaluate(loop.Range);
        if (loop.Loop == CelLoop.OptionalMap)
            return range is CelOptional { HasValue: true } some ? new CelOptional(true, With(loop.Variable, some.Value, loop.Transform!)) : CelOptional.None;
        IEnumerable<object?> items = range switch
        {
            CelList list => list.Items,
            CelMap map => map.Entries.Keys.Select(key => (object?)key),
            _ => throw new CelEvaluationException("no such overload"),
        };
        return loop.Loop switch
        {
            CelLoop.All => Quantify(loop, items, decides: false),
            CelLoop.Exists => Quantify(loop, items, decides: true),
            CelLoop.ExistsOne => items.Count(item => Holds(loop, item)) == 1,
            CelLoop.Filter => new CelList([.. items.Where(item => Holds(loop, item))]),
            _ => new CelList([.. items.Where(item => loop.Predicate is null || Holds(loop, item)).Select(item => With(loop.Variable, item, loop.Transform!))]),
        };
    }

    private object Quantify(CelComprehension loop, IEnumerable<object?> items, bool decides)
    {
        CelEvaluationException? failure = null;
        foreach (var item in items)
        {
            try
            {
                if (Holds(loop, item) == decides)
                    return decides;
            }
            catch (CelEvaluationException error) when (!error.Message.StartsWith("operation cancelled", StringComparison.Ordinal))
            {
                failure ??= error;
            }
        }

        return failure is null ? !decides : throw failure;
    }

    private bool Holds(CelComprehension loop, object? item) =>
        With(loop.Variable, item, loop.Predicate!) is bool value ? value : throw new CelEvaluationException("no such overload");

    private object? With(string name, object? value, CelNode body)
    {
        var hidden = _variables.TryGetValue(name, out var outer);
        _variables[name] = value;
        try
        {
            return Evaluate(body);
        }
        finally
        {
            if (hidden)
                _variables[name] = outer;
            else
                _variables.Remove(name);
        }
    }

    private static long Weight(object? value) => value switch
    {
        string text => text.Length / CharactersPerStep,
        CelList list => list.Items.Count,
        _ => 0,
    };

    private static CelType TypeNamed(string name) => name switch
    {
        "bool" => CelType.Bool,
        "int" => CelType.Int,
        "uint" => CelType.UInt,
        "double" => CelType.Double,
        "string" => CelType.String,
        "bytes" => CelType.Bytes,
        "list" => CelType.List(CelType.Dyn),
        "map" => CelType.Map(CelType.Dyn, CelType.Dyn),
        "null_type" => CelType.Null,
        _ => CelType.Type,
    };
}
