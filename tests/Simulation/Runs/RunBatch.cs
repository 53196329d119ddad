using System.Diagnostics;
using System.Globalization;

namespace Simulation.Runs;

/// <summary>Runs seeds one after the other, some of them at a time, and tells what came of each.</summary>
internal sealed class RunBatch(TextWriter output, bool traces)
{
    private readonly Lock _lock = new();
    private readonly Stopwatch _time = Stopwatch.StartNew();
    private int _begun;
    private int _done;
    private long _simulatedMs;
    private bool _hasFailed;

    /// <summary>Runs seeds from the first on, until one breaks a promise.</summary>
    /// <param name="first">The first run.</param>
    /// <param name="runs">How many runs.</param>
    /// <param name="jobs">How many at a time.</param>
    /// <returns>Whether all promises were kept.</returns>
    public bool Run(RunOptions first, int runs, int jobs)
    {
        var threads = new Thread[Math.Min(jobs, runs)];
        for (int i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(() => Work(first, runs));
            threads[i].Start();
        }
        foreach (Thread thread in threads) thread.Join();
        if (runs > 1) output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_done} runs, {TimeSpan.FromMilliseconds(_simulatedMs).TotalHours:F1} simulated hours in {_time.Elapsed.TotalSeconds:F0} s"));
        return !_hasFailed;
    }

    private void Work(RunOptions first, int runs)
    {
        while (Next(runs) is { } number)
        {
            RunResult result = SimulatedRun.Run(first with { Seed = first.Seed + (ulong)number }, traces ? output : null);
            lock (_lock) Tell(result);
        }
    }

    private int? Next(int runs)
    {
        lock (_lock) return _begun < runs && !_hasFailed ? _begun++ : null;
    }

    private void Tell(RunResult result)
    {
        _done++;
        _simulatedMs += result.SimulatedMs;
        if (result.Violation is { } violation)
        {
            _hasFailed = true;
            foreach (string step in result.LastSteps) output.WriteLine($"  {step}");
            output.WriteLine(violation.InnerException?.ToString());
            output.WriteLine($"seed {result.Options.Seed}: {violation.Message}");
            output.WriteLine($"repeat with: {result.Options.Command}");
            return;
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {result.Options.Seed}: {result.Restarts} restarts, {result.SimulatedMs / 1000} simulated seconds, trace {result.TraceHash:x16}, {_time.Elapsed.TotalSeconds:F1} s"));
    }
}
