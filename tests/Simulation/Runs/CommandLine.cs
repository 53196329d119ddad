using System.Diagnostics;
using System.Globalization;

namespace Simulation.Runs;

/// <summary>The command line of <c>./simulate</c>.</summary>
internal static class CommandLine
{
    private const string Usage = """
        simulate: runs the broker's core and storage against a simulated disk, clock and clients

          --seed S    one run of this seed, with its trace printed when --trace is given
          --runs N    N runs of new seeds (default 10); ends at the first that breaks a promise
          --steps K   steps of a run (default 3000)
          --more E    more of FullDisk, Groups or Compaction, or of several: FullDisk,Groups
          --bug B     plants a bug; see Simulation/Runs/PlantedBug.cs
          --trace     prints every step

        Ends with 1 when a promise was broken, and prints the command that repeats the run.
        """;

    /// <summary>Runs what the arguments ask for.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args, TextWriter output)
    {
        ulong? seed = null;
        int runs = 10;
        int steps = RunOptions.DefaultSteps;
        var bug = PlantedBug.None;
        var emphasis = Emphasis.None;
        bool trace = false;
        for (int i = 0; i < args.Length; i++)
        {
            string? value = i + 1 < args.Length ? args[i + 1] : null;
            switch (args[i])
            {
                case "--seed" when ulong.TryParse(value, out ulong given): seed = given; i++; break;
                case "--runs" when int.TryParse(value, out runs): i++; break;
                case "--steps" when int.TryParse(value, out steps): i++; break;
                case "--bug" when Enum.TryParse(value, out bug): i++; break;
                case "--more" when Enum.TryParse(value, out emphasis): i++; break;
                case "--trace": trace = true; break;
                default:
                    output.WriteLine(Usage);
                    return 2;
            }
        }
        ulong first = seed ?? (ulong)Stopwatch.GetTimestamp() % 1_000_000_000;
        var time = Stopwatch.StartNew();
        for (ulong i = 0; i < (seed is null ? (ulong)runs : 1); i++)
        {
            RunResult result = SimulatedRun.Run(new RunOptions(first + i, steps, bug, emphasis), trace ? output : null);
            if (result.Violation is { } violation)
            {
                Report(output, result, violation);
                return 1;
            }
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {result.Options.Seed}: {result.Restarts} restarts, trace {result.TraceHash:x16}, {time.Elapsed.TotalSeconds:F1} s"));
        }
        return 0;
    }

    private static void Report(TextWriter output, RunResult result, Violation violation)
    {
        foreach (string step in result.LastSteps) output.WriteLine($"  {step}");
        output.WriteLine(violation.InnerException?.ToString());
        output.WriteLine($"seed {result.Options.Seed}: {violation.Message}");
        output.WriteLine($"repeat with: {result.Options.Command}");
    }
}
