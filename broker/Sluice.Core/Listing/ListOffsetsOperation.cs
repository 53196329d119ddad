using Sluice.Core.Metadata.Images;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Sluice.Storage.Logs;

namespace Sluice.Core.Listing;

/// <summary>One ListOffsets request: each partition is asked on the shard that owns it, and the answer leaves when all have answered.</summary>
internal sealed class ListOffsetsOperation(RequestContext client, ListOffsetsRequest request)
{
    // What clients that only read say; others, brokers or tools, are told of what is not yet visible too.
    private const int ConsumerId = -1;

    private readonly ListOffsetsResponse _response = new();
    private int _pending = 1;

    /// <summary>Asks the partitions.</summary>
    public void Start(Shard shard)
    {
        var parts = new ListOffsetsPart?[shard.Host.ShardCount];
        HashSet<(string, int)>? duplicates = FindDuplicates();
        var refused = new HashSet<(string, int)>();
        Dictionary<string, ListOffsetsResponse.ListOffsetsTopicResponse>? answers = request.Topics.Count > 1 ? new(StringComparer.Ordinal) : null;
        foreach (ListOffsetsRequest.ListOffsetsTopic asked in request.Topics)
        {
            // As in Kafka, a topic without partitions has no answer, and one that is named twice has one.
            if (asked.Partitions.Count == 0) continue;
            ListOffsetsResponse.ListOffsetsTopicResponse? topicAnswer = null;
            if (answers?.TryGetValue(asked.Name, out topicAnswer) != true)
            {
                topicAnswer = new() { Name = asked.Name };
                _response.Topics.Add(topicAnswer);
                answers?.Add(asked.Name, topicAnswer);
            }
            TopicImage? topic = shard.Image.Topics.ByName(asked.Name);
            foreach (ListOffsetsRequest.ListOffsetsPartition partition in asked.Partitions)
            {
                bool isDuplicate = duplicates?.Contains((asked.Name, partition.PartitionIndex)) ?? false;
                if (isDuplicate && !refused.Add((asked.Name, partition.PartitionIndex))) continue;
                var answer = new ListOffsetsResponse.ListOffsetsPartitionResponse { PartitionIndex = partition.PartitionIndex, Timestamp = -1, Offset = -1, LeaderEpoch = -1 };
                topicAnswer!.Partitions.Add(answer);
                answer.ErrorCode = Check(shard, topic, partition, isDuplicate);
                if (answer.ErrorCode != ErrorCode.None) continue;
                int owner = shard.OwnerOf(topic!.Id, partition.PartitionIndex);
                (parts[owner] ??= new ListOffsetsPart(this, shard.Index, tellsEpoch: client.Version >= 4, isDebugger: request.ReplicaId != ConsumerId)).Add(topic.Id, partition, answer);
            }
        }
        foreach (ListOffsetsPart? part in parts)
        {
            if (part is not null) _pending++;
        }
        for (int owner = 0; owner < parts.Length; owner++)
        {
            if (parts[owner] is not { } part) continue;
            if (owner == shard.Index) part.Answer(shard);
            else shard.Host.Post(owner, part);
        }
        PartIsDone();
    }

    /// <summary>Told when one shard has answered.</summary>
    public void PartIsDone()
    {
        if (--_pending == 0) client.Respond(_response);
    }

    private ErrorCode Check(Shard shard, TopicImage? topic, ListOffsetsRequest.ListOffsetsPartition partition, bool isDuplicate)
    {
        if (isDuplicate) return ErrorCode.InvalidRequest;
        if (!OffsetQuery.IsKnown(partition.Timestamp, client.Version)) return ErrorCode.UnsupportedVersion;
        if (topic is null || (uint)partition.PartitionIndex >= (uint)topic.Partitions.Length) return ErrorCode.UnknownTopicOrPartition;
        bool leads = topic.Partitions[partition.PartitionIndex].Leader == shard.Node.NodeId;
        return leads ? ErrorCode.None : ErrorCode.NotLeaderOrFollower;
    }

    private HashSet<(string Topic, int Partition)>? FindDuplicates()
    {
        HashSet<(string, int)>? duplicates = null;
        var seen = new HashSet<(string, int)>();
        foreach (ListOffsetsRequest.ListOffsetsTopic topic in request.Topics)
        {
            foreach (ListOffsetsRequest.ListOffsetsPartition partition in topic.Partitions)
            {
                if (!seen.Add((topic.Name, partition.PartitionIndex))) (duplicates ??= []).Add((topic.Name, partition.PartitionIndex));
            }
        }
        return duplicates;
    }
}

/// <summary>The partitions of a ListOffsets request that one shard owns.</summary>
internal sealed class ListOffsetsPart(ListOffsetsOperation operation, int home, bool tellsEpoch, bool isDebugger) : ShardTask
{
    private readonly List<(Uuid TopicId, ListOffsetsRequest.ListOffsetsPartition Asked, ListOffsetsResponse.ListOffsetsPartitionResponse Answer)> _entries = [];
    private int _open;
    private bool _isAnswered;

    /// <summary>Whether the client may look beyond the high watermark.</summary>
    public bool IsDebugger { get; } = isDebugger;

    /// <summary>Adds a partition; this part alone touches its answer until it is done.</summary>
    public void Add(Uuid topicId, ListOffsetsRequest.ListOffsetsPartition asked, ListOffsetsResponse.ListOffsetsPartitionResponse answer) =>
        _entries.Add((topicId, asked, answer));

    /// <inheritdoc/>
    public override void Run(Shard shard)
    {
        if (_isAnswered)
        {
            operation.PartIsDone();
            return;
        }
        Answer(shard);
    }

    /// <summary>Answers, on the owner of the partitions; those that take a search by time when that is over.</summary>
    public void Answer(Shard owner)
    {
        _open = _entries.Count;
        foreach ((Uuid topicId, ListOffsetsRequest.ListOffsetsPartition asked, ListOffsetsResponse.ListOffsetsPartitionResponse answer) in _entries)
        {
            TimestampSearch? search = null;
            ListedOffset? found = owner.Partitions.Find(topicId, asked.PartitionIndex) is { } partition
                ? OffsetSearch.Find(owner, partition, asked.Timestamp, asked.CurrentLeaderEpoch, IsDebugger, out search)
                : ListedOffset.Failed(ErrorCode.UnknownTopicOrPartition);
            if (found is { } result) Found(owner, answer, result);
            else owner.Partitions.Searches.Add(new PartitionSearch(this, topicId, answer, search!));
        }
    }

    /// <summary>Takes the answer of a partition; the last one completes the part.</summary>
    public void Found(Shard owner, ListOffsetsResponse.ListOffsetsPartitionResponse answer, ListedOffset found)
    {
        answer.ErrorCode = found.Error;
        answer.Offset = found.Offset;
        answer.Timestamp = found.Timestamp;
        answer.LeaderEpoch = tellsEpoch ? found.LeaderEpoch : -1;
        if (--_open > 0) return;
        _isAnswered = true;
        if (owner.Index == home) operation.PartIsDone();
        else owner.Host.Post(home, this);
    }
}
