using Benchmarks.Driving;
using Benchmarks.Results;
using Benchmarks.Servers;

namespace Benchmarks.Workloads;

/// <summary>
/// A consumer reads a log from the disk, dropped from the page cache before, while producers and a consumer at the end go on at a
/// moderate rate: how long their records take beside it, and alone.
/// </summary>
internal sealed class CatchUpWorkload() : Workload("catchup", "a consumer that reads a cold log beside live traffic of 1,000 requests/s")
{
    private const string Alone = "live alone";
    private const string Beside = "live beside";
    private const string Reader = "cold reader";
    private const int Partitions = 8;
    private const double Rate = 1000;
    private const int FetchBytes = 1024 * 1024;
    private static readonly BatchShape Shape = new(10, 100);

    internal override int IntervalsARound(int systems) => systems;

    internal override double OtherSeconds(int systems, int rounds) => systems * (8 + ((rounds + 1) * 3));

    internal override void Run(BenchRun run)
    {
        long bytes = run.Options.IsQuick ? 32L << 20 : 512L << 20;
        BenchRun.Say($"catchup: fills {bytes >> 20} MiB");
        BenchTopic[] live = [.. run.Shared.Select(server => new BenchTopic(server, "live", Partitions, Shape))];
        BenchTopic[] cold = [.. run.Shared.Select(server => new BenchTopic(server, "cold", 1, BatchShape.Full(1024)))];
        FetchedLog[] logs = [.. cold.Select(topic => topic.Fill(bytes))];
        run.Rounds((round, i) => Measure(run, i, live[i], logs[i], counts: round > 0));
        foreach (BenchTopic topic in live.Concat(cold)) topic.Dispose();
    }

    private void Measure(BenchRun run, int index, BenchTopic live, FetchedLog log, bool counts)
    {
        RunningServer server = run.Shared[index];
        string system = run.Contestants[index].Name;
        foreach (string file in Directory.GetFiles(Path.Combine(server.Data, $"{log.Name}-0"), "*.log")) Native.DropCache(file);
        using var load = new OpenLoop(server.Address, live.Frames, live.Id, live.Ends(), Rate);
        load.Run(0.2);
        load.Latency.Clear();
        load.Run(run.Options.Seconds);
        load.Drain();
        if (counts) run.Add(this, Alone, system, (Metric.P50, load.Latency.Milliseconds(0.5)), (Metric.P99, load.Latency.Milliseconds(0.99)));
        load.Latency.Clear();
        Task<double> reader = Task.Factory.StartNew(() => ReadAll(server.Address, log), TaskCreationOptions.LongRunning);
        Interval interval = Interval.Of(server, () => load.Run(() => reader.IsCompleted, secondsMax: 60));
        double bytesASecond = reader.Result;
        load.Drain();
        if (!counts) return;
        run.Add(this, Beside, system, (Metric.P50, load.Latency.Milliseconds(0.5)), (Metric.P99, load.Latency.Milliseconds(0.99)), (Metric.Cores, interval.CpuSeconds / interval.Seconds));
        run.Add(this, Reader, system, (Metric.MegabytesASecond, bytesASecond / 1e6));
    }

    private static double ReadAll(string address, FetchedLog log)
    {
        var tally = new FetchTally();
        using var loop = new LoadLoop();
        var connection = new FetchConnection(address, log, FetchBytes, onlyOnce: true, tally);
        loop.Add(connection);
        long began = System.Diagnostics.Stopwatch.GetTimestamp();
        loop.Begin();
        if (!loop.Run(() => connection.IsAtEnd, 300, null)) throw new TimeoutException("the cold log was not read within 300 s");
        return tally.Bytes / System.Diagnostics.Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
