using Benchmarks.Driving;

namespace Benchmarks.Workloads;

/// <summary>The same small batches over few and many connections.</summary>
internal sealed class ConnectionsWorkload() : Workload("connections", "1 to 1,000 connections that produce batches of 10 records of 100 B")
{
    private const int Partitions = 8;
    private static readonly int[] Counts = [1, 10, 100, 1000];
    private static readonly BatchShape Shape = new(10, 100);

    internal override int IntervalsARound(int systems) => Counts.Length * systems;

    internal override double OtherSeconds(int systems, int rounds) => Counts.Length * systems * (rounds + 1) * 0.4;

    internal override void Run(BenchRun run)
    {
        foreach (int count in Counts.Where(count => run.Wants($"{count}") && (count <= 100 || !run.Options.IsQuick)))
        {
            BenchRun.Say($"connections {count}");
            var load = new ClosedLoop(count, InFlight: 5);
            run.Rounds((round, i) =>
            {
                using var topic = new BenchTopic(run.Shared[i], $"connections-{count}-{round}", Partitions, Shape);
                load.Measure(run, this, $"{count}", run.Contestants[i].Name, run.Shared[i], topic.Frames, isWarmUp: round == 0);
            });
        }
    }
}
