using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace Sluice.Protocol.Tests.Fuzz;

/// <summary>
/// The fuzz target, for some seconds with every run of the tests. By hand, for as long as you like:
/// <c>SLUICE_FUZZ_SECONDS=3600 dotnet test -c Release tests/Sluice.Protocol.Tests --filter Fuzz</c>;
/// a failure says the <c>SLUICE_FUZZ_SEED</c> that repeats it as the first step.
/// </summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int SecondsDefault = 3;

    [Fact]
    public void Damaged_messages_are_read_or_refused()
    {
        double seconds = Environment.GetEnvironmentVariable("SLUICE_FUZZ_SECONDS") is string text ? double.Parse(text, CultureInfo.InvariantCulture) : SecondsDefault;
        int seed = Environment.GetEnvironmentVariable("SLUICE_FUZZ_SEED") is string first ? int.Parse(first, CultureInfo.InvariantCulture) : Random.Shared.Next();
        long steps = 0;
        for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < seconds; seed++, steps++)
        {
            if (MessageFuzzer.Step(seed) is string failure) Assert.Fail($"SLUICE_FUZZ_SEED={seed}\n{failure}");
        }
        output.WriteLine($"{steps} steps");
        Assert.True(steps > 0);
    }

    [Fact]
    public void A_step_depends_on_its_seed_alone()
    {
        for (int seed = 0; seed < 200; seed++) Assert.Equal(MessageFuzzer.Step(seed), MessageFuzzer.Step(seed));
    }
}
