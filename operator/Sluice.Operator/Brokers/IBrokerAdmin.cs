namespace Sluice.Operator.Brokers;

/// <summary>
/// What the operator asks of a cluster's brokers: the seam between reconcilers and the Kafka protocol. Every call throws
/// <see cref="BrokersUnavailableException"/> when no broker answers; what a broker refuses is a result.
/// </summary>
internal interface IBrokerAdmin : IAsyncDisposable
{
    /// <summary>Asks who the cluster is; an answer proves that a broker serves clients.</summary>
    Task<BrokerCluster> DescribeClusterAsync(CancellationToken cancellation);

    /// <summary>The topics as they are, with the settings of their own; null for one that does not exist. One round trip for all.</summary>
    Task<IReadOnlyDictionary<string, BrokerTopic?>> DescribeTopicsAsync(IReadOnlyCollection<string> names, CancellationToken cancellation);

    /// <summary>Creates a topic.</summary>
    Task<Refusal?> CreateTopicAsync(string name, int partitions, int replicas, IReadOnlyDictionary<string, string> config, CancellationToken cancellation);

    /// <summary>Grows a topic to a number of partitions.</summary>
    Task<Refusal?> GrowTopicAsync(string name, int partitions, CancellationToken cancellation);

    /// <summary>Changes settings of a topic; null gives one its default back.</summary>
    Task<Refusal?> ConfigureTopicAsync(string name, IReadOnlyDictionary<string, string?> changes, CancellationToken cancellation);

    /// <summary>Deletes the topic with this id, and no later one of its name. One that is gone is no refusal.</summary>
    Task<Refusal?> DeleteTopicAsync(string id, CancellationToken cancellation);

    /// <summary>The settings that were made at run time for all brokers.</summary>
    Task<IReadOnlyDictionary<string, string>> DescribeSettingsAsync(CancellationToken cancellation);

    /// <summary>Changes settings of all brokers at run time; null gives one its default back.</summary>
    Task<Refusal?> ConfigureAsync(IReadOnlyDictionary<string, string?> changes, CancellationToken cancellation);
}

/// <summary>Makes a connection to the brokers behind an address; nothing is sent yet.</summary>
internal delegate IBrokerAdmin BrokerConnector(string bootstrapAddress);

/// <summary>A cluster, by its own account.</summary>
internal sealed record BrokerCluster(string ClusterId, int Brokers);

/// <summary>A topic as the brokers have it.</summary>
/// <param name="Id">Its id; a later topic of the same name has another.</param>
/// <param name="Partitions">Number of partitions.</param>
/// <param name="Replicas">Copies of each partition.</param>
/// <param name="Config">The settings of its own, without those that it has by default.</param>
internal sealed record BrokerTopic(string Id, int Partitions, int Replicas, IReadOnlyDictionary<string, string> Config);

/// <summary>A broker refused a change.</summary>
/// <param name="Reason">Kafka's name of the error, as in <c>InvalidConfig</c>.</param>
/// <param name="Message">The broker's words.</param>
/// <param name="IsTransient">The same may succeed a moment later.</param>
internal sealed record Refusal(string Reason, string Message, bool IsTransient);

/// <summary>No broker answers, so nothing is known and nothing can be done; later it may.</summary>
internal sealed class BrokersUnavailableException(string message, Exception? inner = null) : IOException(message, inner);
