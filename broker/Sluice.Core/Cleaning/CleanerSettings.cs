using System.Globalization;
using Sluice.Core.Configuration;
using Sluice.Core.Shards;
using Sluice.Storage.Cleaning;

namespace Sluice.Core.Cleaning;

/// <summary>The broker's settings of the cleaner, as they are now: read anew for each round, so that changes at run time hold from the next one on.</summary>
/// <param name="IsEnabled"><c>log.cleaner.enable</c>.</param>
/// <param name="Threads"><c>log.cleaner.threads</c>: how many logs are cleaned at a time.</param>
/// <param name="BackoffMs"><c>log.cleaner.backoff.ms</c>: the wait when nothing is to be cleaned.</param>
/// <param name="BytesPerSecond"><c>log.cleaner.io.max.bytes.per.second</c>: what all cleanings together read and write.</param>
/// <param name="Limits">What one cleaning may take of memory: a thread's part of <c>log.cleaner.dedupe.buffer.size</c> and <c>log.cleaner.io.buffer.size</c>.</param>
internal sealed record CleanerSettings(bool IsEnabled, int Threads, long BackoffMs, double BytesPerSecond, CleaningLimits Limits)
{
    /// <summary>What a step reads and writes at most before another one may use its thread.</summary>
    private const long StepBytesMax = 8 * 1024 * 1024;

    private const long StepBytesMin = 64 * 1024;

    /// <summary>A step takes so much of the time at a limited rate, so that the limit holds over short times as well.</summary>
    private const double StepSeconds = 0.3;

    /// <summary>The part of the rate that one cleaning has.</summary>
    public double BytesPerSecondOfOne => BytesPerSecond / Threads;

    /// <summary>What one step may read and write.</summary>
    public long StepBytes => (long)Math.Clamp(BytesPerSecondOfOne * StepSeconds, StepBytesMin, StepBytesMax);

    /// <summary>The settings of a shard's node.</summary>
    public static CleanerSettings Of(Shard shard)
    {
        var resolver = new ConfigResolver(shard.Node.Properties, shard.Image.Configs);
        string Value(string name) => resolver.Broker(BrokerConfigs.Table[name]).Value ?? throw new KeyNotFoundException($"{name} has no value");
        int threads = Math.Max(1, ConfigNumbers.Int(Value("log.cleaner.threads")));
        var limits = new CleaningLimits(
            ConfigNumbers.Long(Value("log.cleaner.dedupe.buffer.size")) / threads,
            ConfigNumbers.Int(Value("log.cleaner.io.buffer.size")) / threads / 2,
            double.Parse(Value("log.cleaner.io.buffer.load.factor"), CultureInfo.InvariantCulture));
        return new CleanerSettings(
            bool.Parse(Value("log.cleaner.enable")) && ConfigNumbers.Int(Value("log.cleaner.threads")) > 0,
            threads,
            ConfigNumbers.Long(Value("log.cleaner.backoff.ms")),
            double.Parse(Value("log.cleaner.io.max.bytes.per.second"), CultureInfo.InvariantCulture),
            limits);
    }

    /// <summary>How long to wait after a step, so that the rate holds.</summary>
    /// <param name="bytes">What the step read and wrote.</param>
    /// <param name="elapsedMs">How long it took.</param>
    public long DelayMs(long bytes, long elapsedMs)
    {
        double wanted = bytes * 1000.0 / BytesPerSecondOfOne;
        return wanted <= elapsedMs ? 0 : (long)Math.Min(wanted - elapsedMs, 60_000);
    }
}
