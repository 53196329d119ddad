using Sluice.Local.ApiServer.Schemas;

namespace Sluice.Local.ApiServer.Cel;

/// <summary>Operators, but for those that may leave an operand unevaluated.</summary>
internal static class CelOperators
{
    private static readonly CelType[] Ordered = [CelType.Bool, CelType.Int, CelType.UInt, CelType.Double, CelType.String, CelType.Bytes, CelType.Duration, CelType.Timestamp];

    private static readonly CelType[] Numbers = [CelType.Int, CelType.UInt, CelType.Double];

    public static void AddTo(CelFunctionSink sink)
    {
        sink.Function("_==_", [CelType.A, CelType.A], CelType.Bool, v => CelValues.Same(v[0], v[1]));
        sink.Function("_!=_", [CelType.A, CelType.A], CelType.Bool, v => !CelValues.Same(v[0], v[1]));
        AddOrder(sink, "_<_", order => order < 0);
        AddOrder(sink, "_<=_", order => order <= 0);
        AddOrder(sink, "_>_", order => order > 0);
        AddOrder(sink, "_>=_", order => order >= 0);
        AddArithmetic(sink);
        AddTimes(sink);
        AddContainers(sink);
        sink.Function("!_", [CelType.Bool], CelType.Bool, v => !(bool)v[0]!);
        sink.Function("-_", [CelType.Int], CelType.Int, v => Checked(() => checked(-(long)v[0]!)));
        sink.Function("-_", [CelType.Double], CelType.Double, v => -(double)v[0]!);
    }

    private static void AddOrder(CelFunctionSink sink, string name, Func<int, bool> holds)
    {
        foreach (var type in Ordered)
            sink.Function(name, [type, type], CelType.Bool, v => CelValues.Compare(v[0], v[1]) is { } order && holds(order));
        foreach (var left in Numbers)
        {
            foreach (var right in Numbers.Where(right => right != left))
                sink.Function(name, [left, right], CelType.Bool, v => CelValues.Compare(v[0], v[1]) is { } order && holds(order));
        }
    }

    private static void AddArithmetic(CelFunctionSink sink)
    {
        sink.Function("_+_", [CelType.Int, CelType.Int], CelType.Int, v => Checked(() => checked((long)v[0]! + (long)v[1]!)));
        sink.Function("_-_", [CelType.Int, CelType.Int], CelType.Int, v => Checked(() => checked((long)v[0]! - (long)v[1]!)));
        sink.Function("_*_", [CelType.Int, CelType.Int], CelType.Int, v => Checked(() => checked((long)v[0]! * (long)v[1]!)));
        sink.Function("_/_", [CelType.Int, CelType.Int], CelType.Int, v => Checked(() => NotZero((long)v[1]! == 0, "division by zero") ? checked((long)v[0]! / (long)v[1]!) : 0));
        sink.Function("_%_", [CelType.Int, CelType.Int], CelType.Int, v => Checked(() => NotZero((long)v[1]! == 0, "modulus by zero") ? (long)v[1]! == -1 ? 0 : (long)v[0]! % (long)v[1]! : 0));
        sink.Function("_+_", [CelType.UInt, CelType.UInt], CelType.UInt, v => Checked(() => checked((ulong)v[0]! + (ulong)v[1]!)));
        sink.Function("_-_", [CelType.UInt, CelType.UInt], CelType.UInt, v => Checked(() => checked((ulong)v[0]! - (ulong)v[1]!)));
        sink.Function("_*_", [CelType.UInt, CelType.UInt], CelType.UInt, v => Checked(() => checked((ulong)v[0]! * (ulong)v[1]!)));
        sink.Function("_/_", [CelType.UInt, CelType.UInt], CelType.UInt, v => NotZero((ulong)v[1]! == 0, "division by zero") ? (ulong)v[0]! / (ulong)v[1]! : 0UL);
        sink.Function("_%_", [CelType.UInt, CelType.UInt], CelType.UInt, v => NotZero((ulong)v[1]! == 0, "modulus by zero") ? (ulong)v[0]! % (ulong)v[1]! : 0UL);
        sink.Function("_+_", [CelType.Double, CelType.Double], CelType.Double, v => (double)v[0]! + (double)v[1]!);
        sink.Function("_-_", [CelType.Double, CelType.Double], CelType.Double, v => (double)v[0]! - (double)v[1]!);
        sink.Function("_*_", [CelType.Double, CelType.Double], CelType.Double, v => (double)v[0]! * (double)v[1]!);
        sink.Function("_/_", [CelType.Double, CelType.Double], CelType.Double, v => (double)v[0]! / (double)v[1]!);
        sink.Function("_+_", [CelType.String, CelType.String], CelType.String, v => (string)v[0]! + (string)v[1]!);
        sink.Function("_+_", [CelType.Bytes, CelType.Bytes], CelType.Bytes, v => ((byte[])v[0]!).Concat((byte[])v[1]!).ToArray());
        sink.Function("_+_", [CelType.List(CelType.A), CelType.List(CelType.A)], CelType.List(CelType.A), v => Concat((CelList)v[0]!, (CelList)v[1]!));
    }

    private static void AddTimes(CelFunctionSink sink)
    {
        sink.Function("_+_", [CelType.Timestamp, CelType.Duration], CelType.Timestamp, v => (DateTimeOffset)v[0]! + (TimeSpan)v[1]!);
        sink.Function("_+_", [CelType.Duration, CelType.Timestamp], CelType.Timestamp, v => (DateTimeOffset)v[1]! + (TimeSpan)v[0]!);
        sink.Function("_+_", [CelType.Duration, CelType.Duration], CelType.Duration, v => (TimeSpan)v[0]! + (TimeSpan)v[1]!);
        sink.Function("_-_", [CelType.Timestamp, CelType.Duration], CelType.Timestamp, v => (DateTimeOffset)v[0]! - (TimeSpan)v[1]!);
        sink.Function("_-_", [CelType.Timestamp, CelType.Timestamp], CelType.Duration, v => (DateTimeOffset)v[0]! - (DateTimeOffset)v[1]!);
        sink.Function("_-_", [CelType.Duration, CelType.Duration], CelType.Duration, v => (TimeSpan)v[0]! - (TimeSpan)v[1]!);
    }

    private static void AddContainers(CelFunctionSink sink)
    {
        var (list, map) = (CelType.List(CelType.A), CelType.Map(CelType.Dyn, CelType.A));
        sink.Function("@in", [CelType.A, list], CelType.Bool, v => ((CelList)v[1]!).Any(item => CelValues.Same(item, v[0])));
        sink.Function("@in", [CelType.Dyn, CelType.Map(CelType.Dyn, CelType.Dyn)], CelType.Bool, v => v[0] is not null && ((CelMap)v[1]!).Entries.ContainsKey(v[0]!));
        sink.Function("_[_]", [list, CelType.Int], CelType.A, v => Index((CelList)v[0]!, (long)v[1]!) is { HasValue: true } found
            ? found.Value
            : throw new CelEvaluationException($"index out of bounds: {v[1]}"));
        sink.Function("_[_]", [map, CelType.Dyn], CelType.A, v => Entry((CelMap)v[0]!, v[1]) is { HasValue: true } found
            ? found.Value
            : throw new CelEvaluationException($"no such key: {v[1]}"));
        sink.Function("_[?_]", [list, CelType.Int], CelType.Optional(CelType.A), v => Index((CelList)v[0]!, (long)v[1]!));
        sink.Function("_[?_]", [map, CelType.Dyn], CelType.Optional(CelType.A), v => Entry((CelMap)v[0]!, v[1]));
    }

    private static CelOptional Index(CelList list, long index) =>
        index >= 0 && index < list.Items.Count ? new CelOptional(true, list.Items[(int)index]) : CelOptional.None;

    private static CelOptional Entry(CelMap map, object? key) =>
        key is not null && map.Entries.TryGetValue(key, out var value) ? new CelOptional(true, value) : CelOptional.None;

    /// <summary>A set stays one: what is there already is not added again.</summary>
    private static CelList Concat(CelList a, CelList b) =>
        a.Kind == ListKind.Set
            ? new CelList([.. a, .. b.Where(item => !a.Any(have => CelValues.Same(have, item)))], a.Kind)
            : new CelList([.. a, .. b], a.Kind);

    private static bool NotZero(bool zero, string message) => zero ? throw new CelEvaluationException(message) : true;

    private static T Checked<T>(Func<T> compute)
    {
        try
        {
            return compute();
        }
        catch (OverflowException)
        {
            throw new CelEvaluationException("integer overflow");
        }
    }
}
