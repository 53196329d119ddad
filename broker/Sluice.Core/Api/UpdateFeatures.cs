using Sluice.Core.Metadata.Changes;
using Sluice.Core.Metadata.Control;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>UpdateFeatures (KIP-584): see <see cref="FeatureCheck"/>.</summary>
internal sealed class UpdateFeatures() : ApiHandler<UpdateFeaturesRequest>(ApiKey.UpdateFeatures, UpdateFeaturesRequest.MinVersion, UpdateFeaturesRequest.MaxVersion)
{
    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, UpdateFeaturesRequest request)
    {
        short version = context.Version;
        Controller.Submit(shard, new ControllerQuery(context, scope => FeatureCheck.Answer(scope, request, version)));
    }
}
