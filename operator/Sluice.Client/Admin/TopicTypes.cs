using Sluice.Protocol;

namespace Sluice.Client.Admin;

/// <summary>A topic to be created.</summary>
/// <param name="Name">1 to 249 characters of <c>[a-zA-Z0-9._-]</c>.</param>
/// <param name="Partitions">How many partitions; -1 for the broker's <c>num.partitions</c>.</param>
/// <param name="ReplicationFactor">How many replicas a partition; -1 for the broker's <c>default.replication.factor</c>.</param>
/// <param name="Configs">Topic settings by Kafka's names; what is not named takes the broker's default.</param>
public sealed record NewTopic(string Name, int Partitions, short ReplicationFactor, IReadOnlyDictionary<string, string> Configs);

/// <summary>A topic as a broker describes it.</summary>
/// <param name="Name">The topic's name.</param>
/// <param name="Id">The id that tells this topic from an earlier one of the same name.</param>
/// <param name="IsInternal">Whether the broker itself keeps its state there.</param>
/// <param name="Partitions">By partition number.</param>
public sealed record TopicDescription(string Name, Uuid Id, bool IsInternal, IReadOnlyList<PartitionDescription> Partitions);

/// <summary>Where a partition lives.</summary>
/// <param name="Id">The number of the partition within its topic.</param>
/// <param name="Leader">Node id of the leader; -1 when there is none.</param>
/// <param name="LeaderEpoch">Grows by each change of leader; -1 where unknown.</param>
/// <param name="Replicas">Node ids, the preferred leader first.</param>
/// <param name="InSyncReplicas">Node ids of the replicas that hold every committed record.</param>
/// <param name="OfflineReplicas">Node ids of the replicas that do not answer.</param>
public sealed record PartitionDescription(
    int Id, int Leader, int LeaderEpoch, IReadOnlyList<int> Replicas, IReadOnlyList<int> InSyncReplicas, IReadOnlyList<int> OfflineReplicas);

/// <summary>The outcome for one item of a batched request: a value, or the error that the broker gave for this item alone.</summary>
public readonly record struct Outcome<T>(T? Value, KafkaException? Error)
{
    /// <summary>Whether the broker carried it out.</summary>
    public bool Succeeded => Error is null;

    /// <summary>The value, or throws the broker's error.</summary>
    public T Get() => Error is null ? Value! : throw Error;
}
