using Sluice.Core.Metadata.Changes;
using Sluice.Core.Metadata.Control;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>CreateTopics: a change of the metadata, see <see cref="CreateTopicsChange"/>.</summary>
internal sealed class CreateTopics() : ApiHandler<CreateTopicsRequest>(ApiKey.CreateTopics, CreateTopicsRequest.MinVersion, CreateTopicsRequest.MaxVersion)
{
    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, CreateTopicsRequest request) => AdminOperation<CreateTopicsResponse>.Submit(
        shard, context, request.TimeoutMs, scope => CreateTopicsChange.Compute(scope, request), error => CreateTopicsChange.Refuse(request, error));
}
