using Sluice.Local.ApiServer.Documents;

namespace Sluice.Local.ApiServer.Cel;

/// <summary>Functions of quantities such as "500m" or "1Gi".</summary>
internal static class CelQuantities
{
    public static void AddTo(CelFunctionSink sink)
    {
        var (quantity, whole) = (CelType.Quantity, CelType.Int);
        sink.Function("quantity", [CelType.String], quantity, v => Parse((string)v[0]!));
        sink.Function("isQuantity", [CelType.String], CelType.Bool, v => Quantity.TryParse((string)v[0]!, out _));
        sink.Method("isLessThan", [quantity, quantity], CelType.Bool, v => Q(v[0]).CompareTo(Q(v[1])) < 0);
        sink.Method("isGreaterThan", [quantity, quantity], CelType.Bool, v => Q(v[0]).CompareTo(Q(v[1])) > 0);
        sink.Method("compareTo", [quantity, quantity], whole, v => (long)Math.Sign(Q(v[0]).CompareTo(Q(v[1]))));
        sink.Method("sign", [quantity], whole, v => (long)Q(v[0]).Sign);
        sink.Method("isInteger", [quantity], CelType.Bool, v => Q(v[0]).AsLong() is not null);
        sink.Method("asInteger", [quantity], whole, v => Q(v[0]).AsLong() is { } number ? number : throw new CelEvaluationException("cannot convert value to integer"));
        sink.Method("asApproximateFloat", [quantity], CelType.Double, v => Q(v[0]).AsDouble());
        sink.Method("add", [quantity, quantity], quantity, v => Q(v[0]).Add(Q(v[1])));
        sink.Method("sub", [quantity, quantity], quantity, v => Q(v[0]).Subtract(Q(v[1])));
        sink.Method("add", [quantity, whole], quantity, v => Q(v[0]).Add(Parse($"{v[1]}")));
        sink.Method("sub", [quantity, whole], quantity, v => Q(v[0]).Subtract(Parse($"{v[1]}")));
    }

    private static Quantity Q(object? value) => (Quantity)value!;

    private static Quantity Parse(string text) =>
        Quantity.TryParse(text, out var value)
            ? value
            : throw new CelEvaluationException("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
}
