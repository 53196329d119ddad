using Sluice.Core.Groups.Coordination;
using Sluice.Core.Metadata.Images;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Metadata.Changes;

/// <summary>Adds partitions to topics.</summary>
internal static class CreatePartitionsChange
{
    public static ChangeResult<CreatePartitionsResponse> Compute(ChangeScope scope, CreatePartitionsRequest request)
    {
        var records = new List<ChangeRecord>();
        var results = new List<CreatePartitionsResponse.CreatePartitionsTopicResult>();
        int added = 0;
        foreach (var group in request.Topics.GroupBy(t => t.Name, StringComparer.Ordinal))
        {
            ChangeError error = group.Count() > 1
                ? new(ErrorCode.InvalidRequest, "Duplicate topic name.")
                : Grow(scope, group.First(), records, ref added);
            results.Add(new() { Name = group.Key, ErrorCode = error.Code, ErrorMessage = error.Message });
        }
        return new(request.ValidateOnly ? [] : records, new CreatePartitionsResponse { Results = results });
    }

    /// <summary>The answer that refuses every topic alike.</summary>
    public static CreatePartitionsResponse Refuse(CreatePartitionsRequest request, ErrorCode error) =>
        new() { Results = [.. request.Topics.DistinctBy(t => t.Name).Select(t => new CreatePartitionsResponse.CreatePartitionsTopicResult { Name = t.Name, ErrorCode = error })] };

    private static ChangeError Grow(ChangeScope scope, CreatePartitionsRequest.CreatePartitionsTopic asked, List<ChangeRecord> records, ref int added)
    {
        if (scope.Image.Topics.ByName(asked.Name) is not { } topic) return new(ErrorCode.UnknownTopicOrPartition);
        int current = topic.Partitions.Length;
        if (asked.Count == current) return new(ErrorCode.InvalidPartitions, $"Topic already has {current} partition(s).");
        if (asked.Count < current)
            return new(ErrorCode.InvalidPartitions, $"The topic {asked.Name} currently has {current} partition(s); {asked.Count} would not be an increase.");
        if (asked.Name == OffsetsTopic.Name)
        {
            // Kafka allows it, and then no longer finds the groups that were there before.
            return new(ErrorCode.InvalidPartitions, $"{asked.Name} keeps its {current} partition(s): a group lies in the partition that its name and their number give, so that groups would lose their offsets.");
        }
        int more = asked.Count - current;
        if (asked.Assignments is { } given && given.Count != more)
        {
            return new(ErrorCode.InvalidReplicaAssignment,
                $"Attempted to add {more} additional partition(s), but only {given.Count} assignment(s) were specified.");
        }
        if (added + more > Assignment.PartitionsOfRequestMax)
            return new(ErrorCode.PolicyViolation, "Excessively large number of partitions per request.");
        var assigned = new List<List<int>>();
        ChangeError error = Assign(scope.Image, topic, asked, more, assigned);
        if (error.IsError) return error;
        added += more;
        for (int i = 0; i < more; i++) records.Add(Assignment.NewPartition(scope.Image, topic.Id, current + i, assigned[i]));
        return ChangeError.None;
    }

    private static ChangeError Assign(
        MetadataImage image, TopicImage topic, CreatePartitionsRequest.CreatePartitionsTopic asked, int more, List<List<int>> assigned)
    {
        int replicationFactor = topic.Partitions[0].Replicas.Length;
        if (asked.Assignments is null) return Assignment.Place(image, topic.Partitions.Length, more, replicationFactor, assigned);
        foreach (CreatePartitionsRequest.CreatePartitionsAssignment assignment in asked.Assignments)
        {
            ChangeError error = Assignment.Check(image, assignment.BrokerIds, replicationFactor);
            if (error.IsError) return error;
            assigned.Add(assignment.BrokerIds);
        }
        return ChangeError.None;
    }
}
