using Sluice.Core.Groups.Coordination;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>LeaveGroup: a member leaves, or several (KIP-345).</summary>
internal sealed class LeaveGroup() : ApiHandler<LeaveGroupRequest>(ApiKey.LeaveGroup, LeaveGroupRequest.MinVersion, LeaveGroupRequest.MaxVersion)
{
    private const short BatchVersion = 3;

    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, LeaveGroupRequest request)
    {
        if (request.GroupId.Length == 0)
        {
            context.Respond(Refusal(ErrorCode.InvalidGroupId));
            return;
        }
        if (context.Version < BatchVersion) request.Members = [new LeaveGroupRequest.MemberIdentity { MemberId = request.MemberId }];
        GroupRouter.Ask<LeaveGroupResponse>(
            shard, request.GroupId, Refusal, (coordinator, answer) => answer.Send(coordinator.Groups.Membership.Leave(request)), response => Answer(context, response));
    }

    private static LeaveGroupResponse Refusal(ErrorCode error) => new() { ErrorCode = error };

    private static void Answer(RequestContext context, LeaveGroupResponse response)
    {
        // Before there were several, the one member's error was that of the answer.
        if (context.Version < BatchVersion && response.Members is [var only]) response = Refusal(only.ErrorCode);
        context.Respond(response);
    }
}
