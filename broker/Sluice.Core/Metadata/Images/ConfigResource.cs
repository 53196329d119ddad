namespace Sluice.Core.Metadata.Images;

/// <summary>What has settings. The numbers are those of the protocol.</summary>
public enum ConfigResourceType : sbyte
{
    /// <summary>Nothing that is known.</summary>
    Unknown = 0,

    /// <summary>A topic.</summary>
    Topic = 2,

    /// <summary>A broker, by number; with an empty name all of them.</summary>
    Broker = 4,

    /// <summary>The loggers of a broker.</summary>
    BrokerLogger = 8,

    /// <summary>A subscription to metrics of clients.</summary>
    ClientMetrics = 16,

    /// <summary>A group.</summary>
    Group = 32,
}

/// <summary>Something that has settings.</summary>
/// <param name="Type">Its kind.</param>
/// <param name="Name">Its name; a broker's number as text, or empty for all brokers.</param>
public readonly record struct ConfigResource(ConfigResourceType Type, string Name) : IComparable<ConfigResource>
{
    /// <summary>All brokers together.</summary>
    public static ConfigResource AllBrokers { get; } = new(ConfigResourceType.Broker, "");

    /// <summary>A topic.</summary>
    public static ConfigResource Topic(string name) => new(ConfigResourceType.Topic, name);

    /// <summary>One broker.</summary>
    public static ConfigResource Broker(int id) => new(ConfigResourceType.Broker, id.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Orders by kind, then by the characters of the name.</summary>
    public int CompareTo(ConfigResource other) =>
        Type != other.Type ? Type.CompareTo(other.Type) : string.CompareOrdinal(Name, other.Name);

    /// <summary>Comes before.</summary>
    public static bool operator <(ConfigResource left, ConfigResource right) => left.CompareTo(right) < 0;

    /// <summary>Comes before or is the same.</summary>
    public static bool operator <=(ConfigResource left, ConfigResource right) => left.CompareTo(right) <= 0;

    /// <summary>Comes after.</summary>
    public static bool operator >(ConfigResource left, ConfigResource right) => left.CompareTo(right) > 0;

    /// <summary>Comes after or is the same.</summary>
    public static bool operator >=(ConfigResource left, ConfigResource right) => left.CompareTo(right) >= 0;
}
