using System.Diagnostics;

namespace Simulation.Runs;

/// <summary>The command line of <c>./simulate</c>.</summary>
internal static class CommandLine
{
    private const string Usage = """
        simulate: runs the broker's core and storage against a simulated disk, clock and clients

          --seed S    one run of this seed, with its trace printed when --trace is given
          --first S   the seed of the first run; those of the others follow it (default: from the clock)
          --runs N    N runs (default 10); ends at the first that breaks a promise
          --jobs N    N runs at a time (default 1)
          --steps K   steps of a run (default 3000)
          --more E    more of FullDisk, FailingDisk, Groups or Compaction, or of several: FullDisk,Groups
          --bug B     plants a bug; see Simulation/Runs/PlantedBug.cs
          --trace     prints every step

        Each run tells its restarts, how much time has passed in it, and a hash of all that happened; at the end the sum.
        Ends with 1 when a promise was broken, and prints the command that repeats the run.
        """;

    /// <summary>Runs what the arguments ask for.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args, TextWriter output)
    {
        ulong? seed = null, first = null;
        int runs = 10, jobs = 1, steps = RunOptions.DefaultSteps;
        var bug = PlantedBug.None;
        var emphasis = Emphasis.None;
        bool trace = false;
        for (int i = 0; i < args.Length; i++)
        {
            string? value = i + 1 < args.Length ? args[i + 1] : null;
            switch (args[i])
            {
                case "--seed" when ulong.TryParse(value, out ulong given): seed = given; i++; break;
                case "--first" when ulong.TryParse(value, out ulong given): first = given; i++; break;
                case "--runs" when int.TryParse(value, out runs) && runs > 0: i++; break;
                case "--jobs" when int.TryParse(value, out jobs) && jobs > 0: i++; break;
                case "--steps" when int.TryParse(value, out steps): i++; break;
                case "--bug" when Enum.TryParse(value, out bug): i++; break;
                case "--more" when Enum.TryParse(value, out emphasis): i++; break;
                case "--trace": trace = true; break;
                default:
                    output.WriteLine(Usage);
                    return 2;
            }
        }
        ulong begin = seed ?? first ?? (ulong)Stopwatch.GetTimestamp() % 1_000_000_000;
        var batch = new RunBatch(output, trace);
        return batch.Run(new RunOptions(begin, steps, bug, emphasis), seed is null ? runs : 1, jobs) ? 0 : 1;
    }
}
