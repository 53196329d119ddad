using System.Globalization;
using Benchmarks.Driving;
using Benchmarks.Results;
using Benchmarks.Servers;
using Sluice.Protocol;

namespace Benchmarks.Workloads;

/// <summary>From the start after a kill, with a log of some size, to a record acknowledged for each of its partitions.</summary>
internal sealed class RestartWorkload() : Workload("restart", "start after a kill with --log-gigabytes of log, to a record in each of its 10 partitions")
{
    private const int Partitions = 10;

    internal override int IntervalsARound(int systems) => 0;

    internal override double OtherSeconds(int systems, int rounds) => (systems * 12) + (rounds * systems * 5);

    internal override void Run(BenchRun run)
    {
        string variant = string.Create(CultureInfo.InvariantCulture, $"{run.Options.LogGigabytes:0.##} GB of log");
        if (!run.Wants(variant)) return;
        BenchRun.Say($"restart: fills {variant}");
        run.EndShared();
        string[] folders = [.. run.Contestants.Select(contestant => run.NewFolder(contestant.Name))];
        var topics = new Uuid[folders.Length];
        var servers = new RunningServer[folders.Length];
        try
        {
            for (int i = 0; i < folders.Length; i++)
            {
                servers[i] = run.Contestants[i].Start(folders[i]);
                topics[i] = Fill(servers[i], (long)(run.Options.LogGigabytes * 1e9));
            }
            run.Rounds((_, i) =>
            {
                servers[i].Kill();
                servers[i].Dispose();
                (servers[i], double milliseconds, double cpu) = FirstAcknowledgement.Await(run.Contestants[i], folders[i], topics[i], Partitions);
                run.Add(this, variant, run.Contestants[i].Name, (Metric.Milliseconds, milliseconds), (Metric.CpuMilliseconds, cpu));
            }, warmUp: false);
        }
        finally
        {
            foreach (RunningServer? server in servers) server?.Dispose();
            foreach (string folder in folders) Directory.Delete(folder, recursive: true);
        }
    }

    private static Uuid Fill(RunningServer server, long bytes)
    {
        var topic = new BenchTopic(server, "restart", Partitions, BatchShape.Full(1024));
        using var load = new ProduceLoad(server.Address, topic.Frames, Partitions, 5);
        load.Run(600, bytes);
        load.End();
        return topic.Id;
    }
}
