namespace Sluice.Client.Producing;

/// <summary>The two clocks of a producer: one that only goes forward for waits, and the wall clock for records.</summary>
internal sealed class ProducerClock(TimeProvider clock)
{
    private readonly long _start = clock.GetTimestamp();
    private readonly bool _isSystem = ReferenceEquals(clock, TimeProvider.System);

    /// <summary>Milliseconds since the producer began.</summary>
    public long NowMs => (long)clock.GetElapsedTime(_start).TotalMilliseconds;

    /// <summary>Milliseconds since 1970.</summary>
    public long WallMs => _isSystem
        ? (DateTime.UtcNow.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond
        : clock.GetUtcNow().ToUnixTimeMilliseconds();
}
