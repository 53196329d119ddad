using System.Diagnostics;

namespace Support.Clients;

/// <summary>Waits for conditions, never for times.</summary>
internal static class Wait
{
    /// <summary>Waits until it holds; a failure says what was waited for, and what <paramref name="explain"/> tells of it.</summary>
    public static void Until(string what, TimeSpan limit, Func<bool> holds, Func<string> explain)
    {
        var waited = Stopwatch.StartNew();
        while (!holds())
        {
            if (waited.Elapsed > limit) throw new TimeoutException($"{what}: not within {limit}\n{explain()}");
            Thread.Sleep(50);
        }
    }
}
