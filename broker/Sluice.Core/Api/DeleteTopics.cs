using Sluice.Core.Metadata.Changes;
using Sluice.Core.Metadata.Control;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>DeleteTopics: a change of the metadata, see <see cref="DeleteTopicsChange"/>. The files go later, in the background.</summary>
internal sealed class DeleteTopics() : ApiHandler<DeleteTopicsRequest>(ApiKey.DeleteTopics, DeleteTopicsRequest.MinVersion, DeleteTopicsRequest.MaxVersion)
{
    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, DeleteTopicsRequest request)
    {
        short version = context.Version;
        AdminOperation<DeleteTopicsResponse>.Submit(
            shard, context, request.TimeoutMs,
            scope => DeleteTopicsChange.Compute(scope, request, version),
            error => DeleteTopicsChange.Refuse(request, version, error));
    }
}
