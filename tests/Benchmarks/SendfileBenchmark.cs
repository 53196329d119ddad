using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Benchmarks;

/// <summary>
/// The processor time that a gigabyte of fetches costs the broker, beside a bare loop around sendfile in C# that serves the same bytes
/// in the same pieces to the same client. Rounds alternate, so that whatever else the machine does falls on both.
/// </summary>
internal static partial class SendfileBenchmark
{
    private const int Rounds = 7;
    private const long BytesARound = 2L * 1024 * 1024 * 1024;
    private const int LogBytes = 256 * 1024 * 1024;
    private const int FetchBytes = 1024 * 1024;

    public static int Run()
    {
        string root = Directory.CreateTempSubdirectory("sluice-bench-").FullName;
        using Process broker = StartBroker(Path.Combine(root, "data"), out string address);
        try
        {
            using var client = new SendfileClient(address);
            client.Fill(LogBytes);
            string segment = Path.Combine(root, "data", $"{SendfileClient.Topic}-0", "00000000000000000000.log");
            using Process raw = StartRaw(segment, out string rawAddress);
            try
            {
                using var rawClient = new RawSendfileClient(rawAddress, new FileInfo(segment).Length);
                Console.WriteLine($"fetches of {FetchBytes / 1024} KiB from a log of {LogBytes >> 20} MiB in the page cache, {BytesARound >> 30} GiB a round");
                Console.WriteLine($"{"",-8}{"raw loop",22}{"broker",22}{"ratio",8}");
                var bareCosts = new List<double>();
                var servedCosts = new List<double>();
                for (int round = 0; round <= Rounds; round++)
                {
                    Cost bare = Measure(raw, () => rawClient.Read(BytesARound, FetchBytes));
                    Cost served = Measure(broker, () => client.Read(BytesARound, FetchBytes));
                    string name = round == 0 ? "warm-up" : $"round {round}";
                    Console.WriteLine($"{name,-8}{bare,22}{served,22}{served.CpuMsAGigabyte / bare.CpuMsAGigabyte,8:0.00}");
                    if (round == 0) continue;
                    bareCosts.Add(bare.CpuMsAGigabyte);
                    servedCosts.Add(served.CpuMsAGigabyte);
                }
                // Congestion control that paces (BBR) may take a busy machine for a slow link and make either side several times dearer
                // for a while: the least is what the code costs.
                Console.WriteLine($"least processor time: raw loop {bareCosts.Min():0} ms/GB, broker {servedCosts.Min():0} ms/GB, ratio {servedCosts.Min() / bareCosts.Min():0.00}");
            }
            finally
            {
                raw.Kill();
            }
        }
        finally
        {
            broker.Kill();
            broker.WaitForExit();
            Directory.Delete(root, recursive: true);
        }
        return 0;
    }

    private static Cost Measure(Process server, Func<long> read)
    {
        TimeSpan before = CpuTime(server);
        long began = Stopwatch.GetTimestamp();
        long bytes = read();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(began);
        double gigabytes = bytes / (1024.0 * 1024 * 1024);
        return new Cost((CpuTime(server) - before).TotalMilliseconds / gigabytes, gigabytes / elapsed.TotalSeconds);
    }

    /// <summary>The process's own clock of processor time, in nanoseconds; what <see cref="Process"/> says comes in steps of 10 ms.</summary>
    private static TimeSpan CpuTime(Process process)
    {
        // clock_getcpuclockid(3): the id is made of the process's number.
        int clock = (~process.Id << 3) | 2;
        if (ClockGetTime(clock, out TimeSpec time) != 0) throw new InvalidOperationException($"process {process.Id} has ended");
        return TimeSpan.FromMicroseconds((time.Seconds * 1e6) + (time.Nanoseconds / 1e3));
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    private static Process StartBroker(string data, out string address)
    {
        string program = Environment.GetEnvironmentVariable("BENCH_BROKER") ?? Path.Combine(Root(), "broker/Sluice.Broker/bin/Release/net10.0/sluice-broker");
        return Start(program, ["--override", "node.id=1", "--override", $"log.dirs={data}", "--override", "listeners=PLAINTEXT://127.0.0.1:0", "--override", "sluice.log.format=text"], " listens on ", out address);
    }

    private static Process StartRaw(string file, out string address) =>
        Start(Environment.ProcessPath!, ["sendfile-raw-server", file], "listens on ", out address);

    private static Process Start(string program, string[] arguments, string announcement, out string address)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            int at = line.IndexOf(announcement, StringComparison.Ordinal);
            if (at < 0) continue;
            address = line[(at + announcement.Length)..];
            // Read on, so that the process never waits for a reader.
            _ = process.StandardOutput.ReadToEndAsync();
            return process;
        }
        throw new InvalidOperationException($"{program} ended before it listened");
    }

    private static string Root()
    {
        for (string? directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists(Path.Combine(directory, "Platform.sln"))) return directory;
        }
        throw new InvalidOperationException("the benchmark runs inside the repository");
    }

    private readonly record struct Cost(double CpuMsAGigabyte, double GigabytesASecond)
    {
        public override string ToString() => $"{CpuMsAGigabyte:0} ms/GB {GigabytesASecond:0.0} GB/s";
    }
}
