using Sluice.Core.Metadata.Changes;
using Sluice.Core.Metadata.Control;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>IncrementalAlterConfigs, which edits single settings (KIP-339); see <see cref="AlterConfigsChange"/>.</summary>
internal sealed class IncrementalAlterConfigs()
    : ApiHandler<IncrementalAlterConfigsRequest>(ApiKey.IncrementalAlterConfigs, IncrementalAlterConfigsRequest.MinVersion, IncrementalAlterConfigsRequest.MaxVersion)
{
    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, IncrementalAlterConfigsRequest request) =>
        AdminOperation<IncrementalAlterConfigsResponse>.Submit(
            shard, context, timeoutMs: null, scope => AlterConfigsChange.Compute(scope, request), error => AlterConfigsChange.Refuse(request, error));
}
