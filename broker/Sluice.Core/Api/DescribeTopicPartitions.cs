using Sluice.Core.Metadata;
using Sluice.Core.Metadata.Images;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>DescribeTopicPartitions (KIP-966): topics by name, a page of partitions at a time.</summary>
internal sealed class DescribeTopicPartitions()
    : ApiHandler<DescribeTopicPartitionsRequest>(ApiKey.DescribeTopicPartitions, DescribeTopicPartitionsRequest.MinVersion, DescribeTopicPartitionsRequest.MaxVersion)
{
    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, DescribeTopicPartitionsRequest request)
    {
        if (request.Cursor is { PartitionIndex: < 0 } invalid)
        {
            context.Respond(new DescribeTopicPartitionsResponse { Topics = [new() { Name = invalid.TopicName, ErrorCode = ErrorCode.InvalidRequest }] });
            return;
        }
        if (request.Cursor is { } at && request.Topics.Count > 0 && !request.Topics.Exists(t => t.Name == at.TopicName))
        {
            context.Respond(new DescribeTopicPartitionsResponse
            {
                Topics = request.Topics.ConvertAll(t => new DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic { Name = t.Name, ErrorCode = ErrorCode.InvalidRequest }),
            });
            return;
        }
        int room = Math.Max(1, Math.Min(request.ResponsePartitionLimit, shard.Node.Limits.DescribedPartitionsMax));
        var response = new DescribeTopicPartitionsResponse();
        foreach (string name in Names(shard.Image, request))
        {
            int first = request.Cursor is { } cursor && cursor.TopicName == name ? cursor.PartitionIndex : 0;
            if (room == 0)
            {
                response.NextCursor = new() { TopicName = name, PartitionIndex = first };
                break;
            }
            int described = Describe(shard, name, first, room, response);
            room -= described;
            if (room == 0 && shard.Image.Topics.ByName(name) is { } topic && first + described < topic.Partitions.Length)
            {
                response.NextCursor = new() { TopicName = name, PartitionIndex = first + described };
                break;
            }
        }
        context.Respond(response);
    }

    /// <summary>The names to describe, in order, from the cursor's topic on.</summary>
    private static IEnumerable<string> Names(MetadataImage image, DescribeTopicPartitionsRequest request)
    {
        IEnumerable<string> names = request.Topics.Count == 0
            ? image.Topics.All.Select(t => t.Name)
            : request.Topics.Select(t => t.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        return request.Cursor is { } cursor ? names.SkipWhile(name => string.CompareOrdinal(name, cursor.TopicName) < 0) : names;
    }

    private static int Describe(Shard shard, string name, int first, int most, DescribeTopicPartitionsResponse response)
    {
        if (shard.Image.Topics.ByName(name) is not { } topic)
        {
            response.Topics.Add(new()
            {
                Name = name,
                ErrorCode = TopicNames.Check(name) is null ? ErrorCode.UnknownTopicOrPartition : ErrorCode.InvalidTopicException,
                IsInternal = InternalTopics.Contains(name),
                TopicAuthorizedOperations = AuthorizedOperations.OfTopic,
            });
            return 0;
        }
        var answer = new DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic
        {
            Name = name,
            TopicId = topic.Id,
            IsInternal = topic.IsInternal,
            TopicAuthorizedOperations = AuthorizedOperations.OfTopic,
        };
        for (int i = first; i < topic.Partitions.Length && i - first < most; i++) answer.Partitions.Add(Describe(shard.Image, topic.Partitions[i], shard.Node.Offline.Contains(topic.Id, i)));
        response.Topics.Add(answer);
        return answer.Partitions.Count;
    }

    private static DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponsePartition Describe(MetadataImage image, PartitionImage partition, bool isOffline)
    {
        bool isLed = !isOffline && image.Brokers.IsAlive(partition.Leader);
        return new()
        {
            ErrorCode = isLed ? ErrorCode.None : ErrorCode.LeaderNotAvailable,
            PartitionIndex = partition.Id,
            LeaderId = isLed ? partition.Leader : -1,
            LeaderEpoch = partition.LeaderEpoch,
            ReplicaNodes = [.. partition.Replicas],
            IsrNodes = [.. partition.Isr],
            EligibleLeaderReplicas = [],
            LastKnownElr = [],
            OfflineReplicas = [.. partition.Replicas.Where(id => isOffline || !image.Brokers.IsAlive(id))],
        };
    }
}
