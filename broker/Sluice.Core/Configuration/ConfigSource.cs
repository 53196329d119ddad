namespace Sluice.Core.Configuration;

/// <summary>Where a setting's value comes from. The numbers are those of DescribeConfigs and CreateTopics.</summary>
public enum ConfigSource : sbyte
{
    /// <summary>The topic's own setting.</summary>
    DynamicTopic = 1,

    /// <summary>A setting made at run time for one broker.</summary>
    DynamicBroker = 2,

    /// <summary>A setting made at run time for every broker.</summary>
    DynamicDefaultBroker = 3,

    /// <summary>The properties that the broker was started with.</summary>
    StaticBroker = 4,

    /// <summary>The built-in default.</summary>
    Default = 5,

    /// <summary>A logger's level, changed at run time.</summary>
    DynamicBrokerLogger = 6,

    /// <summary>The own setting of a subscription to client metrics.</summary>
    ClientMetrics = 7,

    /// <summary>The group's own setting.</summary>
    Group = 8,
}
