using Sluice.Core.Groups;
using Sluice.Core.Groups.Coordination;
using Sluice.Core.Metadata.Images;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using PartitionAnswer = Sluice.Protocol.Messages.OffsetCommitResponse.OffsetCommitResponsePartition;
using TopicAnswer = Sluice.Protocol.Messages.OffsetCommitResponse.OffsetCommitResponseTopic;

namespace Sluice.Core.Api;

/// <summary>OffsetCommit: how far a group has come. Partitions that do not exist are refused, the others go to the group's coordinator.</summary>
internal sealed class OffsetCommit() : ApiHandler<OffsetCommitRequest>(ApiKey.OffsetCommit, OffsetCommitRequest.MinVersion, OffsetCommitRequest.MaxVersion)
{
    private const short IdsVersion = 10;

    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, OffsetCommitRequest request)
    {
        var refused = new OffsetCommitResponse();
        request.Topics = Known(shard, context.Version, request.Topics, refused);
        if (request.Topics.Count == 0)
        {
            context.Respond(refused);
            return;
        }
        short version = context.Version;
        GroupRouter.Ask<OffsetCommitResponse>(
            shard,
            request.GroupId,
            error => GroupCommits.Refusal(request, error),
            (coordinator, answer) => coordinator.Groups.Commits.Commit(request, version, answer),
            response => context.Respond(Merge(refused, response, version)));
    }

    private static List<OffsetCommitRequest.OffsetCommitRequestTopic> Known(
        Shard shard, short version, List<OffsetCommitRequest.OffsetCommitRequestTopic> asked, OffsetCommitResponse refused)
    {
        var known = new List<OffsetCommitRequest.OffsetCommitRequestTopic>();
        foreach (OffsetCommitRequest.OffsetCommitRequestTopic topic in asked)
        {
            TopicImage? image = version >= IdsVersion ? shard.Image.Topics.ById(topic.TopicId) : shard.Image.Topics.ByName(topic.Name);
            ErrorCode missing = image is null && version >= IdsVersion ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition;
            int partitions = image?.Partitions.Length ?? 0;
            List<PartitionAnswer> unknown = [.. topic.Partitions.Where(p => (uint)p.PartitionIndex >= (uint)partitions).Select(p => new PartitionAnswer { PartitionIndex = p.PartitionIndex, ErrorCode = missing })];
            if (unknown.Count > 0) refused.Topics.Add(new TopicAnswer { Name = topic.Name, TopicId = topic.TopicId, Partitions = unknown });
            topic.Partitions.RemoveAll(p => (uint)p.PartitionIndex >= (uint)partitions);
            if (topic.Partitions.Count == 0) continue;
            topic.Name = image!.Name;
            topic.TopicId = image.Id;
            known.Add(topic);
        }
        return known;
    }

    private static OffsetCommitResponse Merge(OffsetCommitResponse refused, OffsetCommitResponse response, short version)
    {
        if (refused.Topics.Count == 0) return response;
        // A topic that was asked for twice is answered in the first place; without a table very many topics would cost their square.
        var answers = new Dictionary<(string, Uuid), TopicAnswer>(refused.Topics.Count);
        foreach (TopicAnswer topic in refused.Topics) answers.TryAdd(Key(topic), topic);
        foreach (TopicAnswer topic in response.Topics)
        {
            if (answers.TryGetValue(Key(topic), out TopicAnswer? same)) same.Partitions.AddRange(topic.Partitions);
            else refused.Topics.Add(topic);
        }
        return refused;

        (string, Uuid) Key(TopicAnswer topic) => version >= IdsVersion ? ("", topic.TopicId) : (topic.Name, Uuid.Zero);
    }
}
