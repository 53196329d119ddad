using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Producing;

/// <summary>Builds the answer to a Produce request; reuses its message objects.</summary>
internal sealed class ProduceAnswer
{
    private readonly List<ProduceResponse.TopicProduceResponse> _topics = [];
    private readonly List<ProduceResponse.PartitionProduceResponse> _partitions = [];
    private int _topicCount;
    private int _partitionCount;

    /// <summary>The answer so far.</summary>
    public ProduceResponse Response { get; } = new();

    /// <summary>Whether what it keeps for the next answer is worth its memory.</summary>
    public bool IsSmall => _topics.Count <= Limits.KeptEntriesMax && _partitions.Count <= Limits.KeptEntriesMax;

    /// <summary>Begins a new answer.</summary>
    public void Clear()
    {
        _topicCount = 0;
        _partitionCount = 0;
        Response.Responses.Clear();
        Response.NodeEndpoints.Clear();
        Response.ThrottleTimeMs = 0;
    }

    /// <summary>Adds a topic.</summary>
    public ProduceResponse.TopicProduceResponse AddTopic(string name, Uuid id)
    {
        if (_topicCount == _topics.Count) _topics.Add(new ProduceResponse.TopicProduceResponse());
        ProduceResponse.TopicProduceResponse topic = _topics[_topicCount++];
        topic.Name = name;
        topic.TopicId = id;
        topic.PartitionResponses.Clear();
        Response.Responses.Add(topic);
        return topic;
    }

    /// <summary>Adds a partition that has nothing to say yet.</summary>
    public ProduceResponse.PartitionProduceResponse AddPartition(ProduceResponse.TopicProduceResponse topic, int index)
    {
        if (_partitionCount == _partitions.Count) _partitions.Add(new ProduceResponse.PartitionProduceResponse());
        ProduceResponse.PartitionProduceResponse partition = _partitions[_partitionCount++];
        partition.Index = index;
        partition.ErrorCode = ErrorCode.None;
        partition.BaseOffset = -1;
        partition.LogAppendTimeMs = -1;
        partition.LogStartOffset = -1;
        if (partition.RecordErrors.Count > 0) partition.RecordErrors = [];
        partition.ErrorMessage = null;
        partition.CurrentLeader = null;
        topic.PartitionResponses.Add(partition);
        return partition;
    }

    /// <summary>The first error of the answer as a text for the log; null when there is none.</summary>
    public string? FirstError()
    {
        foreach (ProduceResponse.TopicProduceResponse topic in Response.Responses)
        {
            foreach (ProduceResponse.PartitionProduceResponse partition in topic.PartitionResponses)
            {
                if (partition.ErrorCode != ErrorCode.None)
                    return $"{(topic.Name.Length > 0 ? topic.Name : topic.TopicId.ToString())}-{partition.Index}: {partition.ErrorCode} {partition.ErrorMessage}";
            }
        }
        return null;
    }
}
