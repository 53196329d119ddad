using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>ListPartitionReassignments (KIP-455): while a cluster is one node no partition moves.</summary>
internal sealed class ListPartitionReassignments()
    : ApiHandler<ListPartitionReassignmentsRequest>(
        ApiKey.ListPartitionReassignments, ListPartitionReassignmentsRequest.MinVersion, ListPartitionReassignmentsRequest.MaxVersion)
{
    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, ListPartitionReassignmentsRequest request) =>
        context.Respond(new ListPartitionReassignmentsResponse { ErrorMessage = null });
}
