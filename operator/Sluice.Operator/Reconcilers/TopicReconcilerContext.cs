using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Controllers;
using Sluice.Kubernetes.Informers;
using Sluice.Kubernetes.Models;
using Sluice.Operator.Brokers;
using Sluice.Operator.Resources;

namespace Sluice.Operator.Reconcilers;

/// <summary>What reconciling topics needs.</summary>
internal sealed record TopicReconcilerContext
{
    /// <summary>Index of <see cref="Topics"/> by cluster and topic name, as <see cref="Claim"/> makes it.</summary>
    public const string ByClaim = "claim";

    /// <summary>Index of <see cref="Topics"/> by cluster.</summary>
    public const string ByCluster = "cluster";

    public required KubernetesClient Client { get; init; }

    public required ObjectCache<Topic> Topics { get; init; }

    public required ObjectCache<Cluster> Clusters { get; init; }

    public required BrokerConnections Brokers { get; init; }

    public required IEventSink Events { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Called with a cluster whose brokers did not answer although its status says that they do.</summary>
    public Action<ObjectKey> Suspect { get; init; } = _ => { };

    /// <summary>How often a topic whose brokers do not answer is looked at, besides whenever its cluster gets ready.</summary>
    public TimeSpan UnreachableInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often a topic that is as it should be is looked at again.</summary>
    public TimeSpan DriftInterval { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a deletion waits for brokers that do not answer, before it leaves the Kafka topic behind.</summary>
    public TimeSpan DeletionPatience { get; init; } = TimeSpan.FromMinutes(10);

    public StatusWriter Statuses => field ??= new StatusWriter(Client);

    public TopicDeletion Deletion => field ??= new TopicDeletion(this);

    /// <summary>Comes back after <see cref="UnreachableInterval"/>, spread so that not all ask at once.</summary>
    public ReconcileResult RetryLater() => ReconcileResult.After(UnreachableInterval * (0.5 + Random.Shared.NextDouble()));

    /// <summary>What two Topics may not both have.</summary>
    public static string Claim(Topic topic) => topic.ClusterKey + "/" + topic.KafkaName;

    /// <summary>The Topic that has the say over a Kafka topic: the oldest; of equally old ones the first by name.</summary>
    public Topic? Owner(Topic topic) => Claimants(topic).FirstOrDefault();

    /// <summary>The Topic that takes over a Kafka topic when this one goes: the oldest other one that is not going as well.</summary>
    public Topic? Heir(Topic topic) =>
        Claimants(topic).FirstOrDefault(other => other.Metadata.DeletionTimestamp is null && other.Metadata.Name != topic.Metadata.Name);

    private IEnumerable<Topic> Claimants(Topic topic) => Topics.ByIndex(ByClaim, Claim(topic))
        .OrderBy(other => other.Metadata.CreationTimestamp)
        .ThenBy(other => other.Metadata.Name, StringComparer.Ordinal);
}
