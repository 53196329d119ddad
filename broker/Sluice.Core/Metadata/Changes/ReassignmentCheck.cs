using Sluice.Core.Metadata.Images;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Metadata.Changes;

/// <summary>
/// What is answered to who wants partitions moved (KIP-455). With one broker a partition can only stay where it is: everything else
/// names a broker that does not exist, or is malformed, and so no record comes of it.
/// </summary>
internal static class ReassignmentCheck
{
    public static AlterPartitionReassignmentsResponse Answer(MetadataImage image, AlterPartitionReassignmentsRequest request) => new()
    {
        AllowReplicationFactorChange = request.AllowReplicationFactorChange,
        ErrorCode = request.TimeoutMs > 0 ? ErrorCode.None : ErrorCode.RequestTimedOut,
        ErrorMessage = request.Topics.Count == 0 ? "" : null,
        Responses = request.Topics.ConvertAll(topic => new AlterPartitionReassignmentsResponse.ReassignableTopicResponse
        {
            Name = topic.Name,
            Partitions = topic.Partitions.ConvertAll(partition =>
            {
                ChangeError error = request.TimeoutMs > 0 ? Check(image, topic.Name, partition) : new(ErrorCode.RequestTimedOut);
                return new AlterPartitionReassignmentsResponse.ReassignablePartitionResponse
                {
                    PartitionIndex = partition.PartitionIndex,
                    ErrorCode = error.Code,
                    ErrorMessage = error.Message,
                };
            }),
        }),
    };

    private static ChangeError Check(MetadataImage image, string name, AlterPartitionReassignmentsRequest.ReassignablePartition asked)
    {
        if (image.Topics.ByName(name) is not { } topic)
            return new(ErrorCode.UnknownTopicOrPartition, $"Unable to find a topic named {name}.");
        if ((uint)asked.PartitionIndex >= (uint)topic.Partitions.Length)
            return new(ErrorCode.UnknownTopicOrPartition, $"Unable to find partition {name}:{asked.PartitionIndex}.");
        if (asked.Replicas is not { } replicas) return new(ErrorCode.NoReassignmentInProgress);
        return Assignment.Check(image, replicas, replicationFactor: 0);
    }
}
