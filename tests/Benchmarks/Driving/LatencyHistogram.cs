using System.Diagnostics;
using System.Numerics;

namespace Benchmarks.Driving;

/// <summary>Counts durations in classes less than 1 % wide, from nanoseconds to hours, without allocation.</summary>
internal sealed class LatencyHistogram
{
    private const int PrecisionBits = 7;
    private readonly long[] _counts = new long[(66 - PrecisionBits) << PrecisionBits];

    internal long Count { get; private set; }

    /// <summary>Adds a duration in ticks of the stopwatch.</summary>
    internal void Add(long ticks)
    {
        ulong nanoseconds = (ulong)Math.Max(0, ticks) * (ulong)(1_000_000_000 / Stopwatch.Frequency);
        _counts[ClassOf(nanoseconds)]++;
        Count++;
    }

    internal void Add(LatencyHistogram other)
    {
        for (int i = 0; i < _counts.Length; i++) _counts[i] += other._counts[i];
        Count += other.Count;
    }

    internal void Clear()
    {
        Array.Clear(_counts);
        Count = 0;
    }

    /// <summary>The duration, in milliseconds, that a share of all does not exceed; NaN when there are none.</summary>
    /// <param name="share">From 0 to 1, as 0.99.</param>
    internal double Milliseconds(double share)
    {
        if (Count == 0) return double.NaN;
        long rank = Math.Max(1, (long)Math.Ceiling(share * Count));
        for (int i = 0; i < _counts.Length; i++)
        {
            rank -= _counts[i];
            if (rank <= 0) return UpperEnd(i) / 1e6;
        }
        throw new InvalidOperationException("the classes do not add up");
    }

    private static int ClassOf(ulong nanoseconds)
    {
        int shift = Math.Max(0, BitOperations.Log2(nanoseconds | 1) - PrecisionBits);
        return (shift << PrecisionBits) + (int)(nanoseconds >> shift);
    }

    private static double UpperEnd(int index)
    {
        int shift = Math.Max(0, (index >> PrecisionBits) - 1);
        return (double)((ulong)(index - (shift << PrecisionBits)) + 1) * Math.Pow(2, shift);
    }
}
