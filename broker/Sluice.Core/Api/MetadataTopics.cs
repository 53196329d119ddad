using System.Runtime.InteropServices;
using Sluice.Core.Metadata;
using Sluice.Core.Metadata.Images;
using Sluice.Core.Partitions;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using PartitionAnswer = Sluice.Protocol.Messages.MetadataResponse.MetadataResponsePartition;
using TopicAnswer = Sluice.Protocol.Messages.MetadataResponse.MetadataResponseTopic;

namespace Sluice.Core.Api;

/// <summary>Writes topics and partitions into a Metadata answer.</summary>
internal sealed class MetadataTopics(MetadataImage image, OfflinePartitions offline, string listenerName, short version, bool withOperations)
{
    private const short ListenerNotFoundVersion = 6;
    private const short NullableNameVersion = 12;
    private static readonly List<int> None = [];

    private readonly SharedLists _replicas = new(), _inSync = new();

    /// <summary>A topic that exists.</summary>
    public TopicAnswer Describe(TopicImage topic)
    {
        var answer = new TopicAnswer
        {
            Name = topic.Name,
            TopicId = topic.Id,
            IsInternal = topic.IsInternal,
            TopicAuthorizedOperations = withOperations ? AuthorizedOperations.OfTopic : int.MinValue,
            Partitions = new List<PartitionAnswer>(topic.Partitions.Length),
        };
        foreach (PartitionImage partition in topic.Partitions) answer.Partitions.Add(Describe(topic, partition));
        return answer;
    }

    /// <summary>A topic that was asked for, by id or by name.</summary>
    /// <param name="asked">The topic.</param>
    /// <param name="creationErrors">Why topics could not be created.</param>
    public TopicAnswer Describe(MetadataRequest.MetadataRequestTopic asked, Dictionary<string, ErrorCode> creationErrors)
    {
        if (asked.TopicId != Uuid.Zero)
        {
            return image.Topics.ById(asked.TopicId) is { } byId
                ? Describe(byId)
                : Unknown(version >= NullableNameVersion ? null : "", asked.TopicId, ErrorCode.UnknownTopicId);
        }
        if (asked.Name is not { } name) return Unknown("", Uuid.Zero, ErrorCode.InvalidRequest);
        if (image.Topics.ByName(name) is { } byName) return Describe(byName);
        ErrorCode error = TopicNames.Check(name) is null ? creationErrors.GetValueOrDefault(name, ErrorCode.UnknownTopicOrPartition) : ErrorCode.InvalidTopicException;
        return Unknown(name, Uuid.Zero, error);
    }

    private TopicAnswer Unknown(string? name, Uuid id, ErrorCode error) => new()
    {
        Name = name,
        TopicId = id,
        ErrorCode = error,
        IsInternal = name is not null && InternalTopics.Contains(name),
        TopicAuthorizedOperations = withOperations ? AuthorizedOperations.OfTopic : int.MinValue,
    };

    private PartitionAnswer Describe(TopicImage topic, PartitionImage partition)
    {
        BrokerImage? leader = image.Brokers.Find(partition.Leader);
        bool isOffline = offline.Contains(topic.Id, partition.Id);
        bool isLed = leader is { IsFenced: false } && !isOffline;
        ErrorCode error = !isLed ? ErrorCode.LeaderNotAvailable
            : leader!.Endpoint(listenerName) is not null ? ErrorCode.None
            : version >= ListenerNotFoundVersion ? ErrorCode.ListenerNotFound
            : ErrorCode.LeaderNotAvailable;
        return new PartitionAnswer
        {
            ErrorCode = error,
            PartitionIndex = partition.Id,
            LeaderId = error == ErrorCode.None ? partition.Leader : -1,
            LeaderEpoch = partition.LeaderEpoch,
            ReplicaNodes = _replicas.Of(partition.Replicas.AsSpan()),
            IsrNodes = _inSync.Of(partition.Isr.AsSpan()),
            OfflineReplicas = isOffline ? [.. partition.Replicas] : Offline(partition),
        };
    }

    private List<int> Offline(PartitionImage partition)
    {
        foreach (int id in partition.Replicas)
        {
            if (!image.Brokers.IsAlive(id)) return [.. partition.Replicas.Where(replica => !image.Brokers.IsAlive(replica))];
        }
        return None;
    }

    /// <summary>Partitions that follow each other often lie on the same brokers: their answers, which are only read, share the list.</summary>
    private sealed class SharedLists
    {
        private List<int> _last = [];

        public List<int> Of(ReadOnlySpan<int> ids)
        {
            if (!ids.SequenceEqual(CollectionsMarshal.AsSpan(_last))) _last = [.. ids];
            return _last;
        }
    }
}
