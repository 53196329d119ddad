using Sluice.Core.Shards;

namespace Simulation.Hosts;

/// <summary>
/// How fast the parts of a machine are. Chance decides once for a run, so that one has a disk whose fsyncs take as long as a hundred requests,
/// another a shard that hardly gets to run, and in a third everything is even: what goes wrong only while something lasts is found where it lasts.
/// </summary>
internal sealed class Pace
{
    private readonly Random _random;
    private readonly double[] _shards;
    private readonly int _writingMsMax;
    private readonly int _readingMsMax;

    /// <param name="random">The machine's source of chance.</param>
    /// <param name="shardCount">How many shards the machine has.</param>
    public Pace(Random random, int shardCount)
    {
        _random = random;
        _shards = new double[shardCount];
        Array.Fill(_shards, 1);
        if (random.Next(3) == 0) _shards[random.Next(shardCount)] = 0.04;
        Background = random.Next(4) switch { 0 => 0.03, 1 => 0.2, _ => 1 };
        _writingMsMax = random.Next(3) switch { 0 => 0, 1 => 60, _ => 600 };
        _readingMsMax = random.Next(3) == 0 ? 30 : 0;
    }

    /// <summary>The chance of background work that is ready to go on, against 1 for a shard that has something to do.</summary>
    public double Background { get; }

    /// <summary>The chance of a shard to go on, when it has something to do.</summary>
    public double Of(int shard) => _shards[shard];

    /// <summary>How long some background work takes, in milliseconds of the simulated clock.</summary>
    public long DurationMs(BackgroundKind kind)
    {
        int max = kind switch { BackgroundKind.Writing => _writingMsMax, BackgroundKind.Reading => _readingMsMax, _ => 0 };
        return max == 0 || _random.Next(3) == 0 ? 0 : _random.Next(max);
    }
}
