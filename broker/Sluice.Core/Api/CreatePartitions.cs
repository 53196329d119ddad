using Sluice.Core.Metadata.Changes;
using Sluice.Core.Metadata.Control;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>CreatePartitions: a change of the metadata, see <see cref="CreatePartitionsChange"/>.</summary>
internal sealed class CreatePartitions() : ApiHandler<CreatePartitionsRequest>(ApiKey.CreatePartitions, CreatePartitionsRequest.MinVersion, CreatePartitionsRequest.MaxVersion)
{
    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, CreatePartitionsRequest request) => AdminOperation<CreatePartitionsResponse>.Submit(
        shard, context, request.TimeoutMs, scope => CreatePartitionsChange.Compute(scope, request), error => CreatePartitionsChange.Refuse(request, error));
}
