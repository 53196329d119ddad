using Sluice.Core.Groups;
using Sluice.Core.Groups.Coordination;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>DeleteGroups: deletes groups without members, with their offsets.</summary>
internal sealed class DeleteGroups() : ApiHandler<DeleteGroupsRequest>(ApiKey.DeleteGroups, DeleteGroupsRequest.MinVersion, DeleteGroupsRequest.MaxVersion)
{
    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, DeleteGroupsRequest request)
    {
        string[] groups = [.. request.GroupsNames.Distinct(StringComparer.Ordinal)];
        GroupRouter.AskAll<string, DeleteGroupsResponse.DeletableGroupResult>(shard, groups, id => id, Result, Delete, results => context.Respond(new DeleteGroupsResponse { Results = [.. results] }));
    }

    private static void Delete(string id, GroupCoordinator coordinator, IAnswer<DeleteGroupsResponse.DeletableGroupResult> answer)
    {
        ErrorCode error = coordinator.Groups.Delete(id);
        if (error != ErrorCode.None) answer.Send(Result(id, error));
        else coordinator.WhenDurableInTime(failure => answer.Send(Result(id, failure)));
    }

    private static DeleteGroupsResponse.DeletableGroupResult Result(string id, ErrorCode error) => new() { GroupId = id, ErrorCode = error };
}
