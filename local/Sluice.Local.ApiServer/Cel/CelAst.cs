namespace Sluice.Local.ApiServer.Cel;

/// <summary>A part of an expression, and where in its text it stands (counted in characters from 0).</summary>
internal abstract record CelNode(int Position);

/// <summary>A constant.</summary>
internal sealed record CelLiteral(int Position, object? Value) : CelNode(Position);

/// <summary>A variable.</summary>
internal sealed record CelIdentifier(int Position, string Name) : CelNode(Position);

/// <summary>A field of an object or map; or the test whether it is there; or an optional of it.</summary>
internal sealed record CelSelect(int Position, CelNode Operand, string Field, bool IsTest, bool IsOptional) : CelNode(Position);

/// <summary>A function or operator; the receiver of a method is the first argument.</summary>
internal sealed record CelCall(int Position, string Function, bool IsMethod, IReadOnlyList<CelNode> Arguments) : CelNode(Position);

/// <summary>A list.</summary>
internal sealed record CelListLiteral(int Position, IReadOnlyList<CelNode> Items) : CelNode(Position);

/// <summary>A map.</summary>
internal sealed record CelMapLiteral(int Position, IReadOnlyList<(CelNode Key, CelNode Value)> Entries) : CelNode(Position);

/// <summary>What a macro does with each item of a list, or key of a map.</summary>
internal enum CelLoop
{
    All,
    Exists,
    ExistsOne,
    Filter,
    Map,

    /// <summary>Not over items: maps the value of an optional.</summary>
    OptionalMap,
}

/// <summary>A macro over items.</summary>
/// <param name="Position">Where the macro's parenthesis opens.</param>
/// <param name="Loop">Which macro.</param>
/// <param name="Range">The items.</param>
/// <param name="Variable">The name of the item.</param>
/// <param name="Predicate">The condition; for Map the filter, which may be missing.</param>
/// <param name="Transform">What Map makes of an item.</param>
internal sealed record CelComprehension(int Position, CelLoop Loop, CelNode Range, string Variable, CelNode? Predicate, CelNode? Transform) : CelNode(Position);

/// <summary>An expression that is not well-formed, or uses what is not supported.</summary>
internal sealed class CelSyntaxException(int position, string message) : Exception(message)
{
    public int Position { get; } = position;
}

/// <summary>A rule that could not be evaluated on the data that it was given.</summary>
internal sealed class CelEvaluationException(string message) : Exception(message);
