using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Client.Consuming.Groups;

/// <summary>Who commits: a member of a generation, or anybody when the group has no members (generation -1).</summary>
internal readonly record struct Committer(string MemberId, int Generation, string? InstanceId)
{
    public static Committer Nobody { get; } = new("", -1, null);
}

/// <summary>Commits and looks up a group's offsets.</summary>
internal sealed class GroupOffsets(CoordinatorLink coordinator, string group)
{
    /// <summary>From these versions on topics go by id, from which nothing is gained here.</summary>
    private const short CommitNameVersionMax = 9;
    private const short FetchNameVersionMax = 9;
    private const short FetchGroupsVersion = 8;

    /// <exception cref="KafkaException">The coordinator refused an offset; the message says which and why.</exception>
    public Task CommitAsync(IReadOnlyDictionary<TopicPartition, OffsetAndEpoch> offsets, Committer committer, TimeSpan timeout, CancellationToken cancellation)
    {
        return offsets.Count == 0 ? Task.CompletedTask : coordinator.RetryAsync(Attempt, timeout, cancellation);

        async Task<bool> Attempt()
        {
            OffsetCommitResponse response = await coordinator.SendAtMostAsync(Request(offsets, committer), CommitNameVersionMax, cancellation).ConfigureAwait(false);
            foreach (OffsetCommitResponse.OffsetCommitResponseTopic topic in response.Topics)
            {
                foreach (OffsetCommitResponse.OffsetCommitResponsePartition p in topic.Partitions)
                    KafkaException.ThrowIfError(p.ErrorCode, Advice(p.ErrorCode), $"committing an offset of {topic.Name}-{p.PartitionIndex} for group '{group}'");
            }

            return true;
        }
    }

    /// <summary>The committed offsets of partitions; null for those that have none.</summary>
    public Task<Dictionary<TopicPartition, OffsetAndEpoch?>> FetchAsync(IReadOnlyCollection<TopicPartition>? partitions, TimeSpan timeout, CancellationToken cancellation)
    {
        return coordinator.RetryAsync(Attempt, timeout, cancellation);

        async Task<Dictionary<TopicPartition, OffsetAndEpoch?>> Attempt()
        {
            short version = Math.Min(await coordinator.VersionAsync(ApiKey.OffsetFetch, cancellation).ConfigureAwait(false), FetchNameVersionMax);
            return version >= FetchGroupsVersion
                ? Read(await coordinator.SendAtMostAsync(GroupsRequest(partitions), version, cancellation).ConfigureAwait(false))
                : ReadOld(await coordinator.SendAtMostAsync(OldRequest(partitions), version, cancellation).ConfigureAwait(false));
        }
    }

    private OffsetCommitRequest Request(IReadOnlyDictionary<TopicPartition, OffsetAndEpoch> offsets, Committer committer) => new()
    {
        GroupId = group,
        MemberId = committer.MemberId,
        GenerationIdOrMemberEpoch = committer.Generation,
        GroupInstanceId = committer.InstanceId,
        Topics = [.. offsets.GroupBy(o => o.Key.Topic).Select(topic => new OffsetCommitRequest.OffsetCommitRequestTopic
        {
            Name = topic.Key,
            Partitions = [.. topic.Select(o => new OffsetCommitRequest.OffsetCommitRequestPartition
            {
                PartitionIndex = o.Key.Partition, CommittedOffset = o.Value.Offset, CommittedLeaderEpoch = o.Value.LeaderEpoch, CommittedMetadata = "",
            })],
        })],
    };

    private OffsetFetchRequest GroupsRequest(IReadOnlyCollection<TopicPartition>? partitions) => new()
    {
        RequireStable = true,
        Groups =
        [
            new OffsetFetchRequest.OffsetFetchRequestGroup
            {
                GroupId = group,
                Topics = partitions is null ? null : [.. partitions.GroupBy(p => p.Topic).Select(t => new OffsetFetchRequest.OffsetFetchRequestTopics
                {
                    Name = t.Key, PartitionIndexes = [.. t.Select(p => p.Partition)],
                })],
            },
        ],
    };

    private OffsetFetchRequest OldRequest(IReadOnlyCollection<TopicPartition>? partitions) => new()
    {
        GroupId = group,
        Topics = partitions is null ? null : [.. partitions.GroupBy(p => p.Topic).Select(t => new OffsetFetchRequest.OffsetFetchRequestTopic
        {
            Name = t.Key, PartitionIndexes = [.. t.Select(p => p.Partition)],
        })],
    };

    private Dictionary<TopicPartition, OffsetAndEpoch?> Read(OffsetFetchResponse response)
    {
        var offsets = new Dictionary<TopicPartition, OffsetAndEpoch?>();
        OffsetFetchResponse.OffsetFetchResponseGroup answer = response.Groups.Single();
        KafkaException.ThrowIfError(answer.ErrorCode, null, $"looking up offsets of group '{group}'");
        foreach (OffsetFetchResponse.OffsetFetchResponseTopics topic in answer.Topics)
        {
            foreach (OffsetFetchResponse.OffsetFetchResponsePartitions p in topic.Partitions) Add(offsets, topic.Name, p.PartitionIndex, p.CommittedOffset, p.CommittedLeaderEpoch, p.ErrorCode);
        }

        return offsets;
    }

    private Dictionary<TopicPartition, OffsetAndEpoch?> ReadOld(OffsetFetchResponse response)
    {
        var offsets = new Dictionary<TopicPartition, OffsetAndEpoch?>();
        KafkaException.ThrowIfError(response.ErrorCode, null, $"looking up offsets of group '{group}'");
        foreach (OffsetFetchResponse.OffsetFetchResponseTopic topic in response.Topics)
        {
            foreach (OffsetFetchResponse.OffsetFetchResponsePartition p in topic.Partitions) Add(offsets, topic.Name, p.PartitionIndex, p.CommittedOffset, p.CommittedLeaderEpoch, p.ErrorCode);
        }

        return offsets;
    }

    private void Add(Dictionary<TopicPartition, OffsetAndEpoch?> offsets, string topic, int partition, long offset, int epoch, ErrorCode error)
    {
        KafkaException.ThrowIfError(error, null, $"looking up the offset of {topic}-{partition} for group '{group}'");
        offsets[new TopicPartition(topic, partition)] = offset < 0 ? null : new OffsetAndEpoch(offset, epoch);
    }

    private static string? Advice(ErrorCode error) => error switch
    {
        ErrorCode.IllegalGeneration or ErrorCode.UnknownMemberId or ErrorCode.RebalanceInProgress =>
            "the group has rebalanced and the partition may belong to another member now; poll more often, or raise MaxPollInterval",
        ErrorCode.OffsetMetadataTooLarge => "the metadata beside the offset is too long",
        _ => null,
    };
}
