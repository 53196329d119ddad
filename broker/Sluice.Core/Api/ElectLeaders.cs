using Sluice.Core.Metadata.Changes;
using Sluice.Core.Metadata.Control;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>ElectLeaders: see <see cref="ElectionCheck"/>.</summary>
internal sealed class ElectLeaders() : ApiHandler<ElectLeadersRequest>(ApiKey.ElectLeaders, ElectLeadersRequest.MinVersion, ElectLeadersRequest.MaxVersion)
{
    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, ElectLeadersRequest request)
    {
        short version = context.Version;
        Controller.Submit(shard, new ControllerQuery(context, scope => ElectionCheck.Answer(scope.Image, request, version)));
    }
}
