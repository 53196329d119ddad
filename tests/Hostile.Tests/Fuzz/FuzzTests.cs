using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Hostile.Tests.Brokers;
using Sluice.Broker.Tests;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;
using Support;
using Xunit.Abstractions;

namespace Hostile.Tests.Fuzz;

/// <summary>
/// Requests that are valid, nearly valid and not, at full speed against a real broker, for some seconds with every run of the tests. By
/// hand, for as long as you like: <c>SLUICE_FUZZ_SECONDS=600 ./test Hostile</c>. A failure names the seeds that were under way;
/// <c>SLUICE_FUZZ_SEED</c> begins with one of them.
/// </summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int SecondsDefault = 5;
    private const int Workers = 3;
    private const int StepsASeed = 50;
    private const int ChecksACleaning = 10;

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_broker_bears_whatever_requests_it_is_sent(bool hasLibzstd)
    {
        double seconds = Environment.GetEnvironmentVariable("SLUICE_FUZZ_SECONDS") is string text ? double.Parse(text, CultureInfo.InvariantCulture) : SecondsDefault;
        int seed = Environment.GetEnvironmentVariable("SLUICE_FUZZ_SEED") is string first ? int.Parse(first, CultureInfo.InvariantCulture) : Random.Shared.Next(1 << 30);
        using VictimBroker broker = await VictimBroker.StartUnderAsync(hasLibzstd ? [] : HiddenLibraries.Launcher());
        IReadOnlyList<(ApiKey, short, short)> apis = Apis(broker);
        var clock = Stopwatch.StartNew();
        var counts = new Counts();
        int next = seed - 1;
        int checks = 0;
        Task[] workers = [.. Enumerable.Range(0, Workers).Select(_ => Task.Factory.StartNew(
            () =>
            {
                while (clock.Elapsed.TotalSeconds < seconds) RunSeed(broker, apis, Interlocked.Increment(ref next), counts);
            },
            TaskCreationOptions.LongRunning))];
        try
        {
            while (!Task.WhenAll(workers).IsCompleted)
            {
                broker.Check();
                // What the fuzzer itself creates has no number at its end.
                if (++checks % ChecksACleaning == 0) broker.DeleteTopics(name => !name.Contains('-', StringComparison.Ordinal));
                await Task.WhenAny(Task.WhenAll(workers), Task.Delay(200));
            }
            await Task.WhenAll(workers);
            broker.Check();
            broker.CheckRecords();
        }
        catch (Exception e)
        {
            Assert.Fail($"SLUICE_FUZZ_SEED={Math.Max(seed, next - (2 * Workers))} to {next}: {e}");
        }
        output.WriteLine($"seeds {seed} to {next}: {counts.Requests} requests, {counts.Closed} connections closed by the broker, {counts.Abandoned} given up; the broker took {broker.MemoryBytesSeenMax >> 20} MB at most");
        Assert.True(counts.Requests > 100);
    }

    /// <summary>Topics of its own for each seed, so that what a seed meets does not hang on those before it.</summary>
    private static void RunSeed(VictimBroker broker, IReadOnlyList<(ApiKey Key, short Min, short Max)> apis, int seed, Counts counts)
    {
        var random = new Random(seed);
        (string, (string, string)[])[] wanted =
        [
            ($"plain-{seed}", []),
            ($"compacted-{seed}", [("cleanup.policy", "compact")]),
            ($"zstd-{seed}", [("compression.type", "zstd")]),
            ($"stamped-{seed}", [("message.timestamp.type", "LogAppendTime")]),
        ];
        List<(string Name, Uuid Id)> topics = [];
        foreach ((string name, (string, string)[] settings) in wanted) topics.Add((name, broker.Create(name, random.Next(1, 4), settings)));
        using (var worker = new FuzzWorker(broker, new RequestForge(random, apis, topics), random))
        {
            for (int step = 0; step < StepsASeed; step++) worker.Step();
            counts.Add(worker);
        }
        using TcpClient client = broker.Connect();
        BrokerProcess.Ask(client, new DeleteTopicsRequest { TimeoutMs = 30_000, TopicNames = [.. topics.Select(topic => topic.Name)] }, 5);
    }

    /// <summary>What the broker says that it serves.</summary>
    private static List<(ApiKey Key, short Min, short Max)> Apis(VictimBroker broker)
    {
        using TcpClient client = broker.Connect();
        ApiVersionsResponse answer = BrokerProcess.Ask(client, new ApiVersionsRequest { ClientSoftwareName = "fuzzer", ClientSoftwareVersion = "1" }, 3);
        return [.. answer.ApiKeys.Select(api => ((ApiKey)api.ApiKey, Math.Max(api.MinVersion, ApiTable.Get((ApiKey)api.ApiKey).MinVersion), api.MaxVersion))];
    }

    private sealed class Counts
    {
        private long _requests;
        private long _closed;
        private long _abandoned;

        public long Requests => _requests;

        public long Closed => _closed;

        public long Abandoned => _abandoned;

        public void Add(FuzzWorker worker)
        {
            Interlocked.Add(ref _requests, worker.Requests);
            Interlocked.Add(ref _closed, worker.Closed);
            Interlocked.Add(ref _abandoned, worker.Abandoned);
        }
    }
}
