using System.Diagnostics;
using System.Globalization;
using Benchmarks.Servers;
using Sluice.Client;
using Sluice.Client.Admin;

namespace Benchmarks.Clients;

/// <summary>
/// Records a second that Sluice.Client and librdkafka produce and consume, each in a process of its own against one broker, turn by
/// turn, so that whatever else the machine does falls on both. Both are idempotent, wait for all replicas, linger for 5 ms, verify
/// the checksums of what they read, and have their own default sizes of batches and fetches.
/// </summary>
internal static class ClientsBenchmark
{
    private const int Partitions = 4;
    private const string Ours = "sluice";
    private const string Theirs = "librdkafka";

    private static readonly (string Name, int Size, string Codec, int Records)[] Workloads =
    [
        ("100 B", 100, "none", 2_000_000), ("1 KB", 1024, "none", 400_000), ("100 B, lz4", 100, "lz4", 2_000_000), ("1 KB, lz4", 1024, "lz4", 400_000),
    ];

    public static int Run(string[] arguments)
    {
        int rounds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 5;
        string folder = Directory.CreateTempSubdirectory("sluice-bench-").FullName;
        try
        {
            using RunningServer server = new SluiceContestant(Ours, Machine.Sluice).Start(Path.Combine(folder, "broker"));
            string? only = arguments.ElementAtOrDefault(1);
            foreach ((string name, int size, string codec, int records) in Workloads.Where(w => only is null || w.Name == only)) Measure(server, name, size, codec, records, rounds);
            server.Stop();
            return 0;
        }
        finally
        {
            RunningServer.KillAll();
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>One measurement, as a process of its own: CLIENT produce|consume BOOTSTRAP TOPIC RECORDS SIZE CODEC.</summary>
    public static int RunOne(string[] arguments)
    {
        var task = new ClientTask(
            arguments[2], arguments[3], Partitions, int.Parse(arguments[4], CultureInfo.InvariantCulture), int.Parse(arguments[5], CultureInfo.InvariantCulture), arguments[6]);
        ClientFigures figures = (arguments[0], arguments[1]) switch
        {
            (Ours, "produce") => SluiceRuns.Produce(task).GetAwaiter().GetResult(),
            (Ours, "consume") => SluiceRuns.Consume(task).GetAwaiter().GetResult(),
            (Theirs, "produce") => LibrdkafkaRuns.Produce(task, new Librdkafka()),
            (Theirs, "consume") => LibrdkafkaRuns.Consume(task, new Librdkafka()),
            _ => throw new UsageException($"there is no client {arguments[0]} {arguments[1]}"),
        };
        Console.WriteLine(figures.ToLine());
        return 0;
    }

    private static void Measure(RunningServer server, string name, int size, string codec, int records, int rounds)
    {
        var figures = new Dictionary<(string Client, string What), List<ClientFigures>>();
        for (int round = 0; round < rounds; round++)
        {
            // The first of a round changes too.
            string[] clients = round % 2 == 0 ? [Ours, Theirs] : [Theirs, Ours];
            foreach (string client in clients)
            {
                Console.Error.WriteLine($"{name}, round {round + 1} of {rounds}: {client}");
                string topic = NewTopic(server.Address);
                foreach (string what in (string[])["produce", "consume"])
                {
                    if (!figures.TryGetValue((client, what), out List<ClientFigures>? list)) figures[(client, what)] = list = [];
                    list.Add(Child(client, what, server.Address, topic, records, size, codec));
                }

                Delete(server.Address, topic);
            }
        }

        foreach (string what in (string[])["produce", "consume"])
        {
            ClientFigures ours = Median(figures[(Ours, what)]), theirs = Median(figures[(Theirs, what)]);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{what,-8} {name,-12} {Ours} {ours.RecordsPerSecond,10:N0}/s {ours.RecordsPerCpuSecond,10:N0}/cpu s   {Theirs} {theirs.RecordsPerSecond,10:N0}/s {theirs.RecordsPerCpuSecond,10:N0}/cpu s   ratio {ours.RecordsPerSecond / theirs.RecordsPerSecond:0.00} (cpu {ours.RecordsPerCpuSecond / theirs.RecordsPerCpuSecond:0.00})"));
        }
    }

    private static ClientFigures Median(List<ClientFigures> figures) => figures.OrderBy(f => f.RecordsPerSecond).ElementAt(figures.Count / 2);

    private static ClientFigures Child(string client, string what, string bootstrap, string topic, int records, int size, string codec)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["client-run", client, what, bootstrap, topic, $"{records}", $"{size}", codec]) { RedirectStandardOutput = true };
        // As `sluice` itself is built: code that is compiled once for measuring and once more for good would be compiled far into the run.
        start.Environment["DOTNET_TieredPGO"] = "0";
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? ClientFigures.Parse(output) : throw new InvalidOperationException($"{client} {what} ended with {process.ExitCode}");
    }

    private static string NewTopic(string bootstrap)
    {
        string name = $"clients-{Guid.NewGuid():N}";
        using var admin = new Disposing(bootstrap);
        admin.Client.CreateTopicsAsync([new NewTopic(name, Partitions, 1, new Dictionary<string, string>())]).GetAwaiter().GetResult()[name].Get();
        return name;
    }

    private static void Delete(string bootstrap, string topic)
    {
        using var admin = new Disposing(bootstrap);
        admin.Client.DeleteTopicsAsync([topic]).GetAwaiter().GetResult()[topic].Get();
    }

    private sealed class Disposing(string bootstrap) : IDisposable
    {
        public AdminClient Client { get; } = new(new ClientOptions { BootstrapServers = bootstrap });

        public void Dispose() => Client.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
