using Benchmarks.Clients;
using Benchmarks.Hostile;
using Benchmarks.Limits;
using Benchmarks.Micro;
using Benchmarks.Workloads;

namespace Benchmarks;

/// <summary>The table of what <c>./bench</c> can do. A new benchmark is a file and a line here.</summary>
internal static class Commands
{
    /// <summary>Measured beside a peer in one run; <c>all</c> runs them in this order.</summary>
    private static readonly Workload[] Workloads =
    [
        new LimitsWorkload(),
        new ProduceWorkload(),
        new FetchWorkload(),
        new LatencyWorkload(),
        new CatchUpWorkload(),
        new ConnectionsWorkload(),
        new PartitionsWorkload(),
        new StartWorkload(),
        new RestartWorkload(),
        new MemoryWorkload(),
    ];

    /// <summary>Measured alone, without a broker of another kind; not part of <c>all</c>.</summary>
    private static readonly Command[] Others =
    [
        new("clients", "records a second of Sluice.Client beside librdkafka, producing and consuming: [ROUNDS [WORKLOAD]]", ClientsBenchmark.Run),
        new("log", "what the log costs beside a plain sequential pwrite", _ => LogBenchmark.Run()),
        new("validation", "what looking through every batch costs, by codec", _ => ValidationBenchmark.Run()),
        new("hostile", "what producers keep of their throughput beside attacks: [ROUNDS [SECONDS [NAME]]]", HostileBenchmark.Run),
        new("network", "what a small request and its answer cost the network layer", _ => NetworkBenchmark.Run()),
    ];

    /// <summary>What the benchmarks start as processes of their own.</summary>
    private static readonly Command[] Helpers =
    [
        new("client-run", "", ClientsBenchmark.RunOne),
        new("echo-server", "", _ => new Responder(null).Run()),
        new("null-server", "", arguments => new Responder(Convert.FromHexString(arguments[0])).Run()),
        new("sendfile-server", "", arguments => new SendfileServer(arguments[0]).Run()),
    ];

    internal static int Run(string[] arguments)
    {
        string name = arguments.FirstOrDefault("");
        string[] rest = [.. arguments.Skip(1)];
        try
        {
            if (name is "--help" or "-h" || rest.Contains("--help"))
            {
                Console.WriteLine(Usage());
                return 0;
            }
            if (NetworkNamespace.IsWanted(arguments)) return NetworkNamespace.Run(arguments);
            if (Others.Concat(Helpers).FirstOrDefault(command => command.Name == name) is { } command) return command.Run(rest);
            Workload[] chosen = [.. Workloads.Where(workload => workload.Name == name || name == "all")];
            if (chosen.Length > 0) return Suite.Run(chosen, Options.Parse(rest), $"./bench {string.Join(' ', arguments)}");
        }
        catch (UsageException e)
        {
            Console.Error.WriteLine($"bench: {e.Message}");
            return 2;
        }
        catch (Exception e) when (e is InvalidOperationException or InvalidDataException or IOException or TimeoutException)
        {
            // What a server did wrong, or the machine did not give: the brokers have ended by now.
            Console.Error.WriteLine($"bench: {e}");
            return 1;
        }
        Console.Error.WriteLine(name.Length == 0 ? Usage() : $"bench: there is no benchmark {name}\n{Usage()}");
        return 2;
    }

    private static string Usage()
    {
        IEnumerable<string> lines = Workloads.Select(w => (w.Name, w.Summary)).Prepend(("all", "each of those that follow, down to memory"))
            .Concat(Others.Select(o => (o.Name, o.Summary))).Select(line => $"  {line.Item1,-12} {line.Item2}");
        return $"usage: bench NAME [OPTION]...\n{string.Join('\n', lines)}\n{Options.Help}";
    }
}

/// <summary>A benchmark that reports in its own way.</summary>
/// <param name="Name">The first argument that calls it.</param>
/// <param name="Summary">One line for the list.</param>
/// <param name="Run">Gets the further arguments and answers the exit code.</param>
internal sealed record Command(string Name, string Summary, Func<string[], int> Run);

/// <summary>What was asked for does not exist.</summary>
internal sealed class UsageException(string message) : Exception(message);
