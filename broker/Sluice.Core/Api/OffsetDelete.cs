using Sluice.Core.Groups.Coordination;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using PartitionAnswer = Sluice.Protocol.Messages.OffsetDeleteResponse.OffsetDeleteResponsePartition;
using TopicAnswer = Sluice.Protocol.Messages.OffsetDeleteResponse.OffsetDeleteResponseTopic;

namespace Sluice.Core.Api;

/// <summary>OffsetDelete: forgets how far a group has come in partitions that none of its members reads (KIP-496).</summary>
internal sealed class OffsetDelete() : ApiHandler<OffsetDeleteRequest>(ApiKey.OffsetDelete, OffsetDeleteRequest.MinVersion, OffsetDeleteRequest.MaxVersion)
{
    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, OffsetDeleteRequest request)
    {
        if (request.GroupId.Length == 0)
        {
            context.Respond(Refusal(ErrorCode.InvalidGroupId));
            return;
        }
        var unknown = new List<TopicAnswer>();
        foreach (OffsetDeleteRequest.OffsetDeleteRequestTopic topic in request.Topics)
        {
            int partitions = shard.Image.Topics.ByName(topic.Name) is { } image ? image.Partitions.Length : 0;
            List<PartitionAnswer> missing =
            [
                .. topic.Partitions.Select(p => p.PartitionIndex).Where(p => (uint)p >= (uint)partitions)
                    .Select(p => new PartitionAnswer { PartitionIndex = p, ErrorCode = ErrorCode.UnknownTopicOrPartition }),
            ];
            if (missing.Count > 0) unknown.Add(new TopicAnswer { Name = topic.Name, Partitions = missing });
            topic.Partitions.RemoveAll(p => (uint)p.PartitionIndex >= (uint)partitions);
        }
        request.Topics.RemoveAll(t => t.Partitions.Count == 0);
        GroupRouter.Ask<OffsetDeleteResponse>(
            shard, request.GroupId, Refusal, (coordinator, answer) => coordinator.Groups.Commits.Delete(request, answer), response => context.Respond(Merge(unknown, response)));
    }

    private static OffsetDeleteResponse Refusal(ErrorCode error) => new() { ErrorCode = error };

    private static OffsetDeleteResponse Merge(List<TopicAnswer> unknown, OffsetDeleteResponse response)
    {
        if (unknown.Count == 0 || response.ErrorCode != ErrorCode.None) return response;
        foreach (TopicAnswer topic in response.Topics)
        {
            if (unknown.Find(t => t.Name == topic.Name) is { } same) same.Partitions.AddRange(topic.Partitions);
            else unknown.Add(topic);
        }
        response.Topics = unknown;
        return response;
    }
}
