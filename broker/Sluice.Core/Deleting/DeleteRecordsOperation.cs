using Sluice.Core.Metadata.Images;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Deleting;

/// <summary>One DeleteRecords request: each partition is cut on the shard that owns it, and the answer leaves when all cuts are durable.</summary>
internal sealed class DeleteRecordsOperation(RequestContext client, DeleteRecordsRequest request)
{
    private const long NoOffset = -1;

    private readonly DeleteRecordsResponse _response = new();
    private int _pending = 1;

    /// <summary>Sends the partitions to their owners.</summary>
    public void Start(Shard shard)
    {
        var parts = new DeleteRecordsPart?[shard.Host.ShardCount];
        foreach (DeleteRecordsRequest.DeleteRecordsTopic asked in request.Topics)
        {
            // As with Kafka, a topic without partitions is not answered.
            if (asked.Partitions.Count == 0) continue;
            DeleteRecordsResponse.DeleteRecordsTopicResult answer = AnswerOf(asked.Name);
            TopicImage? topic = shard.Image.Topics.ByName(asked.Name);
            foreach (DeleteRecordsRequest.DeleteRecordsPartition partition in asked.Partitions)
            {
                DeleteRecordsResponse.DeleteRecordsPartitionResult result = AnswerOf(answer, partition.PartitionIndex);
                result.ErrorCode = Check(shard, topic, partition.PartitionIndex);
                if (result.ErrorCode != ErrorCode.None) continue;
                int owner = shard.OwnerOf(topic!.Id, partition.PartitionIndex);
                (parts[owner] ??= new DeleteRecordsPart(this, shard.Index)).Put(topic.Id, partition.Offset, result);
            }
        }
        for (int owner = 0; owner < parts.Length; owner++)
        {
            if (parts[owner] is not { } part) continue;
            _pending++;
            if (owner == shard.Index) part.Start(shard);
            else shard.Host.Post(owner, part);
        }
        PartIsDone();
    }

    /// <summary>Told when the partitions of one shard have their answers.</summary>
    public void PartIsDone()
    {
        if (--_pending == 0) client.Respond(_response);
    }

    /// <summary>A topic or partition that is named twice is answered once; the last offset counts, as with Kafka.</summary>
    private DeleteRecordsResponse.DeleteRecordsTopicResult AnswerOf(string topic)
    {
        DeleteRecordsResponse.DeleteRecordsTopicResult? answer = _response.Topics.Find(known => known.Name == topic);
        if (answer is null) _response.Topics.Add(answer = new DeleteRecordsResponse.DeleteRecordsTopicResult { Name = topic });
        return answer;
    }

    private static DeleteRecordsResponse.DeleteRecordsPartitionResult AnswerOf(DeleteRecordsResponse.DeleteRecordsTopicResult topic, int index)
    {
        DeleteRecordsResponse.DeleteRecordsPartitionResult? answer = topic.Partitions.Find(known => known.PartitionIndex == index);
        if (answer is null) topic.Partitions.Add(answer = new DeleteRecordsResponse.DeleteRecordsPartitionResult { PartitionIndex = index, LowWatermark = NoOffset });
        return answer;
    }

    private static ErrorCode Check(Shard shard, TopicImage? topic, int index)
    {
        if (topic is null || (uint)index >= (uint)topic.Partitions.Length) return ErrorCode.UnknownTopicOrPartition;
        if (InternalTopics.Contains(topic.Name)) return ErrorCode.InvalidTopicException;
        return topic.Partitions[index].Leader == shard.Node.NodeId ? ErrorCode.None : ErrorCode.NotLeaderOrFollower;
    }
}
