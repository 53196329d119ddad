using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Support;

/// <summary>Waits for conditions, never for times.</summary>
internal static class Wait
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan PauseMax = TimeSpan.FromMilliseconds(500);

    /// <summary>Waits until it holds; a failure says what was waited for, and what <paramref name="explain"/> tells of it.</summary>
    public static void Until(string what, TimeSpan limit, Func<bool> holds, Func<string>? explain = null) =>
        For(what, limit, () => holds() ? "" : null, explain);

    /// <summary>Waits until there is something to be found.</summary>
    public static T For<T>(string what, TimeSpan limit, Func<T?> look, Func<string>? explain = null)
        where T : class
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            TimeSpan began = waited.Elapsed;
            if (look() is { } found) return found;
            if (waited.Elapsed > limit) throw new TimeoutException($"{what}: not within {limit}\n{explain?.Invoke()}");
            Thread.Sleep(PauseAfter(waited.Elapsed - began));
        }
    }

    /// <summary>
    /// Waits until it holds, a minute when no <paramref name="limit"/> is given; a failure shows the condition, and what
    /// <paramref name="explain"/> tells of it.
    /// </summary>
    public static Task UntilAsync(
        Func<bool> holds, Func<string>? explain = null, TimeSpan? limit = null, [CallerArgumentExpression(nameof(holds))] string what = "") =>
        UntilAsync(() => Task.FromResult(holds()), explain, limit, what);

    /// <inheritdoc cref="UntilAsync(Func{bool}, Func{string}, TimeSpan?, string)"/>
    public static async Task UntilAsync(
        Func<Task<bool>> holds, Func<string>? explain = null, TimeSpan? limit = null, [CallerArgumentExpression(nameof(holds))] string what = "")
    {
        TimeSpan patience = limit ?? Patience;
        var waited = Stopwatch.StartNew();
        TimeSpan began = waited.Elapsed;
        while (!await holds().ConfigureAwait(false))
        {
            if (waited.Elapsed > patience) throw new TimeoutException($"{what}: not within {patience}\n{explain?.Invoke()}");
            await Task.Delay(PauseAfter(waited.Elapsed - began)).ConfigureAwait(false);
            began = waited.Elapsed;
        }
    }

    /// <summary>A look that starts a program is dear: between two of them the machine is left to what is waited for.</summary>
    private static TimeSpan PauseAfter(TimeSpan look) => TimeSpan.FromTicks(Math.Clamp(2 * look.Ticks, PauseMin.Ticks, PauseMax.Ticks));
}
