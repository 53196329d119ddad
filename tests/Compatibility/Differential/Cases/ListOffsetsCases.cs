using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Compatibility.Differential.Cases;

internal static class ListOffsetsCases
{
    private const int Start = -1000;

    public static IEnumerable<Case> All => [.. Writes(), .. Queries(), .. Places()];

    private static IEnumerable<Case> Writes() => new[] { 0, 10, 50, 20, 90, 30 }.Select(delta => new Case(
        ApiKey.Produce, $"records at start+{delta}", (world, _) => new ProduceRequest
        {
            Acks = 1,
            TimeoutMs = 5000,
            TopicData = [new() { Name = "times", PartitionData = [new() { Index = 0, Records = new Records(Batches.Of(world, ["a", "b"], at: Start + delta)) }] }],
        }) { From = 9, To = 9 });

    private static IEnumerable<Case> Queries()
    {
        foreach (long query in new[] { -1L, -2, -3, -4, -5, -6, -7, long.MinValue, 0, 1, long.MaxValue }) yield return Of(query == long.MaxValue ? "the last time" : query == long.MinValue ? "the first time" : $"time {query}", _ => query);
        foreach (int delta in new[] { 0, 1, 51, 90, 91, 10_000 }) yield return Of($"start+{delta}", world => world.At(Start + delta));
    }

    private static IEnumerable<Case> Places()
    {
        yield return Of("a time of an empty partition", _ => 0, "empty");
        yield return Of("the largest time of an empty partition", _ => -3, "empty");
        yield return Of("the end of an empty partition", _ => -1, "empty");
        yield return Of("an unknown topic", _ => -1, "nowhere-at-all");
        yield return Of("an empty name", _ => -1, "");
        yield return Of("an unknown partition", _ => -1, partition: 9);
        yield return Of("a negative partition", _ => -1, partition: -1);
        yield return Of("a later epoch", _ => -1, epoch: 7, from: 4);
        yield return Of("the current epoch", _ => -1, epoch: 0, from: 4);
        yield return Of("what is committed", _ => -1, isolation: 1, from: 2);
        yield return Of("an unknown isolation level", _ => -1, isolation: 9, from: 2);
        yield return Of("the end of a partition with append times", _ => -1, "append-time");
        yield return Of("as a follower", _ => -1, replica: 2);
        yield return Of("as a debugger", _ => -1, replica: -2);
        yield return new(ApiKey.ListOffsets, "no topics", (_, _) => new ListOffsetsRequest { ReplicaId = -1 });
        yield return new(ApiKey.ListOffsets, "no partitions", (_, _) => Request(-1, 0, ("times", [])));
        yield return new(ApiKey.ListOffsets, "a partition twice", (_, _) => Request(-1, 0, ("times", [(0, -1, -1), (0, -2, -1)])));
        yield return new(ApiKey.ListOffsets, "a topic twice", (_, _) => Request(-1, 0, ("times", [(0, -1, -1)]), ("times", [(0, -2, -1)])));
        yield return new(ApiKey.ListOffsets, "good and bad ones", (_, _) => Request(-1, 0, ("times", [(0, -1, -1), (9, -1, -1)]), ("nowhere-at-all", [(0, -1, -1)]), ("plain", [(1, -2, -1)])));
    }

    private static Case Of(string name, Func<World, long> time, string topic = "times", int partition = 0, int epoch = -1, sbyte isolation = 0, int replica = -1, short from = 1) => new(
        ApiKey.ListOffsets, name, (world, _) => Request(replica, isolation, (topic, [(partition, time(world), epoch)]))) { From = from };

    private static ListOffsetsRequest Request(int replica, sbyte isolation, params (string Topic, (int Index, long Time, int Epoch)[] Partitions)[] topics) => new()
    {
        ReplicaId = replica,
        IsolationLevel = isolation,
        Topics = [.. topics.Select(t => new ListOffsetsRequest.ListOffsetsTopic
        {
            Name = t.Topic,
            Partitions = [.. t.Partitions.Select(p => new ListOffsetsRequest.ListOffsetsPartition { PartitionIndex = p.Index, Timestamp = p.Time, CurrentLeaderEpoch = p.Epoch })],
        })],
    };
}
