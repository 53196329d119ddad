using Sluice.Core.Groups;
using Sluice.Core.Groups.Coordination;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using GroupAnswer = Sluice.Protocol.Messages.OffsetFetchResponse.OffsetFetchResponseGroup;
using GroupQuestion = Sluice.Protocol.Messages.OffsetFetchRequest.OffsetFetchRequestGroup;
using PartitionAnswer = Sluice.Protocol.Messages.OffsetFetchResponse.OffsetFetchResponsePartitions;
using TopicAnswer = Sluice.Protocol.Messages.OffsetFetchResponse.OffsetFetchResponseTopics;
using TopicQuestion = Sluice.Protocol.Messages.OffsetFetchRequest.OffsetFetchRequestTopics;

namespace Sluice.Core.Api;

/// <summary>OffsetFetch: how far groups have come, for one group or several (KIP-709). What is told is as safe as what is acknowledged.</summary>
internal sealed class OffsetFetch() : ApiHandler<OffsetFetchRequest>(ApiKey.OffsetFetch, OffsetFetchRequest.MinVersion, OffsetFetchRequest.MaxVersion)
{
    private const short TopLevelErrorVersion = 2;
    private const short GroupsVersion = 8;
    private const short IdsVersion = 10;

    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, OffsetFetchRequest request)
    {
        short version = context.Version;
        List<GroupQuestion> groups = version >= GroupsVersion ? request.Groups : [ToGroup(request)];
        var unknown = new List<TopicAnswer>[groups.Count];
        for (int i = 0; i < groups.Count; i++) unknown[i] = version >= IdsVersion ? NameTopics(shard, groups[i]) : [];
        GroupRouter.AskAll<GroupQuestion, GroupAnswer>(shard, groups, g => g.GroupId, Refusal, Fetch, answers =>
        {
            for (int i = 0; i < answers.Length; i++)
            {
                if (answers[i].ErrorCode != ErrorCode.None) continue;
                if (version >= IdsVersion) AddIds(shard, answers[i]);
                answers[i].Topics.AddRange(unknown[i]);
            }
            context.Respond(version >= GroupsVersion ? new OffsetFetchResponse { Groups = [.. answers] } : ToOld(answers[0], groups[0], version));
        });
    }

    private static void Fetch(GroupQuestion asked, GroupCoordinator coordinator, IAnswer<GroupAnswer> answer)
    {
        GroupAnswer found = coordinator.Groups.Commits.Fetch(asked);
        coordinator.WhenDurableInTime(failure => answer.Send(failure == ErrorCode.None ? found : Refusal(asked, failure)));
    }

    private static GroupAnswer Refusal(GroupQuestion asked, ErrorCode error) => new() { GroupId = asked.GroupId, ErrorCode = error };

    private static GroupQuestion ToGroup(OffsetFetchRequest request) => new()
    {
        GroupId = request.GroupId,
        Topics = request.Topics?.ConvertAll(t => new TopicQuestion { Name = t.Name, PartitionIndexes = t.PartitionIndexes }),
    };

    /// <summary>Gives topics that are asked for by id their names; those that do not exist are taken out, and answered as unknown.</summary>
    private static List<TopicAnswer> NameTopics(Shard shard, GroupQuestion group)
    {
        var unknown = new List<TopicAnswer>();
        if (group.Topics is null) return unknown;
        foreach (TopicQuestion topic in group.Topics)
        {
            if (shard.Image.Topics.ById(topic.TopicId) is { } known) topic.Name = known.Name;
            else unknown.Add(new TopicAnswer { TopicId = topic.TopicId, Partitions = topic.PartitionIndexes.ConvertAll(p => NoOffset(p, ErrorCode.UnknownTopicId)) });
        }
        if (unknown.Count > 0) group.Topics = group.Topics.FindAll(t => t.Name.Length > 0);
        return unknown;
    }

    /// <summary>Gives topics of a whole group their ids; without one a topic cannot be told.</summary>
    private static void AddIds(Shard shard, GroupAnswer answer)
    {
        foreach (TopicAnswer topic in answer.Topics)
        {
            if (topic.TopicId == Uuid.Zero && shard.Image.Topics.ByName(topic.Name) is { } known) topic.TopicId = known.Id;
        }
        answer.Topics.RemoveAll(t => t.TopicId == Uuid.Zero);
    }

    private static PartitionAnswer NoOffset(int partition, ErrorCode error) =>
        new() { PartitionIndex = partition, CommittedOffset = -1, CommittedLeaderEpoch = -1, Metadata = "", ErrorCode = error };

    private static OffsetFetchResponse ToOld(GroupAnswer answer, GroupQuestion asked, short version)
    {
        bool errorIsOfPartitions = answer.ErrorCode != ErrorCode.None && version < TopLevelErrorVersion;
        List<TopicAnswer> topics = errorIsOfPartitions
            ? asked.Topics!.ConvertAll(t => new TopicAnswer { Name = t.Name, Partitions = t.PartitionIndexes.ConvertAll(p => NoOffset(p, answer.ErrorCode)) })
            : answer.Topics;
        return new OffsetFetchResponse
        {
            ErrorCode = answer.ErrorCode,
            Topics = topics.ConvertAll(t => new OffsetFetchResponse.OffsetFetchResponseTopic
            {
                Name = t.Name,
                Partitions = t.Partitions.ConvertAll(p => new OffsetFetchResponse.OffsetFetchResponsePartition
                {
                    PartitionIndex = p.PartitionIndex,
                    CommittedOffset = p.CommittedOffset,
                    CommittedLeaderEpoch = p.CommittedLeaderEpoch,
                    Metadata = p.Metadata,
                    ErrorCode = p.ErrorCode,
                }),
            }),
        };
    }
}
