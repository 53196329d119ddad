using Sluice.Core.Metadata.Changes;
using Sluice.Core.Metadata.Control;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>AlterConfigs, which replaces all settings of a resource; see <see cref="AlterConfigsChange"/>.</summary>
internal sealed class AlterConfigs() : ApiHandler<AlterConfigsRequest>(ApiKey.AlterConfigs, AlterConfigsRequest.MinVersion, AlterConfigsRequest.MaxVersion)
{
    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, AlterConfigsRequest request) => AdminOperation<AlterConfigsResponse>.Submit(
        shard, context, timeoutMs: null, scope => AlterConfigsChange.Compute(scope, request), error => AlterConfigsChange.Refuse(request, error));
}
