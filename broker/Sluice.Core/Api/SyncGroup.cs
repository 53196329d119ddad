using Sluice.Core.Groups.Coordination;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>SyncGroup: a member asks for its assignment, and the leader brings everybody's.</summary>
internal sealed class SyncGroup() : ApiHandler<SyncGroupRequest>(ApiKey.SyncGroup, SyncGroupRequest.MinVersion, SyncGroupRequest.MaxVersion)
{
    private const short ProtocolVersion = 5;

    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, SyncGroupRequest request)
    {
        if (context.Version >= ProtocolVersion && (request.ProtocolType is null || request.ProtocolName is null))
            context.Respond(Refusal(ErrorCode.InconsistentGroupProtocol));
        else if (request.GroupId.Length == 0)
            context.Respond(Refusal(ErrorCode.InvalidGroupId));
        else
            GroupRouter.Ask<SyncGroupResponse>(shard, context, request.GroupId, Refusal, (coordinator, answer) => coordinator.Groups.Membership.Sync(request, answer));
    }

    private static SyncGroupResponse Refusal(ErrorCode error) => new() { ErrorCode = error };
}
