using Benchmarks.Driving;
using Benchmarks.Servers;

namespace Benchmarks.Workloads;

/// <summary>The same load spread over few and many partitions, on brokers that have no others.</summary>
internal sealed class PartitionsWorkload() : Workload("partitions", "1 to 10,000 partitions that take the same batches of 10 records of 100 B")
{
    private static readonly int[] Counts = [1, 10, 100, 1000, 10_000];
    private static readonly ClosedLoop Load = new(Connections: 8, InFlight: 5);
    private static readonly BatchShape Shape = new(10, 100);

    internal override int IntervalsARound(int systems) => Counts.Length * systems;

    internal override double OtherSeconds(int systems, int rounds) => (systems * 90) + (Counts.Length * systems * (rounds + 1) * 0.2);

    internal override void Run(BenchRun run)
    {
        run.EndShared();
        RunningServer[] servers = run.StartWarm();
        try
        {
            foreach (int count in Counts.Where(count => run.Wants($"{count}") && (count <= 100 || !run.Options.IsQuick)))
            {
                BenchRun.Say($"partitions {count}");
                // They stay, so that a broker has as many partitions as the measurement says, and a few more.
                BenchTopic[] topics = [.. servers.Select(server => new BenchTopic(server, $"partitions-{count}", count, Shape))];
                foreach (BenchTopic topic in topics) topic.Settle();
                ProduceFrame[][] frames = [.. topics.Select(topic => topic.Frames)];
                run.Rounds((round, i) => Load.Measure(run, this, $"{count}", run.Contestants[i].Name, servers[i], frames[i], isWarmUp: round == 0));
            }
        }
        finally
        {
            foreach (RunningServer server in servers) server.Dispose();
        }
    }
}
