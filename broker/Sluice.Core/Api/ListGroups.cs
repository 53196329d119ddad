using Sluice.Core.Groups.Coordination;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>ListGroups: the groups of this broker, of some states (KIP-518) and types (KIP-848) only where a client asks so.</summary>
internal sealed class ListGroups() : ApiHandler<ListGroupsRequest>(ApiKey.ListGroups, ListGroupsRequest.MinVersion, ListGroupsRequest.MaxVersion)
{
    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, ListGroupsRequest request) => GroupRouter.AskEvery<ListGroupsResponse>(
        shard, error => new ListGroupsResponse { ErrorCode = error }, (coordinator, answer) => answer.Send(new ListGroupsResponse { Groups = coordinator.Groups.List(request) }), answers =>
        {
            var response = new ListGroupsResponse();
            foreach (ListGroupsResponse answer in answers)
            {
                // Groups that are out of reach are left out; those that are being read are not, so that nobody takes them for gone.
                if (answer.ErrorCode == ErrorCode.CoordinatorLoadInProgress) response.ErrorCode = answer.ErrorCode;
                response.Groups.AddRange(answer.Groups);
            }
            if (response.ErrorCode != ErrorCode.None) response.Groups.Clear();
            context.Respond(response);
        });
}
