namespace Simulation.Runs;

/// <summary>How much clients do: as much all the time in some runs, in bursts with lulls between in others.</summary>
internal sealed class Activity
{
    private const double Even = 1.0 / 3;
    private readonly Random _random;
    private readonly bool _hasBursts;
    private double _chance = Even;

    /// <param name="random">The run's source of chance.</param>
    public Activity(Random random)
    {
        _random = random;
        _hasBursts = random.Next(2) == 0;
    }

    /// <summary>Whether a client gets to act now.</summary>
    public bool IsTime()
    {
        if (_hasBursts && _random.Next(80) == 0) _chance = _random.Next(3) switch { 0 => Even, 1 => 1, _ => 0.02 };
        return _random.NextDouble() < _chance;
    }
}
