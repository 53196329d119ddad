using Benchmarks.Driving;
using Benchmarks.Results;
using Benchmarks.Servers;
using Sluice.Protocol;

namespace Benchmarks.Workloads;

/// <summary>From the start of the process, on the data of a node that was stopped, to the first record acknowledged.</summary>
internal sealed class StartWorkload() : Workload("start", "process start to the first acknowledged record")
{
    private const string Variant = "after a stop";

    internal override int IntervalsARound(int systems) => 0;

    internal override double OtherSeconds(int systems, int rounds) => (rounds + 2) * systems * 4;

    internal override void Run(BenchRun run)
    {
        if (!run.Wants(Variant)) return;
        BenchRun.Say("start");
        run.EndShared();
        (string Folder, Uuid Topic)[] prepared = [.. run.Contestants.Select(contestant => Prepare(run, contestant))];
        run.Rounds((_, i) =>
        {
            (RunningServer server, double milliseconds, double cpu) = FirstAcknowledgement.Await(run.Contestants[i], prepared[i].Folder, prepared[i].Topic, 1);
            using (server) server.Stop();
            run.Add(this, Variant, run.Contestants[i].Name, (Metric.Milliseconds, milliseconds), (Metric.CpuMilliseconds, cpu));
        }, warmUp: false);
    }

    private static (string Folder, Uuid Topic) Prepare(BenchRun run, Contestant contestant)
    {
        string folder = run.NewFolder(contestant.Name);
        using RunningServer server = contestant.Start(folder);
        Uuid topic = new BenchTopic(server, "start", 1, new BatchShape(1, 100)).Id;
        server.Stop();
        return (folder, topic);
    }
}
