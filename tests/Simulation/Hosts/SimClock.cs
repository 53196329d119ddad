namespace Simulation.Hosts;

/// <summary>Time that stands still until the simulator moves it.</summary>
internal sealed class SimClock : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Milliseconds since the start of the simulation; goes on over crashes of the node.</summary>
    public long ElapsedMs { get; private set; }

    /// <summary>The wall clock, in milliseconds since 1970.</summary>
    public long NowMs => Start.ToUnixTimeMilliseconds() + ElapsedMs;

    /// <inheritdoc/>
    public override long TimestampFrequency => 1000;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => Start.AddMilliseconds(ElapsedMs);

    /// <inheritdoc/>
    public override long GetTimestamp() => ElapsedMs;

    /// <summary>Moves time on.</summary>
    public void Advance(long milliseconds) => ElapsedMs += Math.Max(0, milliseconds);
}
