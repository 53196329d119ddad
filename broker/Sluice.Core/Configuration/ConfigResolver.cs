using System.Collections.Immutable;
using Sluice.Core.Metadata.Images;

namespace Sluice.Core.Configuration;

/// <summary>
/// Says what a setting comes to: the topic's own value, else one made at run time for this broker, else one for all brokers, else the
/// properties that the broker was started with, else the built-in default.
/// </summary>
public sealed class ConfigResolver
{
    private static readonly string[][] Groups =
    [
        ["log.retention.ms", "log.retention.minutes", "log.retention.hours"],
        ["log.roll.ms", "log.roll.hours"],
        ["log.roll.jitter.ms", "log.roll.jitter.hours"],
        ["log.flush.interval.ms", "log.flush.scheduler.interval.ms"],
    ];

    private readonly BrokerProperties _properties;
    private readonly IReadOnlyDictionary<string, string> _broker;
    private readonly IReadOnlyDictionary<string, string> _allBrokers;
    private readonly IReadOnlyDictionary<string, string>[] _places;

    /// <summary>A resolver for this broker.</summary>
    /// <param name="properties">What the broker was started with.</param>
    /// <param name="configs">What was set at run time.</param>
    public ConfigResolver(BrokerProperties properties, ConfigsImage configs)
    {
        _properties = properties;
        _broker = configs.Of(ConfigResource.Broker(properties.NodeId));
        _allBrokers = configs.Of(ConfigResource.AllBrokers);
        _places = [_broker, _allBrokers, properties.Given];
    }

    /// <summary>A topic setting.</summary>
    /// <param name="definition">The setting.</param>
    /// <param name="own">The topic's own settings.</param>
    public ResolvedConfig Topic(ConfigDefinition definition, IReadOnlyDictionary<string, string> own)
    {
        var synonyms = ImmutableArray.CreateBuilder<ConfigSynonym>();
        if (own.TryGetValue(definition.Name, out string? value)) synonyms.Add(new(definition.Name, definition.Canonical(value), ConfigSource.DynamicTopic));
        AddBroker(synonyms, definition.BrokerSynonyms);
        return synonyms.Count == 0
            ? new(definition, definition.DefaultValue, ConfigSource.Default, [])
            : new(definition, InTopicUnits(synonyms[0]), synonyms[0].Source, synonyms.DrainToImmutable());
    }

    /// <summary>The value alone of a topic setting.</summary>
    /// <param name="definition">The setting.</param>
    /// <param name="own">The topic's own settings.</param>
    public string TopicValue(ConfigDefinition definition, IReadOnlyDictionary<string, string> own)
    {
        if (own.TryGetValue(definition.Name, out string? value)) return value;
        foreach (IReadOnlyDictionary<string, string> place in _places)
        {
            foreach (string name in definition.BrokerSynonyms)
            {
                if (place.TryGetValue(name, out value)) return InTopicUnits(new(name, value, default))!;
            }
        }
        return definition.DefaultValue ?? "";
    }

    /// <summary>A setting of this broker.</summary>
    public ResolvedConfig Broker(ConfigDefinition definition)
    {
        var synonyms = ImmutableArray.CreateBuilder<ConfigSynonym>();
        AddBroker(synonyms, Group(definition.Name));
        ConfigSynonym own = synonyms.FirstOrDefault(s => s.Name == definition.Name);
        return own.Name is null
            ? new(definition, definition.DefaultValue, ConfigSource.Default, synonyms.DrainToImmutable())
            : new(definition, own.Value, own.Source, synonyms.DrainToImmutable());
    }

    /// <summary>The value alone of a setting of this broker; empty when it has none.</summary>
    /// <exception cref="KeyNotFoundException">There is no such setting: a bug.</exception>
    public string BrokerValue(string name) => Broker(BrokerConfigs.Table[name]).Value ?? "";

    /// <summary>A setting and those that give its default, the first that is set.</summary>
    private static string[] Group(string name)
    {
        foreach (string[] group in Groups)
        {
            int index = Array.IndexOf(group, name);
            if (index >= 0) return group[index..];
        }
        return [name];
    }

    private void AddBroker(ImmutableArray<ConfigSynonym>.Builder synonyms, IReadOnlyList<string> names)
    {
        Add(synonyms, names, _broker, ConfigSource.DynamicBroker);
        Add(synonyms, names, _allBrokers, ConfigSource.DynamicDefaultBroker);
        Add(synonyms, names, _properties.Given, ConfigSource.StaticBroker);
        foreach (string name in names)
        {
            if (BrokerConfigs.Table[name].DefaultValue is { } value) synonyms.Add(new(name, value, ConfigSource.Default));
        }
    }

    private static void Add(
        ImmutableArray<ConfigSynonym>.Builder synonyms, IReadOnlyList<string> names, IReadOnlyDictionary<string, string> place, ConfigSource source)
    {
        foreach (string name in names)
        {
            if (place.TryGetValue(name, out string? value)) synonyms.Add(new(name, BrokerConfigs.Table[name].Canonical(value), source));
        }
    }

    /// <summary>Topics count in milliseconds what brokers may be told in minutes or hours.</summary>
    private static string InTopicUnits(ConfigSynonym synonym)
    {
        const long Minute = 60_000;
        long unit = synonym.Name switch
        {
            "log.retention.minutes" => Minute,
            "log.retention.hours" or "log.roll.hours" or "log.roll.jitter.hours" => 60 * Minute,
            _ => 1,
        };
        if (unit == 1) return synonym.Value;
        long number = ConfigNumbers.Long(synonym.Value);
        return (number < 0 ? -1 : number * unit).ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}
