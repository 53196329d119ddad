using System.Diagnostics;
using Benchmarks.Results;
using Benchmarks.Servers;

namespace Benchmarks.Workloads;

/// <summary>Runs workloads one after the other and reports.</summary>
internal static class Suite
{
    /// <summary>To start a broker and warm it up.</summary>
    private const double StartSeconds = 25;

    private const double SecondsMin = 0.2;
    private const double SecondsMax = 5;

    internal static int Run(Workload[] workloads, Options options, string command)
    {
        // Also when someone ends the run: no server may stay behind.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => RunningServer.KillAll();
        options = options with { Seconds = Seconds(workloads, options) };
        if (options.Budget is not null) BenchRun.Say($"measures for {options.Seconds:0.00} s each");
        long began = Stopwatch.GetTimestamp();
        DateTimeOffset startedAt = DateTimeOffset.UtcNow;
        using var run = new BenchRun(options);
        foreach (Workload workload in workloads) workload.Run(run);
        var report = new Report(
            command, startedAt, Stopwatch.GetElapsedTime(began), options, [.. run.Contestants.Select(c => c.Name)], workloads, run.Results);
        Console.WriteLine(MarkdownReport.Write(report));
        if (options.OutFolder is { } folder)
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "bench.md"), MarkdownReport.Write(report));
            File.WriteAllText(Path.Combine(folder, "bench.json"), JsonReport.Write(report));
            File.WriteAllText(Path.Combine(folder, "bench.svg"), SvgPlot.Write(report));
        }
        return 0;
    }

    /// <summary>What the budget leaves for each measurement.</summary>
    private static double Seconds(Workload[] workloads, Options options)
    {
        if (options.Budget is not { } budget) return options.Seconds;
        int systems = options.Systems.Count;
        double others = workloads.Sum(w => w.OtherSeconds(systems, options.Rounds)) + (systems * StartSeconds);
        // One more for the warm-up.
        int intervals = workloads.Sum(w => w.IntervalsARound(systems)) * (options.Rounds + 1);
        return Math.Clamp((budget.TotalSeconds - others) / Math.Max(1, intervals), SecondsMin, SecondsMax);
    }
}
