using Benchmarks.Driving;
using Benchmarks.Limits;
using Benchmarks.Results;
using Benchmarks.Servers;

namespace Benchmarks.Workloads;

/// <summary>Producers that send as fast as they are answered, for one interval.</summary>
/// <param name="Connections">How many producers.</param>
/// <param name="InFlight">Requests that each has under way; Kafka's producers have 5.</param>
internal sealed record ClosedLoop(int Connections, int InFlight)
{
    /// <summary>The dirty pages of more would make the disk the measure.</summary>
    private const long BytesMax = 512L * 1024 * 1024;

    private const double SettleSeconds = 0.1;

    internal Interval Run(string address, Func<TimeSpan> cpuTime, ProduceFrame[] frames, double seconds, out ProduceTally tally)
    {
        using var load = new ProduceLoad(address, frames, Connections, InFlight);
        // Connections open, windows and the server's queues fill.
        load.Run(SettleSeconds);
        load.Tally.Clear();
        Interval interval = Interval.Of(cpuTime, () => load.Run(seconds, BytesMax));
        tally = new ProduceTally { Requests = load.Tally.Requests, Records = load.Tally.Records, Bytes = load.Tally.Bytes };
        tally.Latency.Add(load.Tally.Latency);
        load.End();
        return interval;
    }

    /// <summary>Measures a server and notes what it did.</summary>
    internal void Measure(BenchRun run, Workload workload, string variant, string system, RunningServer server, ProduceFrame[] frames, bool isWarmUp)
    {
        Interval interval = Run(server.Address, () => server.CpuTime, frames, run.Options.Seconds, out ProduceTally tally);
        if (!isWarmUp) Note(run, workload, variant, system, interval, tally);
    }

    /// <summary>What the driver reaches when the server does nothing.</summary>
    internal void MeasureDriver(BenchRun run, Workload workload, string variant, ProduceFrame[] frames)
    {
        using BareProcess bare = BareProcess.Respond(frames[0].SampleAnswer());
        ProduceFrame[] same = [frames[0]];
        Interval interval = Run(bare.Address, () => bare.CpuTime, same, run.Options.Seconds, out ProduceTally tally);
        Note(run, workload, variant, "driver", interval, tally);
    }

    private static void Note(BenchRun run, Workload workload, string variant, string system, Interval interval, ProduceTally tally) => run.Add(
        workload,
        variant,
        system,
        (Metric.RecordsASecond, tally.Records / interval.Seconds),
        (Metric.MegabytesASecond, tally.Bytes / interval.Seconds / 1e6),
        (Metric.RecordsACpuSecond, tally.Records / interval.CpuSeconds),
        (Metric.CpuMicrosecondsARequest, interval.CpuSeconds * 1e6 / tally.Requests),
        (Metric.P50, tally.Latency.Milliseconds(0.5)),
        (Metric.P99, tally.Latency.Milliseconds(0.99)));
}

/// <summary>A topic that exists on a server for the time of a measurement.</summary>
internal sealed class BenchTopic : IDisposable
{
    /// <summary>Batches of a kilobyte that bring more than <c>index.interval.bytes</c>.</summary>
    private const int SettleBatches = 8;

    private const double SettleSecondsMax = 180;

    private readonly RunningServer _server;

    internal BenchTopic(RunningServer server, string name, int partitions, BatchShape shape)
    {
        _server = server;
        Name = name;
        using var client = new Client(server.Address);
        // So that a deleted topic's pages are dropped before they are written.
        Id = client.CreateTopic(name, partitions, ("file.delete.delay.ms", "0"));
        Frames = ProduceFrame.ForPartitions(Id, partitions, shape);
        client.Prime(Frames);
    }

    internal string Name { get; }

    internal Sluice.Protocol.Uuid Id { get; }

    internal ProduceFrame[] Frames { get; }

    /// <summary>
    /// Writes to each partition until its indexes have entries. What a partition's first records cost, such as files and pages that do not
    /// exist yet, is another thing than what many partitions cost.
    /// </summary>
    internal void Settle()
    {
        using var load = new ProduceLoad(_server.Address, Frames, connections: 8, inFlight: 5);
        load.Run(SettleSecondsMax, SettleBatches * Frames.Sum(frame => (long)frame.BatchBytes));
        load.End();
    }

    /// <summary>Fills the first partition and tells what is in it.</summary>
    internal FetchedLog Fill(long bytes)
    {
        using (var load = new ProduceLoad(_server.Address, [Frames[0]], 1, 5))
        {
            load.Run(300, bytes);
            load.End();
        }
        using var client = new Client(_server.Address);
        return new FetchedLog(Id, Name, Frames[0].BatchBytes, Frames[0].Records, client.EndOffset(Name, 0));
    }

    /// <summary>The end offset of each partition.</summary>
    internal long[] Ends()
    {
        using var client = new Client(_server.Address);
        return [.. Enumerable.Range(0, Frames.Length).Select(partition => client.EndOffset(Name, partition))];
    }

    public void Dispose()
    {
        using var client = new Client(_server.Address);
        client.DeleteTopic(Name);
    }
}
