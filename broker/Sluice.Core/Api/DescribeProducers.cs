using Sluice.Core.Metadata;
using Sluice.Core.Metadata.Changes;
using Sluice.Core.Metadata.Images;
using Sluice.Core.Partitions;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Sluice.Storage.Producers;

namespace Sluice.Core.Api;

/// <summary>DescribeProducers (KIP-664): the idempotent and transactional producers that partitions remember.</summary>
internal sealed class DescribeProducers()
    : ApiHandler<DescribeProducersRequest>(ApiKey.DescribeProducers, DescribeProducersRequest.MinVersion, DescribeProducersRequest.MaxVersion)
{
    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, DescribeProducersRequest request)
    {
        var response = new DescribeProducersResponse();
        var gathering = new Gathering(() => context.Respond(response));
        foreach (DescribeProducersRequest.TopicRequest asked in request.Topics)
        {
            var topicAnswer = new DescribeProducersResponse.TopicResponse { Name = asked.Name };
            response.Topics.Add(topicAnswer);
            TopicImage? topic = shard.Image.Topics.ByName(asked.Name);
            ChangeError missing = TopicNames.Check(asked.Name) is { } invalid
                ? new(ErrorCode.InvalidTopicException, invalid)
                : new(ErrorCode.UnknownTopicOrPartition, topic is null ? "This server does not host this topic-partition." : null);
            foreach (int partition in asked.PartitionIndexes)
            {
                var answer = new DescribeProducersResponse.PartitionResponse { PartitionIndex = partition, ErrorCode = missing.Code, ErrorMessage = missing.Message };
                topicAnswer.Partitions.Add(answer);
                if (topic is null || (uint)partition >= (uint)topic.Partitions.Length) continue;
                gathering.Ask(shard, shard.OwnerOf(topic.Id, partition), owner => Answer(owner.Partitions.Find(topic.Id, partition), answer));
            }
        }
        gathering.AllAreAsked();
    }

    private static void Answer(Partition? partition, DescribeProducersResponse.PartitionResponse answer)
    {
        answer.ErrorMessage = null;
        answer.ErrorCode = partition is null ? ErrorCode.NotLeaderOrFollower : partition.Log is null ? ErrorCode.KafkaStorageError : ErrorCode.None;
        if (partition?.Log is not { } log) return;
        foreach (ProducerSummary producer in log.Producers.Describe())
        {
            answer.ActiveProducers.Add(new()
            {
                ProducerId = producer.ProducerId,
                ProducerEpoch = producer.Epoch,
                LastSequence = producer.LastSequence,
                LastTimestamp = producer.LastTimestamp,
                CoordinatorEpoch = producer.CoordinatorEpoch,
                CurrentTxnStartOffset = producer.TransactionFirstOffset,
            });
        }
    }
}
