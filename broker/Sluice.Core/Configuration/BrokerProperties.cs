namespace Sluice.Core.Configuration;

/// <summary>The properties that a broker was started with: checked, with defaults for what was not given. Immutable.</summary>
public sealed class BrokerProperties
{
    internal BrokerProperties(IReadOnlyDictionary<string, string> given, BrokerListeners listeners, IReadOnlyList<string> notes)
    {
        Given = given;
        Listeners = listeners.Listeners;
        ControllerListeners = listeners.Controllers;
        AdvertisedListeners = listeners.Advertised;
        InterBrokerListener = listeners.InterBroker;
        Notes = notes;
        NodeId = ConfigNumbers.Int(Find("node.id") ?? this["broker.id"]);
        DataDirectory = Find("log.dirs") is { Length: > 0 } directory ? directory : this["log.dir"];
        ClusterId = Find("cluster.id");
        Rack = Find("broker.rack") is { Length: > 0 } rack ? rack : null;
        AutoCreateTopics = Boolean("auto.create.topics.enable");
        DeleteTopics = Boolean("delete.topic.enable");
        NumPartitions = Int("num.partitions");
        DefaultReplicationFactor = Int("default.replication.factor");
    }

    /// <summary>What was given, by name, in canonical form.</summary>
    public IReadOnlyDictionary<string, string> Given { get; }

    /// <summary>What the operator should know at start: properties that have no effect. One sentence each.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>This node's number.</summary>
    public int NodeId { get; }

    /// <summary>Where data lies.</summary>
    public string DataDirectory { get; }

    /// <summary>The cluster's id when it was given; null: that of the data directory, or a new one.</summary>
    public string? ClusterId { get; }

    /// <summary>This broker's rack or zone; null when not given.</summary>
    public string? Rack { get; }

    /// <summary>Where to listen for clients.</summary>
    public IReadOnlyList<ListenerEndpoint> Listeners { get; }

    /// <summary>Listeners meant for controllers, which are not opened while the quorum is this node alone.</summary>
    public IReadOnlyList<ListenerEndpoint> ControllerListeners { get; }

    /// <summary>What was given as advertised.listeners; empty when it was not. <see cref="Advertise"/> fills in the rest.</summary>
    public IReadOnlyList<ListenerEndpoint> AdvertisedListeners { get; }

    /// <summary>The name of the listener that brokers use among themselves.</summary>
    public string InterBrokerListener { get; }

    /// <summary>Whether Metadata requests create topics.</summary>
    public bool AutoCreateTopics { get; }

    /// <summary>Whether topics can be deleted.</summary>
    public bool DeleteTopics { get; }

    /// <summary>Partitions of a topic whose creator does not say how many.</summary>
    public int NumPartitions { get; }

    /// <summary>Replicas of a topic whose creator does not say how many.</summary>
    public int DefaultReplicationFactor { get; }

    /// <summary>The value of a property that has one.</summary>
    /// <exception cref="KeyNotFoundException">No such property, or it was not given and has no default.</exception>
    public string this[string name] => Find(name) ?? throw new KeyNotFoundException($"{name} has no value");

    /// <summary>The value that was given or the default; null when there is neither.</summary>
    public string? Find(string name) => Given.TryGetValue(name, out string? value) ? value : BrokerConfigs.Table[name].DefaultValue;

    /// <summary>The value of a boolean property.</summary>
    public bool Boolean(string name) => bool.Parse(this[name]);

    /// <summary>The value of an int or short property.</summary>
    public int Int(string name) => ConfigNumbers.Int(this[name]);

    /// <summary>The value of an int, short or long property.</summary>
    public long Long(string name) => ConfigNumbers.Long(this[name]);

    /// <summary>The values of a list property.</summary>
    public string[] List(string name) => ConfigList.Split(this[name]);

    /// <summary>What clients are told to connect to: what was given, and for the other listeners where they are bound.</summary>
    /// <param name="bound">The listeners with the ports that they got.</param>
    /// <param name="hostName">This machine's name, for listeners on every interface.</param>
    public IReadOnlyList<ListenerEndpoint> Advertise(IReadOnlyList<ListenerEndpoint> bound, string hostName)
    {
        var advertised = new List<ListenerEndpoint>();
        foreach (ListenerEndpoint listener in bound)
        {
            ListenerEndpoint? given = AdvertisedListeners.FirstOrDefault(a => a.Name == listener.Name);
            if (given is null && AdvertisedListeners.Count > 0) continue;
            given ??= listener with { Host = BrokerListeners.IsEveryInterface(listener.Host) ? hostName : listener.Host };
            advertised.Add(given.Port == 0 ? given with { Port = listener.Port } : given);
        }
        return advertised;
    }
}
