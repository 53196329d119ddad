using System.Diagnostics;
using System.Globalization;
using Benchmarks.Driving;
using Benchmarks.Servers;
using Benchmarks.Workloads;

namespace Benchmarks.Hostile;

/// <summary>
/// What well-behaved producers keep of their throughput beside each kind of attack, and what memory the broker takes. Intervals with
/// and without the attack alternate, so that whatever else the machine does falls on both. The attacker shares the machine's processors:
/// what it uses of them is lost to the producers, too. So a third interval has a neighbour that uses as much and leaves the broker alone.
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
        () => new DeafFlood(),
        () => new DeafFetchers(),
        () => new Garbage(),
        () => new AbsurdCounts(),
        () => new Bombs(),
        () => new ConnectionStorm(),
    ];

    /// <param name="arguments">Rounds, and seconds of an interval, 5 and 2 where they are missing; then a part of the name of the only attack; then another broker to measure.</param>
    internal static int Run(string[] arguments)
    {
        int rounds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 5;
        double seconds = arguments.Length > 1 ? double.Parse(arguments[1], CultureInfo.InvariantCulture) : 2;
        string broker = arguments.Length > 3 ? arguments[3] : Machine.Sluice;
        string folder = Directory.CreateTempSubdirectory("sluice-bench-").FullName;
        try
        {
            Console.WriteLine($"{Connections} producers with {InFlight} requests of {Shape.Records} records of {Shape.ValueBytes} B under way; medians of {rounds} rounds of {seconds} s");
            Console.WriteLine($"{"beside",-48}{"records/s",11}{"neighbour",11}{"alone",11}{"kept",7}{"of alone",10}{"attacker",10}{"broker",9}{"p99 ms",8}{"alone",7}{"broker MB",11}");
            foreach (Func<Attack> attack in Attacks.Where(attack => Wants(attack, arguments))) Measure(broker, Path.Combine(folder, Guid.NewGuid().ToString("N")), attack, rounds, seconds);
            Console.WriteLine("broker: the part of its processor time that goes to the producers, however busy the machine is");
            Console.WriteLine("kept: of what producers reach beside a neighbour that takes as much of the processors as the attacker and leaves the broker alone; wanted: 80 %");
            Console.WriteLine($"the broker may take {MemoryBytesMax >> 20} MB for its clients (sluice.memory.max.bytes)");
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

    private static void Measure(string broker, string folder, Func<Attack> make, int rounds, double seconds)
    {
        using RunningServer server = new SluiceContestant("sluice", broker) { Settings = [$"sluice.memory.max.bytes={MemoryBytesMax}"] }.Launch(folder);
        server.WaitUntilReady();
        using var topic = new BenchTopic(server, "well-behaved", 4, Shape);
        var load = new ClosedLoop(Connections, InFlight);
        List<double> alone = [], beside = [], aloneCost = [], besideCost = [], neighbour = [], shares = [], aloneP99 = [], besideP99 = [];
        long memory = 0;
        string name = "";
        for (int round = 0; round <= rounds; round++)
        {
            Outcome quiet = Interval(load, server, topic, seconds);
            double share;
            Outcome attacked;
            using (Attack attack = make())
            {
                name = attack.Name;
                attack.Start(server.Address);
                TimeSpan began = attack.CpuTime;
                var clock = Stopwatch.StartNew();
                attacked = Interval(load, server, topic, seconds);
                share = (attack.CpuTime - began) / clock.Elapsed;
                memory = Math.Max(memory, server.Memory.Anonymous);
            }
            using var busy = new BusyNeighbour(share);
            Outcome neighboured = Interval(load, server, topic, seconds);
            if (round == 0) continue;
            alone.Add(quiet.Rate);
            aloneP99.Add(quiet.P99);
            aloneCost.Add(quiet.CpuSecondsARecord);
            beside.Add(attacked.Rate);
            besideP99.Add(attacked.P99);
            besideCost.Add(attacked.CpuSecondsARecord);
            neighbour.Add(neighboured.Rate);
            shares.Add(share);
        }
        server.ThrowIfEnded();
        double kept = Median(beside) / Median(neighbour), keptOfAlone = Median(beside) / Median(alone);
        Console.WriteLine(
            $"{name,-48}{Median(beside),11:0}{Median(neighbour),11:0}{Median(alone),11:0}{kept * 100,5:0} %{keptOfAlone * 100,8:0} %{Median(shares) * 100,8:0} %{Median(aloneCost) / Median(besideCost) * 100,7:0} %"
            + $"{Median(besideP99),8:0.0}{Median(aloneP99),7:0.0}{memory >> 20,11}");
    }

    private static Outcome Interval(ClosedLoop load, RunningServer server, BenchTopic topic, double seconds)
    {
        Interval interval = load.Run(server.Address, () => server.CpuTime, topic.Frames, seconds, out ProduceTally tally);
        return new Outcome(tally.Records / interval.Seconds, tally.Latency.Milliseconds(0.99), interval.CpuSeconds / tally.Records);
    }

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>What producers had of an interval.</summary>
    private readonly record struct Outcome(double Rate, double P99, double CpuSecondsARecord);
}
