using Sluice.Core.Metadata;
using Sluice.Storage.Logs;

namespace Sluice.Core.Configuration;

/// <summary>What the data path needs of a topic's settings.</summary>
/// <param name="Log">The settings of its logs.</param>
/// <param name="MinInsyncReplicas">In-sync replicas that a write with acks=all needs.</param>
public sealed record TopicSettings(LogConfig Log, int MinInsyncReplicas);

/// <summary>
/// Makes <see cref="TopicSettings"/> from the metadata. Topics without settings of their own, most of them, share one object. For one
/// shard: not safe to use from several threads.
/// </summary>
public sealed class TopicSettingsSource(BrokerProperties properties)
{
    private static readonly ConfigDefinition MinInsync = TopicConfigs.Table["min.insync.replicas"];
    private static readonly ConfigDefinition[] OfLog = [.. TopicConfigs.Table.All.Where(d => LogConfigParser.Names.Contains(d.Name))];

    private MetadataImage? _image;
    private ConfigResolver? _resolver;
    private TopicSettings? _shared;

    /// <summary>The settings of a topic.</summary>
    /// <param name="image">The metadata.</param>
    /// <param name="topic">The topic's name; it need not exist yet.</param>
    public TopicSettings Of(MetadataImage image, string topic)
    {
        if (_resolver is null || !ReferenceEquals(_image?.Configs, image.Configs))
        {
            var resolver = new ConfigResolver(properties, image.Configs);
            if (_resolver is null || !_resolver.HasSameDefaults(resolver)) _shared = null;
            _resolver = resolver;
            _image = image;
        }
        IReadOnlyDictionary<string, string> own = image.Configs.Of(ConfigResource.Topic(topic));
        return own.Count > 0 ? Make(_resolver, own) : _shared ??= Make(_resolver, own);
    }

    private static TopicSettings Make(ConfigResolver resolver, IReadOnlyDictionary<string, string> own) => new(
        LogConfigParser.Apply(LogConfig.Default, OfLog.Select(d => KeyValuePair.Create(d.Name, resolver.TopicValue(d, own)))),
        ConfigNumbers.Int(resolver.TopicValue(MinInsync, own)));
}
