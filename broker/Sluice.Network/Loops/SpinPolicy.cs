using System.Diagnostics;

namespace Sluice.Network.Loops;

/// <summary>
/// Decides whether a loop polls for a moment before it blocks. A spin that finds work saves a sleep and a wake; one that does not
/// is wasted, so after each failure twice as many sleeps go by without a spin. An idle loop wakes rarely and hence never spins.
/// </summary>
internal sealed class SpinPolicy
{
    private const int SleepsSkippedMax = 1024;

    private readonly long _spinTicks;
    private int _skipNext;
    private int _skipped;

    /// <param name="spinMicroseconds">How long to poll; zero: never.</param>
    internal SpinPolicy(int spinMicroseconds) => _spinTicks = spinMicroseconds * Stopwatch.Frequency / 1_000_000;

    internal long SpinTicks => _spinTicks;

    /// <summary>Asked before each sleep.</summary>
    internal bool ShouldSpin()
    {
        if (_spinTicks == 0) return false;
        if (_skipped >= _skipNext) return true;
        _skipped++;
        return false;
    }

    internal void Found()
    {
        _skipNext /= 2;
        _skipped = 0;
    }

    internal void FoundNothing()
    {
        _skipNext = Math.Min(SleepsSkippedMax, Math.Max(1, _skipNext * 2));
        _skipped = 0;
    }
}
