using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Compatibility.Differential.Cases;

/// <summary>The quorum, features, elections and reassignments, as far as one node has them.</summary>
internal static class ClusterCases
{
    public static IEnumerable<Case> All => [.. Quorum(), .. Features(), .. Elections(), .. Reassignments(), .. Listings()];

    private static IEnumerable<Case> Quorum()
    {
        Case Of(string name, params (string Topic, int[] Partitions)[] topics) => new(ApiKey.DescribeQuorum, name, (_, _) => new DescribeQuorumRequest
        {
            Topics = [.. topics.Select(t => new DescribeQuorumRequest.TopicData { TopicName = t.Topic, Partitions = [.. t.Partitions.Select(p => new DescribeQuorumRequest.PartitionData { PartitionIndex = p })] })],
        });
        yield return Of("the metadata log", ("__cluster_metadata", [0]));
        yield return Of("another partition", ("__cluster_metadata", [1]));
        yield return Of("a partition twice", ("__cluster_metadata", [0, 0]));
        yield return Of("another topic", ("plain", [0]));
        yield return Of("two topics", ("__cluster_metadata", [0]), ("plain", [0]));
        yield return Of("no partitions", ("__cluster_metadata", []));
        yield return Of("no topics");
    }

    private static IEnumerable<Case> Features()
    {
        Case Of(string name, string feature, short level, sbyte type = 1, bool validateOnly = true, short from = 1) => new(ApiKey.UpdateFeatures, name, (_, v) => new UpdateFeaturesRequest
        {
            TimeoutMs = 30_000,
            ValidateOnly = validateOnly,
            FeatureUpdates = [new() { Feature = feature, MaxVersionLevel = level, UpgradeType = type }],
        }) { From = from };
        yield return Of("the level that is", "metadata.version", 30);
        yield return Of("a later level", "metadata.version", 999);
        yield return Of("a negative level", "metadata.version", -1);
        yield return Of("level 0", "metadata.version", 0, type: 3);
        yield return Of("a lower level by an upgrade", "metadata.version", 29);
        yield return Of("an unknown feature", "no.such.feature", 1);
        yield return Of("an empty feature", "", 1);
        yield return Of("an unknown kind of upgrade", "metadata.version", 30, type: 9);
        yield return Of("kind of upgrade 0", "metadata.version", 30, type: 0);
        yield return new(ApiKey.UpdateFeatures, "nothing", (_, v) => new UpdateFeaturesRequest { TimeoutMs = 30_000 });
        yield return new(ApiKey.UpdateFeatures, "version 0 with the level that is", (_, v) => new UpdateFeaturesRequest { TimeoutMs = 30_000, FeatureUpdates = [new() { Feature = "metadata.version", MaxVersionLevel = 30 }] }) { To = 0 };
        yield return new(ApiKey.UpdateFeatures, "version 0 with an unknown feature", (_, v) => new UpdateFeaturesRequest { TimeoutMs = 30_000, FeatureUpdates = [new() { Feature = "no.such.feature", MaxVersionLevel = 3 }] }) { To = 0 };
        yield return new(ApiKey.UpdateFeatures, "a good and a bad one", (_, v) => new UpdateFeaturesRequest
        {
            TimeoutMs = 30_000,
            ValidateOnly = v >= 1,
            FeatureUpdates = [new() { Feature = "metadata.version", MaxVersionLevel = 30 }, new() { Feature = "no.such.feature", MaxVersionLevel = 3 }],
        });
    }

    private static IEnumerable<Case> Elections()
    {
        Case Of(string name, sbyte type, (string Topic, int[] Partitions)[]? topics, int timeout = 30_000, short from = 0) => new(ApiKey.ElectLeaders, name, (_, v) => new ElectLeadersRequest
        {
            ElectionType = type,
            TimeoutMs = timeout,
            TopicPartitions = topics is null ? null : [.. topics.Select(t => new ElectLeadersRequest.TopicPartitionsData { Topic = t.Topic, Partitions = [.. t.Partitions] })],
        }) { From = from };
        yield return Of("of all", 0, null);
        yield return Of("of all, unclean", 1, null, from: 1);
        yield return Of("of none", 0, []);
        yield return Of("of one", 0, [("plain", [0])]);
        yield return Of("of one, unclean", 1, [("plain", [0])], from: 1);
        yield return Of("of several", 0, [("plain", [1, 0]), ("small", [0])]);
        yield return Of("an unknown topic", 0, [("nowhere-at-all", [0])]);
        yield return Of("an unknown partition", 0, [("plain", [9, 0])]);
        yield return Of("an unknown kind", 9, [("plain", [0])], from: 1);
        yield return Of("an unknown kind of all", -1, null, from: 1);
        yield return Of("a topic without partitions", 0, [("plain", [])]);
        yield return Of("no time", 0, [("plain", [0])], timeout: 0);
    }

    private static IEnumerable<Case> Reassignments()
    {
        Case Of(string name, params (string Topic, int Partition, int[]? Replicas)[] asked) => Timed(name, 30_000, asked);
        yield return Of("to where it is", ("plain", 0, [1]));
        yield return Of("to a broker that is not there", ("plain", 0, [2]));
        yield return Of("to two brokers", ("plain", 0, [1, 2]));
        yield return Of("to the same broker twice", ("plain", 0, [1, 1]));
        yield return Of("to a negative broker", ("plain", 0, [-1]));
        yield return Of("to nowhere", ("plain", 0, []));
        yield return Of("cancelled", ("plain", 0, null));
        yield return Of("an unknown topic", ("nowhere-at-all", 0, [1]));
        yield return Of("an unknown partition", ("plain", 9, [1]));
        yield return Of("a negative partition", ("plain", -1, null));
        yield return Of("good and bad ones", ("plain", 0, [1]), ("plain", 1, [7]), ("small", 0, null));
        yield return Of("none");
        yield return Timed("no time", 0, ("plain", 0, [1]));
        yield return new(ApiKey.AlterPartitionReassignments, "without change of the replication factor", (_, _) => new AlterPartitionReassignmentsRequest
        {
            TimeoutMs = 30_000, AllowReplicationFactorChange = false, Topics = [new() { Name = "plain", Partitions = [new() { PartitionIndex = 0, Replicas = [1] }] }],
        }) { From = 1 };
    }

    private static Case Timed(string name, int timeout, params (string Topic, int Partition, int[]? Replicas)[] asked) => new(ApiKey.AlterPartitionReassignments, name, (_, _) => new AlterPartitionReassignmentsRequest
    {
        TimeoutMs = timeout,
        Topics = [.. asked.GroupBy(a => a.Topic).Select(t => new AlterPartitionReassignmentsRequest.ReassignableTopic
        {
            Name = t.Key,
            Partitions = [.. t.Select(p => new AlterPartitionReassignmentsRequest.ReassignablePartition { PartitionIndex = p.Partition, Replicas = p.Replicas?.ToList() })],
        })],
    });

    private static IEnumerable<Case> Listings()
    {
        Case Of(string name, int timeout, params (string Topic, int[] Partitions)[]? topics) => new(ApiKey.ListPartitionReassignments, name, (_, _) => new ListPartitionReassignmentsRequest
        {
            TimeoutMs = timeout,
            Topics = topics is null ? null : [.. topics.Select(t => new ListPartitionReassignmentsRequest.ListPartitionReassignmentsTopics { Name = t.Topic, PartitionIndexes = [.. t.Partitions] })],
        });
        yield return Of("all", 30_000, null);
        yield return Of("none", 30_000, []);
        yield return Of("a topic", 30_000, ("plain", [0, 1]));
        yield return Of("an unknown topic", 30_000, ("nowhere-at-all", [0]));
        yield return Of("an unknown partition", 30_000, ("plain", [9]));
        yield return Of("no time", 0, ("plain", [0]));
    }
}
