using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Client.Cluster;

/// <summary>Who leads a partition.</summary>
/// <param name="Leader">Node id; -1 when there is none.</param>
/// <param name="LeaderEpoch">-1 where unknown.</param>
internal readonly record struct PartitionView(int Leader, int LeaderEpoch);

/// <summary>A topic as brokers described it last.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Zero where brokers give none.</param>
/// <param name="Error">Why nothing else is known of it.</param>
/// <param name="Partitions">By number.</param>
/// <param name="IsInternal">Whether it is one that brokers keep for themselves, such as that of committed offsets.</param>
internal sealed record TopicView(string Name, Uuid Id, ErrorCode Error, PartitionView[] Partitions, bool IsInternal = false);

/// <summary>What is known of a cluster at one time. Immutable.</summary>
internal sealed class ClusterView
{
    private readonly Dictionary<string, TopicView> _topics;
    private readonly Dictionary<Uuid, TopicView> _byId = [];

    private ClusterView(Dictionary<int, BrokerAddress> brokers, Dictionary<string, TopicView> topics, long takenAt)
    {
        Brokers = brokers;
        _topics = topics;
        TakenAt = takenAt;
        foreach (TopicView topic in topics.Values)
        {
            if (topic.Id != Uuid.Zero) _byId[topic.Id] = topic;
        }
    }

    public static ClusterView Empty { get; } = new([], [], long.MinValue);

    public IReadOnlyDictionary<int, BrokerAddress> Brokers { get; }

    public IReadOnlyCollection<TopicView> Topics => _topics.Values;

    /// <summary>Timestamp of the clock when the view was taken.</summary>
    public long TakenAt { get; }

    public TopicView? Topic(string name) => _topics.GetValueOrDefault(name);

    public TopicView? Topic(Uuid id) => _byId.GetValueOrDefault(id);

    public PartitionView? Partition(TopicPartition partition) =>
        Topic(partition.Topic) is { Error: ErrorCode.None } topic && partition.Partition < topic.Partitions.Length
            ? topic.Partitions[partition.Partition]
            : null;

    /// <summary>This view with what an answer says: topics that it names are replaced, others stay unless all were asked for.</summary>
    public ClusterView With(MetadataResponse response, bool allTopics, long takenAt)
    {
        var topics = allTopics ? [] : new Dictionary<string, TopicView>(_topics);
        foreach (MetadataResponse.MetadataResponseTopic topic in response.Topics)
        {
            if (topic.Name is { } name) topics[name] = Merge(Topic(name), topic);
        }

        return new ClusterView(response.Brokers.ToDictionary(b => b.NodeId, b => new BrokerAddress(b.Host, b.Port)), topics, takenAt);
    }

    private static TopicView Merge(TopicView? known, MetadataResponse.MetadataResponseTopic answer)
    {
        int count = answer.Partitions.Count == 0 ? 0 : answer.Partitions.Max(p => p.PartitionIndex) + 1;
        var partitions = new PartitionView[count];
        Array.Fill(partitions, new PartitionView(-1, -1));
        foreach (MetadataResponse.MetadataResponsePartition partition in answer.Partitions)
        {
            partitions[partition.PartitionIndex] = new PartitionView(partition.LeaderId, partition.LeaderEpoch);
        }

        // A broker that lags behind may tell of a leader of the past: epochs of one topic never go back (KIP-320).
        if (known is not null && known.Id == answer.TopicId)
        {
            for (int i = 0; i < Math.Min(count, known.Partitions.Length); i++)
            {
                if (known.Partitions[i].LeaderEpoch > partitions[i].LeaderEpoch && partitions[i].LeaderEpoch >= 0) partitions[i] = known.Partitions[i];
            }
        }

        return new TopicView(answer.Name!, answer.TopicId, answer.ErrorCode, partitions, answer.IsInternal);
    }
}
