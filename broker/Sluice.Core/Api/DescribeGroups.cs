using Sluice.Core.Groups;
using Sluice.Core.Groups.Coordination;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>DescribeGroups: the members of groups with their assignments.</summary>
internal sealed class DescribeGroups() : ApiHandler<DescribeGroupsRequest>(ApiKey.DescribeGroups, DescribeGroupsRequest.MinVersion, DescribeGroupsRequest.MaxVersion)
{
    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, DescribeGroupsRequest request)
    {
        short version = context.Version;
        GroupRouter.AskAll<string, DescribeGroupsResponse.DescribedGroup>(
            shard, request.Groups, id => id, Refusal, (id, coordinator, answer) => answer.Send(coordinator.Groups.Describe(id, version)), groups =>
            {
                if (request.IncludeAuthorizedOperations)
                {
                    foreach (DescribeGroupsResponse.DescribedGroup group in groups)
                    {
                        if (group.ErrorCode == ErrorCode.None) group.AuthorizedOperations = GroupTypes.AuthorizedOperations;
                    }
                }
                context.Respond(new DescribeGroupsResponse { Groups = [.. groups] });
            });
    }

    private static DescribeGroupsResponse.DescribedGroup Refusal(string id, ErrorCode error) => new() { GroupId = id, ErrorCode = error };
}
