using System.Diagnostics;
using Benchmarks.Driving;
using FsCheck;
using FsCheck.Fluent;

namespace Benchmarks.Tests;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void A_percentile_is_at_most_one_percent_above_the_exact_one()
    {
        Prop.ForAll(Gen.Choose(1, int.MaxValue).ListOf().Where(list => list.Count > 0).ToArbitrary(), values =>
        {
            var histogram = new LatencyHistogram();
            long nanosecondsATick = 1_000_000_000 / Stopwatch.Frequency;
            foreach (int value in values) histogram.Add(value);
            long[] sorted = [.. values.Order().Select(value => value * nanosecondsATick)];
            return Array.TrueForAll([0.01, 0.5, 0.9, 0.99, 1.0], share =>
            {
                double exact = sorted[Math.Max(1, (int)Math.Ceiling(share * sorted.Length)) - 1] / 1e6;
                double told = histogram.Milliseconds(share);
                return told >= exact && told <= (exact * 1.01) + 2e-6;
            });
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void An_empty_histogram_has_no_percentile() => Assert.True(double.IsNaN(new LatencyHistogram().Milliseconds(0.5)));

    [Fact]
    public void Histograms_add_up()
    {
        var first = new LatencyHistogram();
        var second = new LatencyHistogram();
        for (int i = 0; i < 99; i++) first.Add(Stopwatch.Frequency / 1000);
        second.Add(Stopwatch.Frequency);
        first.Add(second);
        Assert.Equal(100, first.Count);
        Assert.InRange(first.Milliseconds(0.99), 1, 1.01);
        Assert.InRange(first.Milliseconds(1), 1000, 1010);
    }
}
