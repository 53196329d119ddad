namespace Sluice.Local.ApiServer.Cel;

/// <summary>Functions of lists, maps and sets.</summary>
internal static class CelCollections
{
    public static void AddTo(CelFunctionSink sink)
    {
        var (list, map) = (CelType.List(CelType.A), CelType.Map(CelType.Dyn, CelType.Dyn));
        sink.Function("size", [list], CelType.Int, v => (long)((CelList)v[0]!).Items.Count);
        sink.Method("size", [list], CelType.Int, v => (long)((CelList)v[0]!).Items.Count);
        sink.Function("size", [map], CelType.Int, v => (long)((CelMap)v[0]!).Entries.Count);
        sink.Method("size", [map], CelType.Int, v => (long)((CelMap)v[0]!).Entries.Count);
        sink.Method("isSorted", [list], CelType.Bool, v => IsSorted((CelList)v[0]!));
        sink.Method("min", [list], CelType.A, v => Extreme((CelList)v[0]!, "min", -1));
        sink.Method("max", [list], CelType.A, v => Extreme((CelList)v[0]!, "max", 1));
        sink.Method("sum", [CelType.List(CelType.Int)], CelType.Int, v => Sum((CelList)v[0]!));
        sink.Method("sum", [CelType.List(CelType.Double)], CelType.Double, v => ((CelList)v[0]!).Cast<double>().Sum());
        sink.Method("indexOf", [list, CelType.A], CelType.Int, v => (long)((CelList)v[0]!).Items.ToList().FindIndex(item => CelValues.Same(item, v[1])));
        sink.Method("lastIndexOf", [list, CelType.A], CelType.Int, v => (long)((CelList)v[0]!).Items.ToList().FindLastIndex(item => CelValues.Same(item, v[1])));
        sink.Function("sets.contains", [list, list], CelType.Bool, v => Contains((CelList)v[0]!, (CelList)v[1]!));
        sink.Function("sets.equivalent", [list, list], CelType.Bool, v => Contains((CelList)v[0]!, (CelList)v[1]!) && Contains((CelList)v[1]!, (CelList)v[0]!));
        sink.Function("sets.intersects", [list, list], CelType.Bool, v => ((CelList)v[0]!).Any(item => ((CelList)v[1]!).Any(other => CelValues.Same(item, other))));
    }

    private static bool IsSorted(CelList list)
    {
        for (var i = 1; i < list.Items.Count; i++)
        {
            if (CelValues.Compare(list.Items[i - 1], list.Items[i]) is not <= 0)
                return false;
        }

        return true;
    }

    private static object? Extreme(CelList list, string name, int sign)
    {
        if (list.Items.Count == 0)
            throw new CelEvaluationException($"{name} called on empty list");
        return list.Aggregate((best, next) => CelValues.Compare(next, best) is { } order && order * sign > 0 ? next : best);
    }

    private static object Sum(CelList list)
    {
        try
        {
            return list.Cast<long>().Aggregate(0L, (total, next) => checked(total + next));
        }
        catch (OverflowException)
        {
            throw new CelEvaluationException("integer overflow");
        }
    }

    private static bool Contains(CelList list, CelList part) => part.All(item => list.Any(have => CelValues.Same(have, item)));
}
