using Benchmarks.Driving;
using Benchmarks.Limits;
using Benchmarks.Results;
using Benchmarks.Servers;

namespace Benchmarks.Workloads;

/// <summary>
/// Fetches of 1 MiB from a log in the page cache, beside a bare loop around sendfile that serves as many bytes in the same pieces. The
/// driver lets the kernel drop what it receives, so that the servers are what is measured.
/// </summary>
internal sealed class FetchWorkload() : Workload("fetch", "fetches of 1 MiB from the page cache, beside a bare loop around sendfile")
{
    internal const string Raw = "raw sendfile";
    private const string Variant = "1 MiB";
    private const int FetchBytes = 1024 * 1024;
    private const int Connections = 2;

    internal override int IntervalsARound(int systems) => systems + 1;

    internal override double OtherSeconds(int systems, int rounds) => systems * 4;

    internal override void Run(BenchRun run)
    {
        if (!run.Wants(Variant)) return;
        BenchRun.Say("fetch: fills the logs");
        long bytes = run.Options.IsQuick ? 32L << 20 : 512L << 20;
        BatchShape shape = BatchShape.Full(1024);
        BenchTopic[] topics = [.. run.Shared.Select(server => new BenchTopic(server, "fetch", 1, shape))];
        FetchedLog[] logs = [.. topics.Select(topic => topic.Fill(bytes))];
        // The last broker's own segment: how a file was written decides how it lies in the page cache.
        string file = Directory.GetFiles(Path.Combine(run.Shared[^1].Data, "fetch-0"), "*.log")[0];
        using BareProcess raw = BareProcess.SendFile(file);
        for (int round = 0; round <= run.Options.Rounds; round++)
        {
            Measure(run, Raw, round, () => raw.CpuTime, tally => new SendfileConnection(raw.Address, new FileInfo(file).Length, FetchBytes, tally));
            for (int i = 0; i < run.Shared.Length; i++)
            {
                RunningServer server = run.Shared[i];
                FetchedLog log = logs[i];
                Measure(run, run.Contestants[i].Name, round, () => server.CpuTime, tally => new FetchConnection(server.Address, log, FetchBytes, onlyOnce: false, tally));
            }
        }
        foreach (BenchTopic topic in topics) topic.Dispose();
    }

    private void Measure(BenchRun run, string system, int round, Func<TimeSpan> cpuTime, Func<FetchTally, LoadConnection> connect)
    {
        var tally = new FetchTally();
        using var loop = new LoadLoop();
        for (int i = 0; i < Connections; i++) loop.Add(connect(tally));
        loop.Begin();
        loop.Run(0.1);
        long before = tally.Bytes;
        Interval interval = Interval.Of(cpuTime, () => loop.Run(run.Options.Seconds));
        double bytes = tally.Bytes - before;
        loop.End(() => tally.InFlight == 0);
        if (round == 0) return;
        run.Add(
            this,
            Variant,
            system,
            (Metric.MegabytesASecond, bytes / interval.Seconds / 1e6),
            (Metric.CpuMillisecondsAGigabyte, interval.CpuSeconds * 1000 / (bytes / 1e9)));
    }
}
