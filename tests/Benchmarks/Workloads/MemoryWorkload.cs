using Benchmarks.Driving;
using Benchmarks.Results;
using Benchmarks.Servers;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Benchmarks.Workloads;

/// <summary>What a broker takes when it does nothing: processor time and memory alone, then what partitions, connections and groups add.</summary>
internal sealed class MemoryWorkload() : Workload("memory", "idle processor time and memory; memory of a partition, a connection and a group")
{
    private const string Idle = "idle";
    private const double IdleIntervals = 2;
    private const double SettleSeconds = 1.5;

    internal override int IntervalsARound(int systems) => (int)IdleIntervals * systems;

    internal override double OtherSeconds(int systems, int rounds) => rounds * ((systems * 5) + 8);

    internal override void Run(BenchRun run)
    {
        BenchRun.Say("memory");
        run.EndShared();
        int count = run.Options.IsQuick ? 50 : 1000;
        run.Rounds(
            (_, i) =>
            {
                string folder = run.NewFolder(run.Contestants[i].Name);
                using (RunningServer server = run.Contestants[i].Start(folder)) Measure(run, run.Contestants[i].Name, server, count);
                Directory.Delete(folder, recursive: true);
            },
            warmUp: false);
    }

    private void Measure(BenchRun run, string system, RunningServer server, int count)
    {
        Settle();
        Interval idle = Interval.Of(server, () => Thread.Sleep(TimeSpan.FromSeconds(run.Options.Seconds * IdleIntervals)));
        MemoryFigures before = server.Memory;
        run.Add(this, Idle, system, (Metric.Cores, idle.CpuSeconds / idle.Seconds), (Metric.Megabytes, before.Resident / 1e6), (Anonymous, before.Anonymous / 1e6));

        using var client = new Client(server.Address);
        client.CreateTopic("memory", count);
        Add(run, system, "a partition", server, ref before, count);

        List<Client> connections = [.. Enumerable.Range(0, count).Select(_ => new Client(server.Address))];
        foreach (Client connection in connections) connection.Ask<ApiVersionsResponse>(new ApiVersionsRequest { ClientSoftwareName = "bench", ClientSoftwareVersion = "1" }, 3);
        Add(run, system, "a connection", server, ref before, count);
        foreach (Client connection in connections) connection.Dispose();

        if (!HasGroups(client)) return;
        Commit(client, "first");
        Settle();
        before = server.Memory;
        for (int i = 0; i < count; i++) Commit(client, $"group-{i}");
        Add(run, system, "a group", server, ref before, count);
    }

    private static Metric Anonymous { get; } = new("MB of its own", false);

    private void Add(BenchRun run, string system, string variant, RunningServer server, ref MemoryFigures before, int count)
    {
        Settle();
        MemoryFigures now = server.Memory;
        run.Add(this, variant, system, (Metric.Kilobytes, (now.Resident - before.Resident) / 1e3 / count));
        before = now;
    }

    private static void Settle() => Thread.Sleep(TimeSpan.FromSeconds(SettleSeconds));

    private static bool HasGroups(Client client) =>
        client.Ask<ApiVersionsResponse>(new ApiVersionsRequest { ClientSoftwareName = "bench", ClientSoftwareVersion = "1" }, 3).ApiKeys.Exists(api => api.ApiKey == (short)ApiKey.OffsetCommit);

    /// <summary>Makes a group by an offset that it commits, as a consumer does that assigns its partitions itself.</summary>
    private static void Commit(Client client, string group)
    {
        var request = new OffsetCommitRequest
        {
            GroupId = group,
            GenerationIdOrMemberEpoch = -1,
            Topics = [new() { Name = "memory", Partitions = [new() { PartitionIndex = 0, CommittedOffset = 1, CommittedLeaderEpoch = -1 }] }],
        };
        Client.Until(
            () =>
            {
                // Makes the topic of the offsets where there is none yet.
                FindCoordinatorResponse.Coordinator coordinator = client.Ask<FindCoordinatorResponse>(new FindCoordinatorRequest { KeyType = 0, CoordinatorKeys = [group] }, 4).Coordinators[0];
                return coordinator.ErrorCode == ErrorCode.None && client.Ask<OffsetCommitResponse>(request, 8).Topics[0].Partitions[0].ErrorCode == ErrorCode.None;
            },
            $"group {group} has committed an offset");
    }
}
