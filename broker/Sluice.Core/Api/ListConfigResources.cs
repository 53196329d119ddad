using System.Globalization;
using Sluice.Core.Metadata.Images;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>
/// ListConfigResources (KIP-1142): what there is that has settings. In version 0, then named ListClientMetricsResources (KIP-714), it
/// lists subscriptions to client metrics alone, of which there are none.
/// </summary>
internal sealed class ListConfigResources()
    : ApiHandler<ListConfigResourcesRequest>(ApiKey.ListConfigResources, ListConfigResourcesRequest.MinVersion, ListConfigResourcesRequest.MaxVersion)
{
    private static readonly ConfigResourceType[] Known =
        [ConfigResourceType.Topic, ConfigResourceType.Broker, ConfigResourceType.BrokerLogger, ConfigResourceType.ClientMetrics, ConfigResourceType.Group];

    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, ListConfigResourcesRequest request)
    {
        var response = new ListConfigResourcesResponse();
        HashSet<ConfigResourceType> types = context.Version == 0 ? [ConfigResourceType.ClientMetrics]
            : request.ResourceTypes.Count == 0 ? [.. Known]
            : [.. request.ResourceTypes.Select(t => (ConfigResourceType)t)];
        if (types.IsSubsetOf(Known)) List(shard.Image, types, response);
        else response.ErrorCode = ErrorCode.UnsupportedVersion;
        context.Respond(response);
    }

    private static void List(MetadataImage image, HashSet<ConfigResourceType> types, ListConfigResourcesResponse response)
    {
        void Add(ConfigResourceType type, IEnumerable<string> names)
        {
            if (!types.Contains(type)) return;
            foreach (string name in names) response.ConfigResources.Add(new() { ResourceType = (sbyte)type, ResourceName = name });
        }

        IEnumerable<string> brokers = image.Brokers.All.Select(b => b.Id.ToString(CultureInfo.InvariantCulture));
        Add(ConfigResourceType.Group, Named(image, ConfigResourceType.Group));
        Add(ConfigResourceType.ClientMetrics, Named(image, ConfigResourceType.ClientMetrics));
        Add(ConfigResourceType.BrokerLogger, brokers);
        Add(ConfigResourceType.Broker, brokers);
        Add(ConfigResourceType.Topic, image.Topics.All.Select(t => t.Name));
    }

    private static IEnumerable<string> Named(MetadataImage image, ConfigResourceType type) =>
        image.Configs.Resources.Keys.Where(r => r.Type == type && r.Name.Length > 0).Select(r => r.Name);
}
