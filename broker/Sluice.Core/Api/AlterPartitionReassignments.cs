using Sluice.Core.Metadata.Changes;
using Sluice.Core.Metadata.Control;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>AlterPartitionReassignments: see <see cref="ReassignmentCheck"/>.</summary>
internal sealed class AlterPartitionReassignments()
    : ApiHandler<AlterPartitionReassignmentsRequest>(
        ApiKey.AlterPartitionReassignments, AlterPartitionReassignmentsRequest.MinVersion, AlterPartitionReassignmentsRequest.MaxVersion)
{
    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, AlterPartitionReassignmentsRequest request) =>
        Controller.Submit(shard, new ControllerQuery(context, scope => ReassignmentCheck.Answer(scope.Image, request)));
}
