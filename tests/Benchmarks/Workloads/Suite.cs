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
        long began = Stopwatch.GetTimestamp();
        DateTimeOffset startedAt = DateTimeOffset.UtcNow;
        var failures = new List<Failure>();
        using var run = new BenchRun(options);
        for (int i = 0; i < workloads.Length; i++)
        {
            run.Options = options with { Seconds = Seconds(workloads.AsSpan(i), options, Stopwatch.GetElapsedTime(began), isFirst: i == 0) };
            if (i == 0) options = run.Options;
            if (!TryRun(workloads[i], run, failures)) run.EndShared();
        }
        var report = new Report(
            command, startedAt, Stopwatch.GetElapsedTime(began), options, [.. run.Contestants.Select(c => c.Name)], workloads, run.Results, failures);
        Console.WriteLine(MarkdownReport.Write(report));
        if (options.OutFolder is { } folder)
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "bench.md"), MarkdownReport.Write(report));
            File.WriteAllText(Path.Combine(folder, "bench.json"), JsonReport.Write(report));
            File.WriteAllText(Path.Combine(folder, "bench.svg"), SvgPlot.Write(report));
        }
        return failures.Count == 0 ? 0 : 1;
    }

    /// <summary>What fails must not take the results of the others with it.</summary>
    private static bool TryRun(Workload workload, BenchRun run, List<Failure> failures)
    {
        try
        {
            workload.Run(run);
            return true;
        }
        catch (Exception e) when (e is InvalidOperationException or InvalidDataException or IOException or TimeoutException or System.Net.Sockets.SocketException)
        {
            BenchRun.Say($"{workload.Name} failed: {e}");
            failures.Add(new Failure(workload.Name, e.Message));
            return false;
        }
    }

    /// <summary>What the budget leaves for each measurement of the workloads that are still to run.</summary>
    private static double Seconds(ReadOnlySpan<Workload> workloads, Options options, TimeSpan elapsed, bool isFirst)
    {
        if (options.Budget is not { } budget) return options.Seconds;
        int systems = options.Systems.Count;
        double others = isFirst ? systems * StartSeconds : 0;
        int intervals = 0;
        foreach (Workload workload in workloads)
        {
            others += workload.OtherSeconds(systems, options.Rounds);
            // One more for the warm-up.
            intervals += workload.IntervalsARound(systems) * (options.Rounds + 1);
        }
        return Math.Clamp(((budget - elapsed).TotalSeconds - others) / Math.Max(1, intervals), SecondsMin, SecondsMax);
    }
}
