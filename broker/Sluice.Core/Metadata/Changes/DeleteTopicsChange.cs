using Sluice.Core.Metadata.Images;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Metadata.Changes;

/// <summary>Deletes topics, by name or by id.</summary>
internal static class DeleteTopicsChange
{
    public static ChangeResult<DeleteTopicsResponse> Compute(ChangeScope scope, DeleteTopicsRequest request, short version)
    {
        List<Target> targets = Targets(request, version);
        if (!scope.Properties.DeleteTopics)
        {
            ErrorCode error = version >= 3 ? ErrorCode.TopicDeletionDisabled : ErrorCode.InvalidRequest;
            return new([], Answer(targets.Select(t => Result(t, new(error)))));
        }
        var records = new List<ChangeRecord>();
        var results = new List<DeleteTopicsResponse.DeletableTopicResult>();
        HashSet<Uuid> byId = [.. targets.Where(t => t.Name is null).Select(t => t.Id)];
        HashSet<Uuid> byBoth = [.. targets.Where(t => t.Id == Uuid.Zero && t.Name is not null).Select(t => scope.Image.Topics.ByName(t.Name!)?.Id ?? Uuid.Zero).Where(id => id != Uuid.Zero && byId.Contains(id))];
        foreach (var group in targets.GroupBy(t => t))
        {
            Target target = group.Key;
            // Who names a topic in two ways may mean two topics: it stays, and one answer, as in Kafka, says so.
            if (target.Name is null && byBoth.Contains(target.Id)) continue;
            ChangeError error = Find(scope.Image, target, isDuplicate: group.Count() > 1, out TopicImage? topic);
            if (!error.IsError)
            {
                target = new(topic!.Name, topic.Id);
                if (byBoth.Contains(topic.Id)) error = new(ErrorCode.InvalidRequest, "The provided topic name maps to an ID that was already supplied.");
                else records.Add(new(new RemoveTopicRecord { TopicId = topic.Id }));
            }
            results.Add(Result(target, error));
        }
        return new(records, Answer(results));
    }

    /// <summary>The answer that refuses every topic alike.</summary>
    public static DeleteTopicsResponse Refuse(DeleteTopicsRequest request, short version, ErrorCode error) =>
        Answer(Targets(request, version).Distinct().Select(t => Result(t, new(error))));

    private static ChangeError Find(MetadataImage image, Target target, bool isDuplicate, out TopicImage? topic)
    {
        topic = null;
        bool byId = target.Id != Uuid.Zero;
        if (target.Name is null && !byId) return new(ErrorCode.InvalidRequest, "Neither topic name nor id were specified.");
        if (target.Name is not null && byId) return new(ErrorCode.InvalidRequest, "You may not specify both topic name and topic id.");
        if (isDuplicate) return new(ErrorCode.InvalidRequest, byId ? "Duplicate topic id." : "Duplicate topic name.");
        topic = byId ? image.Topics.ById(target.Id) : image.Topics.ByName(target.Name!);
        if (topic is not null) return ChangeError.None;
        return byId
            ? new(ErrorCode.UnknownTopicId, "This server does not host this topic ID.")
            : new(ErrorCode.UnknownTopicOrPartition, "This server does not host this topic-partition.");
    }

    private static List<Target> Targets(DeleteTopicsRequest request, short version) => version >= 6
        ? request.Topics.ConvertAll(t => new Target(t.Name, t.TopicId))
        : request.TopicNames.ConvertAll(name => new Target(name, Uuid.Zero));

    private static DeleteTopicsResponse Answer(IEnumerable<DeleteTopicsResponse.DeletableTopicResult> results) => new() { Responses = [.. results] };

    private static DeleteTopicsResponse.DeletableTopicResult Result(Target target, ChangeError error) =>
        new() { Name = target.Name, TopicId = target.Id, ErrorCode = error.Code, ErrorMessage = error.Message };

    private readonly record struct Target(string? Name, Uuid Id);
}
