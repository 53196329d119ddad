using Sluice.Core.Groups.Coordination;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>Heartbeat: a member lives, and learns whether the group rebalances.</summary>
internal sealed class Heartbeat() : ApiHandler<HeartbeatRequest>(ApiKey.Heartbeat, HeartbeatRequest.MinVersion, HeartbeatRequest.MaxVersion)
{
    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, HeartbeatRequest request)
    {
        if (request.GroupId.Length == 0)
        {
            context.Respond(new HeartbeatResponse { ErrorCode = ErrorCode.InvalidGroupId });
            return;
        }
        GroupRouter.Ask<HeartbeatResponse>(shard, context, request.GroupId, Refusal, (coordinator, answer) =>
            answer.Send(new HeartbeatResponse { ErrorCode = coordinator.Groups.Membership.Heartbeat(request) }));
    }

    // While the groups are read nobody's session runs: the member is told that all is well, as by Kafka.
    private static HeartbeatResponse Refusal(ErrorCode error) =>
        new() { ErrorCode = error == ErrorCode.CoordinatorLoadInProgress ? ErrorCode.None : error };
}
