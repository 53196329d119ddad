using System.Diagnostics;
using Benchmarks.Results;
using Benchmarks.Servers;

namespace Benchmarks.Workloads;

/// <summary>What the workloads of a run share: options, results, and a broker of each kind.</summary>
internal sealed class BenchRun : IDisposable
{
    private const double WarmUpSeconds = 0.7;

    private readonly string _folder;
    private RunningServer[]? _shared;
    private int _folders;

    internal BenchRun(Options options)
    {
        Options = options;
        Contestants = options.Contestants();
        _folder = Path.Combine(options.WorkFolder, $"sluice-bench-{Environment.ProcessId}");
        Directory.CreateDirectory(_folder);
    }

    /// <summary>What was asked for; the length of a measurement follows what the budget has left.</summary>
    internal Options Options { get; set; }

    internal Contestant[] Contestants { get; }

    internal ResultSet Results { get; } = new();

    /// <summary>The brokers that workloads share, in the order of <see cref="Contestants"/>; warm after the first.</summary>
    internal RunningServer[] Shared => _shared ??= StartWarm();

    /// <summary>Starts a broker of each kind and warms it up.</summary>
    internal RunningServer[] StartWarm()
    {
        RunningServer[] servers = [.. Contestants.Select(contestant => contestant.Start(NewFolder(contestant.Name)))];
        Say("warms up");
        foreach (RunningServer server in servers) WarmUp.Run(server, Math.Min(WarmUpSeconds, Options.Seconds), Options.IsQuick);
        return servers;
    }

    /// <summary>Whether a variant was asked for.</summary>
    internal bool Wants(string variant) => Options.Only is not { } text || variant.Contains(text, StringComparison.OrdinalIgnoreCase);

    internal string NewFolder(string name)
    {
        string folder = Path.Combine(_folder, $"{name}-{_folders++}");
        Directory.CreateDirectory(folder);
        return folder;
    }

    /// <summary>Does something in each round with each contestant, in another order each time; round 0 is a warm-up that does not count.</summary>
    internal void Rounds(Action<int, int> measure, bool warmUp = true)
    {
        for (int round = warmUp ? 0 : 1; round <= Options.Rounds; round++)
        {
            for (int i = 0; i < Contestants.Length; i++) measure(round, (i + round) % Contestants.Length);
        }
    }

    internal void Add(Workload workload, string variant, string system, params (Metric Metric, double Value)[] values)
    {
        foreach ((Metric metric, double value) in values) Results.Add(workload.Name, variant, system, metric, value);
    }

    internal static void Say(string line) => Console.Error.WriteLine($"{DateTime.Now:HH:mm:ss} {line}");

    /// <summary>Ends the shared brokers and deletes their data.</summary>
    internal void EndShared()
    {
        foreach (RunningServer server in _shared ?? []) server.Dispose();
        _shared = null;
    }

    public void Dispose()
    {
        EndShared();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>How long something took, and how much processor time of a server.</summary>
internal readonly record struct Interval(double Seconds, double CpuSeconds)
{
    internal static Interval Of(Func<TimeSpan> cpuTime, Action work)
    {
        TimeSpan before = cpuTime();
        long began = Stopwatch.GetTimestamp();
        work();
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return new Interval(seconds, (cpuTime() - before).TotalSeconds);
    }

    internal static Interval Of(RunningServer server, Action work) => Of(() => server.CpuTime, work);
}
