using Sluice.Client.Cluster;
using Sluice.Client.Consuming.Groups;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Client.Admin;

/// <summary>Looks at consumer groups, changes their offsets and deletes them. Each question goes to the group's coordinator, and again while that moves.</summary>
public sealed class GroupAdmin
{
    private readonly ClientOptions _options;
    private readonly ClusterClient _cluster;

    internal GroupAdmin(ClientOptions options, ClusterClient cluster) => (_options, _cluster) = (options, cluster);

    /// <summary>Every group of the cluster, by id.</summary>
    public async Task<IReadOnlyList<GroupListing>> ListAsync(CancellationToken cancellation = default)
    {
        ClusterView view = await _cluster.RefreshAsync([], createMissing: false, cancellation).ConfigureAwait(false);
        var groups = new List<GroupListing>();
        foreach (int node in view.Brokers.Keys)
        {
            KafkaConnection connection = await _cluster.NodeAsync(node, ConnectionUse.General, cancellation).ConfigureAwait(false);
            ListGroupsResponse response = await connection.SendAsync(new ListGroupsRequest(), cancellation).ConfigureAwait(false);
            KafkaException.ThrowIfError(response.ErrorCode, null, $"listing the groups of node {node}");
            groups.AddRange(response.Groups.Select(g => new GroupListing(g.GroupId, g.ProtocolType, g.GroupState, g.GroupType)));
        }

        return [.. groups.OrderBy(g => g.GroupId, StringComparer.Ordinal)];
    }

    /// <summary>Groups with their members. One that does not exist has the state <c>Dead</c>, or the outcome <see cref="ErrorCode.GroupIdNotFound"/> (KIP-1043).</summary>
    public async Task<IReadOnlyDictionary<string, Outcome<GroupDescription>>> DescribeAsync(IEnumerable<string> groups, CancellationToken cancellation = default) =>
        await ForEach(groups, group => Describe(group, cancellation)).ConfigureAwait(false);

    /// <summary>Deletes groups that have no members, with their offsets.</summary>
    public async Task<IReadOnlyDictionary<string, Outcome<bool>>> DeleteAsync(IEnumerable<string> groups, CancellationToken cancellation = default) =>
        await ForEach(groups, group => Delete(group, cancellation)).ConfigureAwait(false);

    /// <summary>The committed offsets of a group.</summary>
    /// <param name="group">The group's id.</param>
    /// <param name="partitions">Of these partitions; null for all that have one.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <exception cref="KafkaException">The coordinator refused.</exception>
    public async Task<IReadOnlyDictionary<TopicPartition, CommittedOffset>> OffsetsAsync(
        string group, IReadOnlyCollection<TopicPartition>? partitions = null, CancellationToken cancellation = default)
    {
        var offsets = await new GroupOffsets(Link(group), group).FetchAsync(partitions, _options.RequestTimeout, cancellation).ConfigureAwait(false);
        return offsets.Where(o => o.Value is not null).ToDictionary(o => o.Key, o => new CommittedOffset(o.Value!.Value.Offset, o.Value.Value.LeaderEpoch));
    }

    /// <summary>Commits offsets for a group that has no members now.</summary>
    /// <exception cref="KafkaException">The group has members, or the coordinator refused for another reason.</exception>
    public Task AlterOffsetsAsync(string group, IReadOnlyDictionary<TopicPartition, OffsetAndEpoch> offsets, CancellationToken cancellation = default) =>
        new GroupOffsets(Link(group), group).CommitAsync(offsets, Committer.Nobody, _options.RequestTimeout, cancellation);

    /// <summary>Forgets offsets of topics that no member of the group subscribes to.</summary>
    public async Task<IReadOnlyDictionary<TopicPartition, Outcome<bool>>> DeleteOffsetsAsync(
        string group, IEnumerable<TopicPartition> partitions, CancellationToken cancellation = default)
    {
        CoordinatorLink link = Link(group);
        var request = new OffsetDeleteRequest
        {
            GroupId = group,
            Topics = [.. partitions.GroupBy(p => p.Topic).Select(t => new OffsetDeleteRequest.OffsetDeleteRequestTopic
            {
                Name = t.Key, Partitions = [.. t.Select(p => new OffsetDeleteRequest.OffsetDeleteRequestPartition { PartitionIndex = p.Partition })],
            })],
        };
        OffsetDeleteResponse response = await link.RetryAsync(Attempt, _options.RequestTimeout, cancellation).ConfigureAwait(false);
        return response.Topics.SelectMany(t => t.Partitions.Select(p => (Partition: new TopicPartition(t.Name, p.PartitionIndex), p.ErrorCode)))
            .ToDictionary(p => p.Partition, p => AdminClient.Result(true, p.ErrorCode, null, $"forgetting the offset of {p.Partition} in group '{group}'"));

        async Task<OffsetDeleteResponse> Attempt()
        {
            OffsetDeleteResponse answer = await link.SendAsync(request, ConnectionUse.Coordinator, _options.RequestTimeout, cancellation).ConfigureAwait(false);
            KafkaException.ThrowIfError(answer.ErrorCode, null, $"forgetting offsets of group '{group}'");
            return answer;
        }
    }

    private CoordinatorLink Link(string group) => new(_options, _cluster, group);

    private static async Task<Dictionary<string, Outcome<T>>> ForEach<T>(IEnumerable<string> groups, Func<string, Task<T>> action)
    {
        var outcomes = new Dictionary<string, Outcome<T>>();
        foreach (string group in groups.Distinct())
        {
            try
            {
                outcomes[group] = new Outcome<T>(await action(group).ConfigureAwait(false), null);
            }
            catch (KafkaException e)
            {
                outcomes[group] = new Outcome<T>(default, e);
            }
        }

        return outcomes;
    }

    private Task<GroupDescription> Describe(string group, CancellationToken cancellation)
    {
        CoordinatorLink link = Link(group);
        return link.RetryAsync(Attempt, _options.RequestTimeout, cancellation);

        async Task<GroupDescription> Attempt()
        {
            int coordinator = await _cluster.FindGroupCoordinatorAsync(group, cancellation).ConfigureAwait(false);
            var request = new DescribeGroupsRequest { Groups = [group] };
            DescribeGroupsResponse response = await link.SendAsync(request, ConnectionUse.Coordinator, _options.RequestTimeout, cancellation).ConfigureAwait(false);
            DescribeGroupsResponse.DescribedGroup found = response.Groups.Single();
            KafkaException.ThrowIfError(found.ErrorCode, found.ErrorMessage, $"describing group '{group}'");
            return new GroupDescription(group, found.GroupState, found.ProtocolType, found.ProtocolData, coordinator, [.. found.Members.Select(m => ToMember(found.ProtocolType, m))]);
        }
    }

    private Task<bool> Delete(string group, CancellationToken cancellation)
    {
        CoordinatorLink link = Link(group);
        return link.RetryAsync(Attempt, _options.RequestTimeout, cancellation);

        async Task<bool> Attempt()
        {
            var request = new DeleteGroupsRequest { GroupsNames = [group] };
            DeleteGroupsResponse response = await link.SendAsync(request, ConnectionUse.Coordinator, _options.RequestTimeout, cancellation).ConfigureAwait(false);
            KafkaException.ThrowIfError(response.Results.Single().ErrorCode, null, $"deleting group '{group}'");
            return true;
        }
    }

    private static GroupMemberDescription ToMember(string protocolType, DescribeGroupsResponse.DescribedGroupMember member)
    {
        // Other kinds of groups (Connect) keep bytes of their own there.
        IReadOnlyList<TopicPartition> partitions = protocolType == ConsumerProtocol.Type ? ConsumerProtocol.ReadAssignment(member.MemberAssignment) : [];
        return new GroupMemberDescription(member.MemberId, member.GroupInstanceId, member.ClientId, member.ClientHost, partitions);
    }
}
