using System.Diagnostics;
using Benchmarks.Driving;
using Benchmarks.Limits;
using Benchmarks.Results;

namespace Benchmarks.Workloads;

/// <summary>What the machine gives to the barest C#: an echo with epoll, and a file written in order. Sendfile's is measured with the fetches.</summary>
internal sealed class LimitsWorkload() : Workload("limits", "the machine's limits: a raw epoll echo, sequential writes with and without fsync")
{
    private const int EchoBytes = 104;
    private const int EchoConnections = 50;
    private const int WriteBytes = 1024 * 1024;
    private const string Raw = "raw";

    internal override int IntervalsARound(int systems) => 4;

    internal override double OtherSeconds(int systems, int rounds) => 3;

    internal override void Run(BenchRun run)
    {
        BenchRun.Say("limits");
        using BareProcess echo = BareProcess.Echo();
        string folder = run.NewFolder(Raw);
        for (int round = 0; round <= run.Options.Rounds; round++)
        {
            foreach (int inFlight in new[] { 1, 16 }) Echo(run, echo, inFlight, counts: round > 0);
            foreach (bool syncs in new[] { false, true }) Write(run, Path.Combine(folder, "file"), syncs, counts: round > 0);
        }
    }

    private void Echo(BenchRun run, BareProcess server, int inFlight, bool counts)
    {
        string variant = $"echo of {EchoBytes} B, {EchoConnections} connections, {inFlight} in flight";
        if (!run.Wants(variant)) return;
        byte[] frame = new byte[EchoBytes];
        frame[3] = EchoBytes - sizeof(int);
        var tally = new ProduceTally();
        using var loop = new LoadLoop();
        for (int i = 0; i < EchoConnections; i++) loop.Add(new EchoConnection(server.Address, frame, inFlight, tally));
        loop.Begin();
        loop.Run(0.1);
        long before = tally.Requests;
        Interval interval = Interval.Of(() => server.CpuTime, () => loop.Run(run.Options.Seconds));
        long requests = tally.Requests - before;
        loop.End(() => tally.InFlight == 0);
        if (counts) run.Add(this, variant, Raw, (Metric.RequestsASecond, requests / interval.Seconds), (Metric.CpuMicrosecondsARequest, interval.CpuSeconds * 1e6 / requests));
    }

    private void Write(BenchRun run, string path, bool syncs, bool counts)
    {
        string variant = syncs ? "write of 1 MiB and fsync" : "write of 1 MiB";
        if (!run.Wants(variant)) return;
        long bytesMax = run.Options.IsQuick ? 16 << 20 : 1L << 30;
        byte[] piece = new byte[WriteBytes];
        new Random(1).NextBytes(piece);
        long written = 0;
        using (var file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite))
        {
            long began = Stopwatch.GetTimestamp();
            Interval interval = Interval.Of(() => Environment.CpuUsage.TotalTime, () =>
            {
                while (written < bytesMax && Stopwatch.GetElapsedTime(began).TotalSeconds < run.Options.Seconds)
                {
                    RandomAccess.Write(file, piece, written);
                    if (syncs) RandomAccess.FlushToDisk(file);
                    written += piece.Length;
                }
            });
            if (counts) run.Add(this, variant, Raw, (Metric.MegabytesASecond, written / interval.Seconds / 1e6), (Metric.CpuMillisecondsAGigabyte, interval.CpuSeconds * 1000 / (written / 1e9)));
        }
        // Before the kernel writes what nobody needs.
        File.Delete(path);
    }
}
