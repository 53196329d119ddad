using Sluice.Core.Metadata.Images;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Metadata.Changes;

/// <summary>
/// What is answered to who wants leaders elected (KIP-460). A partition has one replica, which leads it and is the preferred one, so
/// that there is never anything to elect.
/// </summary>
internal static class ElectionCheck
{
    private const sbyte Preferred = 0;
    private const sbyte Unclean = 1;
    private const short FirstVersionWithError = 1;

    public static ElectLeadersResponse Answer(MetadataImage image, ElectLeadersRequest request, short version)
    {
        ErrorCode refused = request.ElectionType is not (Preferred or Unclean) ? ErrorCode.InvalidRequest : request.TimeoutMs > 0 ? ErrorCode.None : ErrorCode.RequestTimedOut;
        // Without a list of partitions only those are named that need an election.
        if (request.TopicPartitions is not { } topics)
        {
            return refused == ErrorCode.None
                ? new() { ReplicaElectionResults = [.. image.Topics.All.Select(t => new ElectLeadersResponse.ReplicaElectionResult { Topic = t.Name })] }
                : new() { ErrorCode = version >= FirstVersionWithError ? refused : ErrorCode.None };
        }
        string? why = refused == ErrorCode.InvalidRequest ? $"Unknown election type {request.ElectionType}" : null;
        return new()
        {
            ErrorCode = version >= FirstVersionWithError ? refused : ErrorCode.None,
            ReplicaElectionResults = topics.ConvertAll(topic => new ElectLeadersResponse.ReplicaElectionResult
            {
                Topic = topic.Topic,
                PartitionResult = topic.Partitions.ConvertAll(partition =>
                {
                    ChangeError error = refused == ErrorCode.None ? Check(image, topic.Topic, partition) : new(refused, why);
                    return new ElectLeadersResponse.PartitionResult { PartitionId = partition, ErrorCode = error.Code, ErrorMessage = error.Message };
                }),
            }),
        };
    }

    private static ChangeError Check(MetadataImage image, string name, int partition)
    {
        if (image.Topics.ByName(name) is not { } topic) return new(ErrorCode.UnknownTopicOrPartition, $"No such topic as {name}");
        return (uint)partition < (uint)topic.Partitions.Length
            ? new(ErrorCode.ElectionNotNeeded, "Leader election not needed for topic partition.")
            : new(ErrorCode.UnknownTopicOrPartition, $"No such partition as {name}-{partition}");
    }
}
