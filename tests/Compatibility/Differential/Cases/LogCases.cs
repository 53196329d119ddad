using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Compatibility.Differential.Cases;

/// <summary>OffsetForLeaderEpoch, DescribeProducers and DescribeLogDirs: what partitions say of their logs.</summary>
internal static class LogCases
{
    public static IEnumerable<Case> All => [.. Epochs(), .. Producers(), .. Directories()];

    private static IEnumerable<Case> Epochs()
    {
        foreach (int epoch in new[] { 0, 1, 5, -1, -2, int.MaxValue, int.MinValue }) yield return Epoch($"epoch {epoch}", ("times", 0, -1, epoch));
        yield return Epoch("an empty partition", ("empty", 0, -1, 0));
        yield return Epoch("the current epoch", ("times", 0, 0, 0));
        yield return Epoch("a later current epoch", ("times", 0, 7, 0));
        yield return Epoch("an impossible current epoch", ("times", 0, -5, 0));
        yield return Epoch("an unknown topic", ("nowhere-at-all", 0, -1, 0));
        yield return Epoch("an empty name", ("", 0, -1, 0));
        yield return Epoch("an unknown partition", ("times", 9, -1, 0));
        yield return Epoch("a negative partition", ("times", -1, -1, 0));
        yield return Epoch("a partition twice", ("times", 0, -1, 0), ("times", 0, -1, 1));
        yield return Epoch("several topics", ("plain", 1, -1, 0), ("plain", 0, -1, 0), ("small", 0, -1, 0), ("nowhere-at-all", 0, -1, 0));
        yield return new(ApiKey.OffsetForLeaderEpoch, "no topics", (_, _) => new OffsetForLeaderEpochRequest());
        yield return new(ApiKey.OffsetForLeaderEpoch, "no partitions", (_, _) => new OffsetForLeaderEpochRequest { Topics = [new() { Topic = "times" }] });
        yield return new(ApiKey.OffsetForLeaderEpoch, "as a follower", (_, _) => new OffsetForLeaderEpochRequest { ReplicaId = 2, Topics = [new() { Topic = "times", Partitions = [new() { Partition = 0, LeaderEpoch = 0 }] }] });
    }

    private static IEnumerable<Case> Producers()
    {
        Case Of(string name, params (string Topic, int[] Partitions)[] topics) => new(ApiKey.DescribeProducers, name, (_, _) => new DescribeProducersRequest
        {
            Topics = [.. topics.Select(t => new DescribeProducersRequest.TopicRequest { Name = t.Topic, PartitionIndexes = [.. t.Partitions] })],
        });
        yield return Of("several producers", ("idempotent", [0]));
        yield return Of("no producers", ("times", [0]));
        yield return Of("an unknown topic", ("nowhere-at-all", [0]));
        yield return Of("an empty name", ("", [0]));
        yield return Of("an invalid name", ("a/b", [0]));
        yield return Of("an unknown partition", ("times", [9]));
        yield return Of("a negative partition", ("times", [-1]));
        yield return Of("a partition twice", ("times", [0, 0]));
        yield return Of("a topic twice", ("times", [0]), ("times", [0]));
        yield return Of("no partitions", ("times", []));
        yield return Of("no topics");
        yield return Of("the metadata log", ("__cluster_metadata", [0]));
    }

    private static IEnumerable<Case> Directories()
    {
        Case Of(string name, params (string Topic, int[] Partitions)[]? topics) => new(ApiKey.DescribeLogDirs, name, (_, _) => new DescribeLogDirsRequest
        {
            Topics = topics is null ? null : [.. topics.Select(t => new DescribeLogDirsRequest.DescribableLogDirTopic { Topic = t.Topic, Partitions = [.. t.Partitions] })],
        });
        yield return Of("everything", null);
        yield return Of("nothing", []);
        yield return Of("one partition", ("plain", [1]));
        yield return Of("partitions of two topics", ("plain", [1, 0]), ("empty", [2]));
        yield return Of("a topic without partitions", ("plain", []));
        yield return Of("an unknown topic", ("nowhere-at-all", [0]));
        yield return Of("an unknown partition", ("plain", [9, 0]));
        yield return Of("a partition twice", ("plain", [0, 0]));
        yield return Of("the metadata log", ("__cluster_metadata", [0]));
    }

    private static Case Epoch(string name, params (string Topic, int Partition, int Current, int Epoch)[] asked) => new(ApiKey.OffsetForLeaderEpoch, name, (_, _) => new OffsetForLeaderEpochRequest
    {
        Topics = [.. asked.GroupBy(a => a.Topic).Select(topic => new OffsetForLeaderEpochRequest.OffsetForLeaderTopic
        {
            Topic = topic.Key,
            Partitions = [.. topic.Select(p => new OffsetForLeaderEpochRequest.OffsetForLeaderPartition { Partition = p.Partition, CurrentLeaderEpoch = p.Current, LeaderEpoch = p.Epoch })],
        })],
    });
}
