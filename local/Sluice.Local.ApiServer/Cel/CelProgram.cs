namespace Sluice.Local.ApiServer.Cel;

/// <summary>A compiled expression.</summary>
internal sealed class CelProgram
{
    private readonly CelNode _root;

    private CelProgram(CelNode root, CelType type)
    {
        _root = root;
        Type = type;
        UsesOldSelf = Mentions(root, "oldSelf");
    }

    public CelType Type { get; }

    /// <summary>It compares with the state before, and so applies to changes only.</summary>
    public bool UsesOldSelf { get; }

    public CelNode Root => _root;

    /// <summary>Compiles an expression.</summary>
    /// <exception cref="FormatException">It is not well-formed or not well-typed; the message shows where.</exception>
    public static CelProgram Compile(string text, IReadOnlyDictionary<string, CelType> variables)
    {
        try
        {
            var root = CelParser.Parse(text);
            return new CelProgram(root, new CelChecker(variables).Check(root));
        }
        catch (CelSyntaxException error)
        {
            throw new FormatException("compilation failed: " + Show(text, error.Position, error.Message), error);
        }
    }

    public object? Run(IReadOnlyDictionary<string, object?> variables, CelBudget budget) => new CelEvaluator(variables, budget).Evaluate(_root);

    /// <summary>The message with the line that it is about and a mark below the place.</summary>
    private static string Show(string text, int position, string message)
    {
        var before = text[..Math.Min(position, text.Length)];
        var line = before.Count(c => c == '\n');
        var column = position - (before.LastIndexOf('\n') + 1);
        return $"ERROR: <input>:{line + 1}:{column + 1}: {message}\n | {text.Split('\n')[line]}\n | {new string('.', column)}^";
    }

    private static bool Mentions(CelNode node, string name) => node switch
    {
        CelIdentifier identifier => identifier.Name == name,
        CelSelect select => Mentions(select.Operand, name),
        CelListLiteral list => list.Items.Any(item => Mentions(item, name)),
        CelMapLiteral map => map.Entries.Any(entry => Mentions(entry.Key, name) || Mentions(entry.Value, name)),
        CelCall call => call.Arguments.Any(argument => Mentions(argument, name)),
        CelComprehension loop => Mentions(loop.Range, name) || (loop.Predicate is { } p && Mentions(p, name)) || (loop.Transform is { } t && Mentions(t, name)),
        _ => false,
    };
}
