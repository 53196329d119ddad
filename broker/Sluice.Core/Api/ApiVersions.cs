using System.Text.RegularExpressions;
using Sluice.Core.Metadata.Images;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>
/// ApiVersions: the table of what works, which is that of <see cref="ApiRegistry"/>, and the features (KIP-584). A client that asks in
/// a version that is not known is answered in version 0 with the table, so that it can ask again (KIP-511).
/// </summary>
internal sealed partial class ApiVersions() : ApiHandler<ApiVersionsRequest>(ApiKey.ApiVersions, ApiVersionsRequest.MinVersion, ApiVersionsRequest.MaxVersion)
{
    // From this version on clients take features whose least level is 0 (KIP-1022).
    private const short ZeroLevelsVersion = 4;
    private const short SoftwareNameVersion = 3;

    /// <inheritdoc/>
    public override void HandleUnsupportedVersion(Shard shard, RequestContext context) =>
        context.Respond(new ApiVersionsResponse { ErrorCode = ErrorCode.UnsupportedVersion, ApiKeys = [Advertise(this)] }, 0);

    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, ApiVersionsRequest request)
    {
        if (context.Version >= SoftwareNameVersion)
        {
            if (!SoftwareWord().IsMatch(request.ClientSoftwareName) || !SoftwareWord().IsMatch(request.ClientSoftwareVersion))
            {
                context.Respond(new ApiVersionsResponse { ErrorCode = ErrorCode.InvalidRequest });
                return;
            }
            context.Connection.ClientSoftwareName = request.ClientSoftwareName;
            context.Connection.ClientSoftwareVersion = request.ClientSoftwareVersion;
        }
        context.Respond(new ApiVersionsResponse
        {
            ApiKeys = Table(shard),
            SupportedFeatures = Supported(context.Version),
            FinalizedFeaturesEpoch = shard.Image.Offset,
            FinalizedFeatures = [.. shard.Image.Features.Levels.Select(f => new ApiVersionsResponse.FinalizedFeatureKey { Name = f.Key, MinVersionLevel = f.Value, MaxVersionLevel = f.Value })],
        });
    }

    private static List<ApiVersionsResponse.ApiVersion> Table(Shard shard) =>
    [
        .. shard.Apis.Handlers.OrderBy(h => h.Key).Select(Advertise),
    ];

    private static ApiVersionsResponse.ApiVersion Advertise(ApiHandler handler) =>
        new() { ApiKey = (short)handler.Key, MinVersion = handler.AdvertisedMinVersion, MaxVersion = handler.MaxVersion };

    private static List<ApiVersionsResponse.SupportedFeatureKey> Supported(short version)
    {
        var supported = new List<ApiVersionsResponse.SupportedFeatureKey>();
        foreach (FeatureRange feature in SupportedFeatures.All)
        {
            if (feature.Least > 0 || version >= ZeroLevelsVersion)
                supported.Add(new() { Name = feature.Name, MinVersion = feature.Least, MaxVersion = feature.Greatest });
        }
        return supported;
    }

    [GeneratedRegex(@"^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex SoftwareWord();
}
