using System.Diagnostics;

namespace EndToEnd;

/// <summary>Waits for conditions, never for times.</summary>
internal static class Until
{
    public static T NotNull<T>(string what, TimeSpan limit, Func<T?> look) where T : class
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            if (look() is { } found) return found;
            if (waited.Elapsed > limit) throw new TimeoutException($"{what}: not within {limit}");
            Thread.Sleep(100);
        }
    }

    public static void True(string what, TimeSpan limit, Func<bool> holds) => NotNull(what, limit, () => holds() ? "" : null);
}
