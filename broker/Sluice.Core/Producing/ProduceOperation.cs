using Sluice.Core.Metadata.Images;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Producing;

/// <summary>
/// One Produce request on its way: split by the owners of its partitions, appended there, answered when all of them are done. It lives
/// on the shard that received the request; finished ones are used again.
/// </summary>
internal sealed class ProduceOperation
{
    /// <summary>Kafka's administration tools may write to internal topics under this name.</summary>
    private const string AdminClientId = "__admin_client";

    private readonly ProduceOperations _pool;
    private readonly ProduceRequest _request = new();
    private readonly ProduceAnswer _answer = new();
    private readonly ProducePart?[] _parts;
    private RequestContext _client = null!;
    private int _partsPending;

    /// <param name="pool">Where the operation returns to.</param>
    /// <param name="shardCount">How many shards there are.</param>
    public ProduceOperation(ProduceOperations pool, int shardCount)
    {
        _pool = pool;
        _parts = new ProducePart?[shardCount];
    }

    /// <summary>Reads a request and sends its batches to their partitions.</summary>
    public void Start(Shard shard, RequestContext client)
    {
        RequestReader.Read(shard, client, _request);
        _client = client;
        _answer.Clear();
        bool acksAreValid = _request.Acks is 0 or 1 or -1;
        foreach (ProduceRequest.TopicProduceData data in _request.TopicData)
        {
            ProduceResponse.TopicProduceResponse answer = _answer.AddTopic(data.Name, data.TopicId);
            TopicImage? topic = client.Version >= 13 ? shard.Image.Topics.ById(data.TopicId) : shard.Image.Topics.ByName(data.Name);
            foreach (ProduceRequest.PartitionProduceData partition in data.PartitionData)
            {
                ProduceResponse.PartitionProduceResponse response = _answer.AddPartition(answer, partition.Index);
                response.ErrorCode = acksAreValid ? Find(shard, topic, partition.Index, response) : ErrorCode.InvalidRequiredAcks;
                if (response.ErrorCode != ErrorCode.None) continue;
                int owner = shard.OwnerOf(topic!.Id, partition.Index);
                (_parts[owner] ??= new ProducePart(this, shard.Index, owner)).Add(topic.Id, partition, response);
            }
        }
        // Batches that are appended lie in the request's frame until the end of the turn: from here on it cannot just be dropped.
        client.BeginChange();
        SendParts(shard);
    }

    /// <summary>Told when the partitions of one shard have their answers.</summary>
    public void PartIsDone(Shard shard)
    {
        if (--_partsPending == 0) Answer();
    }

    private ErrorCode Find(Shard shard, TopicImage? topic, int index, ProduceResponse.PartitionProduceResponse response)
    {
        if (topic is null) return _client.Version >= 13 ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition;
        if ((uint)index >= (uint)topic.Partitions.Length) return ErrorCode.UnknownTopicOrPartition;
        PartitionImage partition = topic.Partitions[index];
        if (partition.Leader == shard.Node.NodeId) return ErrorCode.None;
        if (_client.Version >= 10) response.CurrentLeader = new ProduceResponse.LeaderIdAndEpoch { LeaderId = partition.Leader, LeaderEpoch = partition.LeaderEpoch };
        return ErrorCode.NotLeaderOrFollower;
    }

    private void SendParts(Shard shard)
    {
        // One more than the parts, so that none of them finishes the request before all are under way.
        _partsPending = 1;
        for (int owner = 0; owner < _parts.Length; owner++)
        {
            if (_parts[owner] is not { Count: > 0 } part) continue;
            part.Version = _client.Version;
            part.Acks = _request.Acks;
            part.TimeoutMs = _request.TimeoutMs;
            part.MayWriteInternalTopics = _client.ClientId == AdminClientId;
            _partsPending++;
            if (owner != shard.Index) shard.Host.Post(owner, part);
        }
        if (_parts[shard.Index] is { Count: > 0 } own) own.Start(shard);
        PartIsDone(shard);
    }

    private void Answer()
    {
        RequestContext client = _client;
        _client = null!;
        foreach (ProducePart? part in _parts) part?.Clear();
        if (_request.Acks != 0) client.Respond(_answer.Response);
        else if (_answer.FirstError() is { } error) client.CloseConnection($"Produce with acks=0, which has no answer, failed: {error}");
        else client.RespondNothing();
        if (_answer.IsSmall) _pool.Return(this);
    }
}
