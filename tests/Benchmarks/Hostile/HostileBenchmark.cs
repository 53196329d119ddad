using System.Globalization;
using Benchmarks.Driving;
using Benchmarks.Servers;
using Benchmarks.Workloads;

namespace Benchmarks.Hostile;

/// <summary>
/// What well-behaved producers keep of their throughput beside each kind of attack, and what memory the broker takes. Intervals with
/// and without the attack alternate, so that whatever else the machine does falls on both. The attacker shares the machine's processors:
/// what it uses of them is lost to the producers, too.
/// </summary>
internal static class HostileBenchmark
{
    private const int Connections = 10;
    private const int InFlight = 5;
    private const long MemoryBytesMax = 1024L * 1024 * 1024;
    private static readonly BatchShape Shape = new(10, 100);

    private static readonly Func<Attack>[] Attacks =
    [
        () => new IdleCrowd(),
        () => new SlowLoris(),
        () => new HalfSentGiants(),
        () => new DeafClients(),
        () => new Garbage(),
        () => new AbsurdCounts(),
        () => new Bombs(),
        () => new ConnectionStorm(),
    ];

    /// <param name="arguments">Rounds, and seconds of an interval, 5 and 2 where they are missing; then a part of the name of the only attack.</param>
    internal static int Run(string[] arguments)
    {
        int rounds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 5;
        double seconds = arguments.Length > 1 ? double.Parse(arguments[1], CultureInfo.InvariantCulture) : 2;
        string folder = Directory.CreateTempSubdirectory("sluice-bench-").FullName;
        try
        {
            Console.WriteLine($"{Connections} producers with {InFlight} requests of {Shape.Records} records of {Shape.ValueBytes} B under way; medians of {rounds} rounds of {seconds} s");
            Console.WriteLine($"{"beside",-46}{"records/s",12}{"alone",12}{"kept",8}{"p99 ms",9}{"alone",8}{"broker MB",11}");
            foreach (Func<Attack> attack in Attacks.Where(attack => Wants(attack, arguments))) Measure(Path.Combine(folder, Guid.NewGuid().ToString("N")), attack, rounds, seconds);
            Console.WriteLine($"the broker may take {MemoryBytesMax >> 20} MB for its clients (sluice.memory.max.bytes); wanted: 80 % kept");
        }
        finally
        {
            RunningServer.KillAll();
            Directory.Delete(folder, recursive: true);
        }
        return 0;
    }

    private static bool Wants(Func<Attack> make, string[] arguments)
    {
        if (arguments.Length < 3) return true;
        using Attack attack = make();
        return attack.Name.Contains(arguments[2], StringComparison.OrdinalIgnoreCase);
    }

    private static void Measure(string folder, Func<Attack> make, int rounds, double seconds)
    {
        using RunningServer server = new SluiceContestant("sluice", Machine.Sluice) { Settings = [$"sluice.memory.max.bytes={MemoryBytesMax}"] }.Launch(folder);
        server.WaitUntilReady();
        using var topic = new BenchTopic(server, "well-behaved", 4, Shape);
        var load = new ClosedLoop(Connections, InFlight);
        List<double> alone = [], beside = [], aloneP99 = [], besideP99 = [];
        long memory = 0;
        string name = "";
        for (int round = 0; round <= rounds; round++)
        {
            (double rate, double p99) = Interval(load, server, topic, seconds);
            using Attack attack = make();
            name = attack.Name;
            attack.Start(server.Address);
            (double attackedRate, double attackedP99) = Interval(load, server, topic, seconds);
            memory = Math.Max(memory, server.Memory.Anonymous);
            if (round == 0) continue;
            alone.Add(rate);
            aloneP99.Add(p99);
            beside.Add(attackedRate);
            besideP99.Add(attackedP99);
        }
        server.ThrowIfEnded();
        double kept = Median(beside) / Median(alone);
        Console.WriteLine($"{name,-46}{Median(beside),12:0}{Median(alone),12:0}{kept * 100,6:0} %{Median(besideP99),9:0.0}{Median(aloneP99),8:0.0}{memory >> 20,11}");
    }

    private static (double Rate, double P99) Interval(ClosedLoop load, RunningServer server, BenchTopic topic, double seconds)
    {
        Interval interval = load.Run(server.Address, () => server.CpuTime, topic.Frames, seconds, out ProduceTally tally);
        return (tally.Records / interval.Seconds, tally.Latency.Milliseconds(0.99));
    }

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
