using Benchmarks.Driving;
using Benchmarks.Servers;

namespace Benchmarks.Workloads;

/// <summary>
/// Drives a new broker until what it takes for a request no longer falls: both runtimes compile their hot code while they run, and a
/// broker lives for months.
/// </summary>
internal static class WarmUp
{
    private const int Partitions = 8;
    private const int CyclesMax = 10;
    private const double SteadyShare = 0.95;
    private static readonly ClosedLoop Load = new(Connections: 8, InFlight: 5);
    private static readonly BatchShape[] Shapes = [BatchShape.Full(1024), new(10, 100), new(1, 100, Sluice.Protocol.Compression.CompressionCodec.Lz4)];

    /// <param name="server">The broker.</param>
    /// <param name="seconds">How long each kind of request is sent in a cycle.</param>
    /// <param name="isQuick">One cycle, steady or not.</param>
    internal static void Run(RunningServer server, double seconds, bool isQuick)
    {
        double least = double.MaxValue;
        int steady = 0;
        for (int cycle = 0; cycle < (isQuick ? 1 : CyclesMax) && steady < 2; cycle++)
        {
            double cost = Cycle(server, $"warm-up-{cycle}", seconds);
            steady = cost > least * SteadyShare ? steady + 1 : 0;
            least = Math.Min(least, cost);
        }
    }

    /// <summary>Some of each kind; answers the processor time of a request.</summary>
    private static double Cycle(RunningServer server, string topicName, double seconds)
    {
        double cpuSeconds = 0;
        long requests = 0;
        for (int i = 0; i < Shapes.Length; i++)
        {
            using var topic = new BenchTopic(server, $"{topicName}-{i}", Partitions, Shapes[i]);
            cpuSeconds += Load.Run(server.Address, () => server.CpuTime, topic.Frames, seconds, out ProduceTally tally).CpuSeconds;
            requests += tally.Requests;
            using var consumer = new OpenLoop(server.Address, topic.Frames, topic.Id, topic.Ends(), requestsASecond: 2000);
            consumer.Run(seconds / 4);
            consumer.Drain();
        }
        return cpuSeconds / requests;
    }
}
