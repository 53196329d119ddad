using Sluice.Core.Metadata.Images;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Metadata.Changes;

/// <summary>
/// What is answered to who wants other levels of features (KIP-584, KIP-778). This software supports one level of each, so that a change
/// is either none or refused; the texts are Kafka's.
/// </summary>
internal static class FeatureCheck
{
    private const short FirstVersionWithUpgradeType = 1;
    private const short FirstVersionWithoutResults = 2;
    private const sbyte Upgrade = 1;
    private const sbyte UnsafeDowngrade = 3;

    public static UpdateFeaturesResponse Answer(ChangeScope scope, UpdateFeaturesRequest request, short version)
    {
        var response = new UpdateFeaturesResponse { ErrorMessage = null };
        foreach (UpdateFeaturesRequest.FeatureUpdateKey update in request.FeatureUpdates)
        {
            ChangeError error = Check(scope, update, version);
            if (error.IsError)
            {
                return new UpdateFeaturesResponse
                {
                    ErrorCode = error.Code,
                    ErrorMessage = $"The update failed for all features since the following feature had an error: {error.Message}",
                };
            }
            if (version < FirstVersionWithoutResults) response.Results.Add(new() { Feature = update.Feature, ErrorMessage = ErrorCode.None.ProtocolName() });
        }
        return response;
    }

    private static ChangeError Check(ChangeScope scope, UpdateFeaturesRequest.FeatureUpdateKey update, short version)
    {
        short level = update.MaxVersionLevel;
        int node = scope.Properties.NodeId;
        ChangeError Invalid(string why) => new(ErrorCode.InvalidUpdateVersion, $"Invalid update version {level} for feature {update.Feature}. {why}");

        if (version >= FirstVersionWithUpgradeType && update.UpgradeType is < Upgrade or > UnsafeDowngrade)
            return Invalid("The controller does not support the given upgrade type.");
        if (level < 0) return Invalid("A feature version cannot be less than 0.");
        if (!SupportedFeatures.All.Any(f => f.Name == update.Feature)) return Invalid($"Local controller {node} does not support this feature.");
        FeatureRange range = SupportedFeatures.All.First(f => f.Name == update.Feature);
        if (level < range.Least || level > range.Greatest)
            return Invalid($"Local controller {node} only supports versions {range.Least}-{range.Greatest}");
        return level == scope.Image.Features.Levels.GetValueOrDefault(update.Feature)
            ? ChangeError.None
            : Invalid("The level of this feature cannot be changed.");
    }
}
