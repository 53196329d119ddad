namespace Sluice.Local.ApiServer.Cel;

/// <summary>Finds the type of an expression, and what in it cannot be.</summary>
internal sealed class CelChecker(IReadOnlyDictionary<string, CelType> variables)
{
    private readonly Dictionary<string, CelType> _variables = new(variables, StringComparer.Ordinal);

    /// <exception cref="CelSyntaxException">The expression is not well-typed.</exception>
    public CelType Check(CelNode node) => node switch
    {
        CelLiteral literal => CelValues.TypeOf(literal.Value),
        CelIdentifier identifier => Identifier(identifier),
        CelSelect select => Select(select),
        CelListLiteral list => CelType.List(Common(list.Items.Select(Check))),
        CelMapLiteral map => CelType.Map(Common(map.Entries.Select(entry => Check(entry.Key))), Common(map.Entries.Select(entry => Check(entry.Value)))),
        CelComprehension loop => Loop(loop),
        CelCall call => Call(call),
        _ => throw new InvalidOperationException($"a {node.GetType().Name} has no type"),
    };

    private CelType Identifier(CelIdentifier identifier)
    {
        if (_variables.TryGetValue(identifier.Name, out var type))
            return type;
        // Types are values of their own: type(x) == string.
        if (identifier.Name is "bool" or "int" or "uint" or "double" or "string" or "bytes" or "list" or "map" or "null_type" or "type")
            return CelType.Type;
        throw new CelSyntaxException(identifier.Position, $"undeclared reference to '{identifier.Name}' (in container '')");
    }

    private CelType Select(CelSelect select)
    {
        var operand = Check(select.Operand);
        var inner = operand.Kind == CelKind.Optional ? operand.Item! : operand;
        var field = inner.Kind switch
        {
            CelKind.Dyn => CelType.Dyn,
            CelKind.Map => inner.Value!,
            CelKind.Object => inner.Field(select.Field) ?? throw new CelSyntaxException(select.Position, $"undefined field '{select.Field}'"),
            _ => throw new CelSyntaxException(select.Position, $"type '{inner.Name}' does not support field selection"),
        };
        if (select.IsTest)
            return CelType.Bool;
        return select.IsOptional || operand.Kind == CelKind.Optional ? CelType.Optional(field) : field;
    }

    private CelType Loop(CelComprehension loop)
    {
        var range = Check(loop.Range);
        var item = (loop.Loop, range.Kind) switch
        {
            (_, CelKind.Dyn) => CelType.Dyn,
            (CelLoop.OptionalMap, CelKind.Optional) => range.Item!,
            (not CelLoop.OptionalMap, CelKind.List or CelKind.Map) => range.Item!,
            _ => throw new CelSyntaxException(
                loop.Range.Position, $"expression of type '{range.Name}' cannot be range of a comprehension (must be list, map, or dynamic)"),
        };
        var hidden = _variables.TryGetValue(loop.Variable, out var outer);
        _variables[loop.Variable] = item;
        if (loop.Predicate is { } predicate && Check(predicate) is { Kind: not (CelKind.Bool or CelKind.Dyn) } wrong)
            throw new CelSyntaxException(predicate.Position, $"expected type 'bool' but found '{wrong.Name}'");
        var made = loop.Transform is null ? CelType.Bool : Check(loop.Transform);
        if (hidden)
            _variables[loop.Variable] = outer!;
        else
            _variables.Remove(loop.Variable);
        return loop.Loop switch
        {
            CelLoop.Filter => range.Kind == CelKind.List ? range : CelType.List(item),
            CelLoop.Map => CelType.List(made),
            CelLoop.OptionalMap => CelType.Optional(made),
            _ => CelType.Bool,
        };
    }

    private CelType Call(CelCall call)
    {
        var arguments = call.Arguments.Select(Check).ToList();
        switch (call.Function)
        {
            case "_&&_" or "_||_":
                return arguments.All(IsBool) ? CelType.Bool : throw NoOverload(call, arguments);
            case "_?_:_":
                return IsBool(arguments[0]) ? Common(arguments.Skip(1), call, arguments) : throw NoOverload(call, arguments);
        }

        var overloads = CelFunctions.Find(call.Function).Where(overload => overload.IsMethod == call.IsMethod).ToList();
        if (overloads.Count == 0)
        {
            throw new CelSyntaxException(
                call.Position, $"undeclared reference to '{call.Function}' (in container ''); the embedded control plane knows no such function");
        }

        var results = new List<CelType>();
        foreach (var overload in overloads)
        {
            var bindings = new Dictionary<string, CelType>();
            if (overload.Fits(arguments, bindings))
                results.Add(overload.Result.Bind(bindings));
        }

        return results.Count == 0 ? throw NoOverload(call, arguments) : Common(results);
    }

    private static bool IsBool(CelType type) => type.Kind is CelKind.Bool or CelKind.Dyn;

    /// <summary>One type for all, or dyn when they differ.</summary>
    private static CelType Common(IEnumerable<CelType> types)
    {
        CelType? result = null;
        foreach (var type in types)
        {
            if (result is null || result.Kind == CelKind.Null)
                result = type;
            else if (!result.Accepts(type, []) || (type.Kind == CelKind.Dyn && result.Kind != CelKind.Dyn))
                return CelType.Dyn;
        }

        return result ?? CelType.Dyn;
    }

    private static CelType Common(IEnumerable<CelType> branches, CelCall call, List<CelType> arguments)
    {
        var list = branches.ToList();
        return list[0].Accepts(list[1], []) || list[1].Accepts(list[0], []) ? Common(list) : throw NoOverload(call, arguments);
    }

    private static CelSyntaxException NoOverload(CelCall call, List<CelType> arguments)
    {
        var shown = call.IsMethod
            ? $"{arguments[0].Name}.({string.Join(", ", arguments.Skip(1).Select(type => type.Name))})"
            : $"({string.Join(", ", arguments.Select(type => type.Name))})";
        return new CelSyntaxException(call.Position, $"found no matching overload for '{call.Function}' applied to '{shown}'");
    }
}
