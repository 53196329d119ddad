using Sluice.Core.Listing;
using Sluice.Core.Metadata.Images;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Sluice.Storage.Files;

namespace Sluice.Core.Api;

/// <summary>
/// OffsetForLeaderEpoch (KIP-101, KIP-320): where the records of a leader epoch end, so that a client whose log of what it read went
/// another way finds the last offset that both have.
/// </summary>
internal sealed class OffsetForLeaderEpoch()
    : ApiHandler<OffsetForLeaderEpochRequest>(ApiKey.OffsetForLeaderEpoch, OffsetForLeaderEpochRequest.MinVersion, OffsetForLeaderEpochRequest.MaxVersion)
{
    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, OffsetForLeaderEpochRequest request)
    {
        var response = new OffsetForLeaderEpochResponse();
        var gathering = new Gathering(() => context.Respond(response));
        foreach (OffsetForLeaderEpochRequest.OffsetForLeaderTopic asked in request.Topics)
        {
            var topicAnswer = new OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult { Topic = asked.Topic };
            response.Topics.Add(topicAnswer);
            TopicImage? topic = shard.Image.Topics.ByName(asked.Topic);
            foreach (OffsetForLeaderEpochRequest.OffsetForLeaderPartition partition in asked.Partitions)
            {
                var answer = new OffsetForLeaderEpochResponse.EpochEndOffset { Partition = partition.Partition, ErrorCode = ErrorCode.UnknownTopicOrPartition };
                topicAnswer.Partitions.Add(answer);
                if (topic is null || (uint)partition.Partition >= (uint)topic.Partitions.Length) continue;
                gathering.Ask(shard, shard.OwnerOf(topic.Id, partition.Partition), owner => Answer(owner, topic.Id, partition, answer));
            }
        }
        gathering.AllAreAsked();
    }

    private static void Answer(
        Shard owner, Uuid topicId, OffsetForLeaderEpochRequest.OffsetForLeaderPartition asked, OffsetForLeaderEpochResponse.EpochEndOffset answer)
    {
        if (owner.Partitions.Find(topicId, asked.Partition) is not { } partition)
        {
            // The metadata of the asking shard knew it: it belongs to another broker, or has just been deleted.
            answer.ErrorCode = ErrorCode.NotLeaderOrFollower;
            return;
        }
        answer.ErrorCode = OffsetSearch.FindEndOfEpoch(partition, asked.CurrentLeaderEpoch, asked.LeaderEpoch, out EpochEnd end);
        answer.LeaderEpoch = end.Epoch;
        answer.EndOffset = end.EndOffset;
    }
}
