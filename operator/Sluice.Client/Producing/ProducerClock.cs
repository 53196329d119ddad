namespace Sluice.Client.Producing;

/// <summary>The two clocks of a producer: one that only goes forward for waits, and the wall clock for records.</summary>
internal sealed class ProducerClock(TimeProvider clock)
{
    private readonly long _start = clock.GetTimestamp();
    private readonly bool _isSystem = ReferenceEquals(clock, TimeProvider.System);
    private Reading? _last;

    /// <summary>Milliseconds since the producer began.</summary>
    public long NowMs => (long)clock.GetElapsedTime(_start).TotalMilliseconds;

    /// <summary>Milliseconds since 1970, some behind: read anew only when the system's coarse clock, which costs next to nothing, has moved.</summary>
    public long WallMs
    {
        get
        {
            if (!_isSystem) return clock.GetUtcNow().ToUnixTimeMilliseconds();
            long tick = Environment.TickCount64;
            Reading? last = _last;
            if (last is null || last.Tick != tick) _last = last = new Reading(tick, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
            return last.WallMs;
        }
    }

    private sealed record Reading(long Tick, long WallMs);
}
