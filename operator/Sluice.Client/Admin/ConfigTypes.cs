namespace Sluice.Client.Admin;

/// <summary>What a setting belongs to; the numbers are the protocol's (KIP-133).</summary>
public enum ConfigResourceType : sbyte
{
    /// <summary>A topic, by name.</summary>
    Topic = 2,

    /// <summary>A broker, by node id; the empty name stands for the default of all brokers.</summary>
    Broker = 4,

    /// <summary>The log levels of a broker, by node id.</summary>
    BrokerLogger = 8,

    /// <summary>A subscription of client metrics, by name.</summary>
    ClientMetrics = 16,

    /// <summary>A consumer group, by id.</summary>
    Group = 32,
}

/// <summary>Something that has settings.</summary>
public readonly record struct ConfigResource(ConfigResourceType Type, string Name)
{
    /// <summary>The topic of this name.</summary>
    public static ConfigResource Topic(string name) => new(ConfigResourceType.Topic, name);

    /// <summary>The broker with this node id.</summary>
    public static ConfigResource Broker(int id) => new(ConfigResourceType.Broker, id.ToString(System.Globalization.CultureInfo.InvariantCulture));
}

/// <summary>Where a value in force was set; the numbers are the protocol's (KIP-226).</summary>
public enum ConfigSource : sbyte
{
    /// <summary>The broker did not say.</summary>
    Unknown = 0,

    /// <summary>Set on the topic.</summary>
    DynamicTopic = 1,

    /// <summary>Set at run time on the broker.</summary>
    DynamicBroker = 2,

    /// <summary>Set at run time for all brokers.</summary>
    DynamicDefaultBroker = 3,

    /// <summary>From the broker's own properties at start.</summary>
    StaticBroker = 4,

    /// <summary>Built in.</summary>
    Default = 5,
}

/// <summary>One setting as it is in force.</summary>
/// <param name="Name">Kafka's name of the setting.</param>
/// <param name="Value">The value; null when it is a secret or has none.</param>
/// <param name="Source">Where it was set.</param>
/// <param name="IsReadOnly">Whether it can't be changed at run time.</param>
/// <param name="IsSensitive">Whether brokers keep the value to themselves.</param>
public sealed record ConfigEntry(string Name, string? Value, ConfigSource Source, bool IsReadOnly, bool IsSensitive);

/// <summary>What to do to one setting (KIP-339); the numbers are the protocol's.</summary>
public enum ConfigOperation : sbyte
{
    /// <summary>Give it this value.</summary>
    Set = 0,

    /// <summary>Back to the default.</summary>
    Delete = 1,

    /// <summary>Add to a list.</summary>
    Append = 2,

    /// <summary>Take away from a list.</summary>
    Subtract = 3,
}

/// <summary>A change of one setting.</summary>
public sealed record ConfigChange(string Name, ConfigOperation Operation, string? Value);
