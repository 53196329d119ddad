using System.Text;
using Sluice.Core.Groups.Records;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Groups;

/// <summary>Commits, tells and deletes the offsets of groups. Behaves as Kafka's coordinator does.</summary>
internal sealed class GroupCommits(IGroupHost host, GroupTable table, GroupRebalance rebalance)
{
    private const short NotFoundVersion = 9;

    /// <summary>Offsets that were committed since the start.</summary>
    public long CommittedCount { get; private set; }

    /// <summary>Commits offsets of a member, or of a client that uses the group for nothing else.</summary>
    /// <param name="request">The request, its topics named and known to exist.</param>
    /// <param name="version">The version of the request.</param>
    /// <param name="answer">Where the answer goes, when the offsets are safe.</param>
    public void Commit(OffsetCommitRequest request, short version, IAnswer<OffsetCommitResponse> answer)
    {
        ErrorCode error = Check(request, version);
        if (error != ErrorCode.None)
        {
            answer.Send(Refusal(request, error));
            return;
        }
        var response = new OffsetCommitResponse();
        List<GroupRecord> records = ToRecords(request, response);
        error = table.WriteAndReplay(records);
        if (error != ErrorCode.None)
        {
            answer.Send(Refusal(request, error == ErrorCode.MessageTooLarge ? ErrorCode.InvalidCommitOffsetSize : error));
            return;
        }
        CommittedCount += records.Count;
        host.WhenDurableInTime(failure => answer.Send(failure == ErrorCode.None ? response : Refusal(request, failure)));
    }

    /// <summary>The answer that refuses every partition alike.</summary>
    public static OffsetCommitResponse Refusal(OffsetCommitRequest request, ErrorCode error) => new()
    {
        Topics = request.Topics.ConvertAll(topic => new OffsetCommitResponse.OffsetCommitResponseTopic
        {
            Name = topic.Name,
            TopicId = topic.TopicId,
            Partitions = topic.Partitions.ConvertAll(p => new OffsetCommitResponse.OffsetCommitResponsePartition { PartitionIndex = p.PartitionIndex, ErrorCode = error }),
        }),
    };

    /// <summary>Tells the offsets of a group: of partitions that were named, or all. What is not committed, or of no group, is -1.</summary>
    public OffsetFetchResponse.OffsetFetchResponseGroup Fetch(OffsetFetchRequest.OffsetFetchRequestGroup request)
    {
        GroupOffsets? offsets = table.Find(request.GroupId)?.Offsets;
        var answer = new OffsetFetchResponse.OffsetFetchResponseGroup { GroupId = request.GroupId };
        if (request.Topics is null)
        {
            if (offsets is not null) answer.Topics = [.. offsets.Topics.Select(t => ToAnswer(t.Key, t.Value))];
            return answer;
        }
        foreach (OffsetFetchRequest.OffsetFetchRequestTopics topic in request.Topics)
        {
            answer.Topics.Add(new OffsetFetchResponse.OffsetFetchResponseTopics
            {
                Name = topic.Name,
                TopicId = topic.TopicId,
                Partitions = topic.PartitionIndexes.ConvertAll(p => ToAnswer(p, OfTopic(offsets?.Find(topic.Name, p), topic.TopicId))),
            });
        }
        return answer;
    }

    /// <summary>Deletes offsets, of topics that no member reads.</summary>
    public void Delete(OffsetDeleteRequest request, IAnswer<OffsetDeleteResponse> answer)
    {
        if (table.Find(request.GroupId) is not { } group)
        {
            answer.Send(new OffsetDeleteResponse { ErrorCode = ErrorCode.GroupIdNotFound });
            return;
        }
        if (group.State != GroupState.Empty && !group.IsOfConsumers)
        {
            answer.Send(new OffsetDeleteResponse { ErrorCode = ErrorCode.NonEmptyGroup });
            return;
        }
        var response = new OffsetDeleteResponse();
        var records = new List<GroupRecord>();
        foreach (OffsetDeleteRequest.OffsetDeleteRequestTopic topic in request.Topics)
        {
            bool isRead = group.IsSubscribedTo(topic.Name);
            var answered = new OffsetDeleteResponse.OffsetDeleteResponseTopic { Name = topic.Name };
            response.Topics.Add(answered);
            foreach (int partition in topic.Partitions.Select(p => p.PartitionIndex))
            {
                answered.Partitions.Add(new() { PartitionIndex = partition, ErrorCode = isRead ? ErrorCode.GroupSubscribedToTopic : ErrorCode.None });
                if (!isRead && group.Offsets.Find(topic.Name, partition) is not null) records.Add(GroupRecord.NoOffset(group.Id, topic.Name, partition));
            }
        }
        ErrorCode error = table.WriteAndReplay(records);
        if (error != ErrorCode.None) answer.Send(new OffsetDeleteResponse { ErrorCode = ErrorCode.UnknownServerError });
        else host.WhenDurableInTime(failure => answer.Send(failure == ErrorCode.None ? response : new OffsetDeleteResponse { ErrorCode = failure }));
    }

    private static OffsetFetchResponse.OffsetFetchResponseTopics ToAnswer(string topic, SortedDictionary<int, CommittedOffset> partitions) =>
        new() { Name = topic, Partitions = [.. partitions.Select(p => ToAnswer(p.Key, p.Value))] };

    private static OffsetFetchResponse.OffsetFetchResponsePartitions ToAnswer(int partition, CommittedOffset? offset) => new()
    {
        PartitionIndex = partition,
        CommittedOffset = offset?.Offset ?? -1,
        CommittedLeaderEpoch = offset?.LeaderEpoch ?? -1,
        Metadata = offset?.Metadata ?? "",
    };

    /// <summary>An offset of an older topic of the same name says nothing of this one.</summary>
    private static CommittedOffset? OfTopic(CommittedOffset? offset, Uuid topicId) =>
        offset is null || offset.TopicId == Uuid.Zero || topicId == Uuid.Zero || offset.TopicId == topicId ? offset : null;

    private ErrorCode Check(OffsetCommitRequest request, short version)
    {
        int generation = request.GenerationIdOrMemberEpoch;
        if (request.GroupId.Length > Limits.GroupNameCharsMax) return ErrorCode.InvalidGroupId;
        if (table.Find(request.GroupId) is not { } group)
        {
            if (generation < 0) return ErrorCode.None;
            return version >= NotFoundVersion ? ErrorCode.GroupIdNotFound : ErrorCode.IllegalGeneration;
        }
        if (generation < 0 && group.State == GroupState.Empty) return ErrorCode.None;
        if (PlantedGroupFaults.Has(PlantedGroupFault.CommitsOfOldGenerations)) return ErrorCode.None;
        if (generation < 0 && request.MemberId.Length == 0 && request.GroupInstanceId is null) return ErrorCode.UnknownMemberId;
        ErrorCode error = group.Check(request.MemberId, request.GroupInstanceId);
        if (error != ErrorCode.None) return error;
        if (generation != group.Generation) return ErrorCode.IllegalGeneration;
        if (group.State == GroupState.CompletingRebalance) return ErrorCode.RebalanceInProgress;
        // A member that commits lives.
        rebalance.RestartSession(group, group.Find(request.MemberId)!);
        return ErrorCode.None;
    }

    // Text that was not UTF-8 when it came may be three times as long when it is written.
    private bool IsTooLong(string? metadata) =>
        metadata is not null && (metadata.Length > host.Settings.OffsetMetadataMax || (metadata.Length > Limits.GroupNameCharsMax && Encoding.UTF8.GetByteCount(metadata) > short.MaxValue));

    private List<GroupRecord> ToRecords(OffsetCommitRequest request, OffsetCommitResponse response)
    {
        var records = new List<GroupRecord>();
        long now = host.NowMs;
        long expires = request.RetentionTimeMs == -1 ? -1 : Math.Max(0, now + request.RetentionTimeMs);
        foreach (OffsetCommitRequest.OffsetCommitRequestTopic topic in request.Topics)
        {
            var answered = new OffsetCommitResponse.OffsetCommitResponseTopic { Name = topic.Name, TopicId = topic.TopicId };
            response.Topics.Add(answered);
            foreach (OffsetCommitRequest.OffsetCommitRequestPartition partition in topic.Partitions)
            {
                bool isTooLong = IsTooLong(partition.CommittedMetadata);
                answered.Partitions.Add(new()
                {
                    PartitionIndex = partition.PartitionIndex,
                    ErrorCode = isTooLong ? ErrorCode.OffsetMetadataTooLarge : ErrorCode.None,
                });
                if (isTooLong) continue;
                var offset = new CommittedOffset(partition.CommittedOffset, partition.CommittedLeaderEpoch, partition.CommittedMetadata ?? "", now, expires, topic.TopicId);
                records.Add(GroupRecord.Offset(request.GroupId, topic.Name, partition.PartitionIndex, offset));
            }
        }
        return records;
    }
}
