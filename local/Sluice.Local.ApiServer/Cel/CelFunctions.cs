namespace Sluice.Local.ApiServer.Cel;

/// <summary>One way to call a function: by arguments of these types.</summary>
internal sealed record CelOverload(bool IsMethod, IReadOnlyList<CelType> Parameters, CelType Result, Func<object?[], object?> Run)
{
    public bool Fits(IReadOnlyList<CelType> arguments, Dictionary<string, CelType> bindings)
    {
        if (arguments.Count != Parameters.Count)
            return false;
        for (var i = 0; i < arguments.Count; i++)
        {
            if (!Parameters[i].Accepts(arguments[i], bindings))
                return false;
        }

        return true;
    }
}

/// <summary>The functions that expressions may call.</summary>
internal static class CelFunctions
{
    private static readonly Dictionary<string, List<CelOverload>> Table = Build();

    public static IReadOnlyList<CelOverload> Find(string name) => Table.TryGetValue(name, out var found) ? found : [];

    private static Dictionary<string, List<CelOverload>> Build()
    {
        var table = new Dictionary<string, List<CelOverload>>(StringComparer.Ordinal);
        var sink = new CelFunctionSink(table);
        CelOperators.AddTo(sink);
        CelConversions.AddTo(sink);
        CelStrings.AddTo(sink);
        CelCollections.AddTo(sink);
        CelQuantities.AddTo(sink);
        return table;
    }
}

/// <summary>Takes functions into the table.</summary>
internal sealed class CelFunctionSink(Dictionary<string, List<CelOverload>> table)
{
    /// <summary>A global function or an operator.</summary>
    public void Function(string name, CelType[] parameters, CelType result, Func<object?[], object?> run) => Add(name, new CelOverload(false, parameters, result, run));

    /// <summary>A method; the first parameter is the receiver.</summary>
    public void Method(string name, CelType[] parameters, CelType result, Func<object?[], object?> run) => Add(name, new CelOverload(true, parameters, result, run));

    private void Add(string name, CelOverload overload)
    {
        if (!table.TryGetValue(name, out var list))
            table[name] = list = [];
        list.Add(overload);
    }
}
