using Sluice.Core.Groups;
using Sluice.Core.Groups.Coordination;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>JoinGroup: a client becomes a member of a group; answered when the next generation is known.</summary>
internal sealed class JoinGroup() : ApiHandler<JoinGroupRequest>(ApiKey.JoinGroup, JoinGroupRequest.MinVersion, JoinGroupRequest.MaxVersion)
{
    private const short RebalanceTimeoutVersion = 1;
    private const short NullableProtocolVersion = 7;

    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, JoinGroupRequest request)
    {
        ErrorCode error = Check(shard, context, request);
        if (error != ErrorCode.None)
        {
            Answer(context, Refusal(request, error));
            return;
        }
        GroupRouter.Ask<JoinGroupResponse>(
            shard, request.GroupId, refusal => Refusal(request, refusal), (coordinator, answer) => coordinator.Groups.Membership.Join(ToCall(context, request, answer)), response => Answer(context, response));
    }

    private static ErrorCode Check(Shard shard, RequestContext context, JoinGroupRequest request)
    {
        if (request.GroupId.Length is 0 or > Limits.GroupNameCharsMax) return ErrorCode.InvalidGroupId;
        // The member's id is made of one of them, and all are written to the log.
        if (IsTooLong(context.ClientId) || IsTooLong(request.GroupInstanceId) || IsTooLong(request.ProtocolType) || request.Protocols.Exists(p => IsTooLong(p.Name)))
            return ErrorCode.InvalidRequest;
        GroupSettings settings = shard.Groups.Settings;
        if (request.SessionTimeoutMs < settings.SessionTimeoutMinMs || request.SessionTimeoutMs > settings.SessionTimeoutMaxMs) return ErrorCode.InvalidSessionTimeout;
        // What members say of themselves is kept in memory, and goes into one record with that of the others.
        long metadata = request.Protocols.Sum(p => (long)p.Metadata.Length + p.Name.Length);
        return metadata > Limits.GroupMemberMetadataBytesMax ? ErrorCode.InvalidRequest : ErrorCode.None;
    }

    private static bool IsTooLong(string? name) => name is { Length: > Limits.GroupNameCharsMax };

    private static JoinCall ToCall(RequestContext context, JoinGroupRequest request, IAnswer<JoinGroupResponse> answer) => new()
    {
        Version = context.Version,
        GroupId = request.GroupId,
        MemberId = request.MemberId,
        InstanceId = request.GroupInstanceId,
        ClientId = context.ClientId ?? "",
        ClientHost = "/" + context.Connection.ClientHost,
        ProtocolType = request.ProtocolType,
        // The frame goes when the request is answered; the group keeps what the member says.
        Protocols = [.. request.Protocols.Select(p => new MemberProtocol(p.Name, p.Metadata.ToArray()))],
        SessionTimeoutMs = request.SessionTimeoutMs,
        RebalanceTimeoutMs = context.Version < RebalanceTimeoutVersion ? request.SessionTimeoutMs : request.RebalanceTimeoutMs,
        Reason = request.Reason,
        Answer = answer,
    };

    private static JoinGroupResponse Refusal(JoinGroupRequest request, ErrorCode error) =>
        new() { ErrorCode = error, MemberId = request.MemberId, ProtocolName = null };

    private static void Answer(RequestContext context, JoinGroupResponse response)
    {
        if (context.Version < NullableProtocolVersion) response.ProtocolName ??= "";
        context.Respond(response);
    }
}
