using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Sluice.Core.Configuration;
using Sluice.Network;

namespace Sluice.Broker.Startup;

/// <summary>The network's options and limits, from the properties.</summary>
internal sealed class NetworkSettings
{
    private const int BacklogMin = 512;

    private NetworkSettings(NetworkLimits limits, IReadOnlyList<ListenerOptions> listeners)
    {
        Limits = limits;
        Listeners = listeners;
    }

    internal NetworkLimits Limits { get; }

    internal IReadOnlyList<ListenerOptions> Listeners { get; }

    internal IReadOnlyDictionary<IPAddress, int> AddressOverrides { get; private init; } = new Dictionary<IPAddress, int>();

    /// <summary>How the process's memory is shared out.</summary>
    internal MemoryBudget Memory { get; private init; } = null!;

    /// <summary>How many files and sockets there may be; null where the system does not say.</summary>
    internal OpenFileLimit? OpenFiles { get; private init; }

    /// <summary>What to tell at the start: wishes that the system does not grant.</summary>
    internal IEnumerable<string> Notes
    {
        get
        {
            if (Memory.Note is { } note) yield return note;
            if (OpenFiles?.Note is { } few) yield return few;
            if (Limits.ConnectionsMax != int.MaxValue && Limits.ConnectionsMax > Limits.ConnectionDescriptorsMax)
                yield return $"max.connections is {Limits.ConnectionsMax}, but connections beyond {Limits.ConnectionDescriptorsMax} are refused: raise the number of open files (ulimit -n, LimitNOFILE)";
        }
    }

    /// <summary>Where the HTTP endpoint listens; null for nowhere.</summary>
    internal IPEndPoint? Http { get; private init; }

    /// <exception cref="ConfigurationException">A host cannot be resolved, or an address is malformed.</exception>
    internal static NetworkSettings From(BrokerProperties properties, int shards)
    {
        var errors = new List<string>();
        OpenFileLimit? openFiles = OpenFileLimit.Raise();
        if (openFiles?.Error is { } tooFew) errors.Add(tooFew);
        MemoryBudget memory = MemoryBudget.From(properties, shards, MemoryLimit.Read(), errors);
        var limits = new NetworkLimits
        {
            RequestBytesMax = memory.RequestBytesMax,
            ConnectionIdleMsMax = properties.Long("connections.max.idle.ms"),
            ConnectionsMax = properties.Int("max.connections"),
            ConnectionsAnAddressMax = properties.Int("max.connections.per.ip"),
            ConnectionsASecondMax = properties.Int("max.connection.creation.rate"),
            ConnectionDescriptorsMax = openFiles?.ConnectionsMax ?? int.MaxValue,
            ReceiveBytesMax = memory.RequestBytes / shards,
            AnswerBytesMax = memory.AnswerBytes / shards,
        };
        List<ListenerOptions> listeners = properties.Listeners.Select(endpoint => new ListenerOptions
        {
            Name = endpoint.Name,
            Address = new IPEndPoint(Resolve("listeners", endpoint.Host, errors), endpoint.Port),
            BacklogMax = Math.Max(BacklogMin, properties.Int("socket.listen.backlog.size")),
            SendBufferBytes = Buffer(properties, "socket.send.buffer.bytes"),
            ReceiveBufferBytes = Buffer(properties, "socket.receive.buffer.bytes"),
            CongestionControl = properties.Find("sluice.socket.congestion.control") ?? "",
            IsProtected = properties.Listeners.Count > 1 && endpoint.Name == properties.InterBrokerListener,
        }).ToList();
        var settings = new NetworkSettings(limits, listeners)
        {
            Memory = memory,
            OpenFiles = openFiles,
            AddressOverrides = Overrides(properties.Find("max.connections.per.ip.overrides") ?? "", errors),
            Http = ParseHttp(properties.Find("sluice.http.listen") ?? "", errors),
        };
        return errors.Count == 0 ? settings : throw new ConfigurationException(errors);
    }

    /// <summary>The bounds on connections that hold with settings made at run time.</summary>
    internal (int Total, int Address, IReadOnlyDictionary<IPAddress, int> Overrides, int ASecond) ConnectionBounds(ConfigResolver settings)
    {
        int Number(string name) => int.Parse(settings.BrokerValue(name), CultureInfo.InvariantCulture);
        ResolvedConfig overrides = settings.Broker(BrokerConfigs.Table["max.connections.per.ip.overrides"]);
        IReadOnlyDictionary<IPAddress, int> addresses = AddressOverrides;
        if (overrides.Source is ConfigSource.DynamicBroker or ConfigSource.DynamicDefaultBroker)
        {
            var given = new Dictionary<IPAddress, int>();
            // Of an address that is named twice the last count holds, as at the start.
            foreach ((string host, int count) in AddressLimits.Parse(overrides.Value ?? "", out _)) given[IPAddress.Parse(host)] = count;
            addresses = given;
        }
        return (Number("max.connections"), Number("max.connections.per.ip"), addresses, Number("max.connection.creation.rate"));
    }

    /// <summary>
    /// Kafka's default of 100 KiB stands for "nobody chose": the kernel then adapts the size to each connection, which is faster and,
    /// for the many quiet ones, smaller. A size that was given is used.
    /// </summary>
    private static int? Buffer(BrokerProperties properties, string name) =>
        properties.Given.ContainsKey(name) && properties.Int(name) is > 0 and int bytes ? bytes : null;

    private static IPAddress Resolve(string property, string host, List<string> errors)
    {
        if (host.Length == 0) return IPAddress.IPv6Any;
        if (IPAddress.TryParse(host, out IPAddress? address)) return address;
        if (host == "localhost") return IPAddress.Loopback;
        try
        {
            IPAddress[] found = Dns.GetHostAddresses(host);
            return found.FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork) ?? found[0];
        }
        catch (Exception e) when (e is SocketException or IndexOutOfRangeException or ArgumentException)
        {
            errors.Add($"{property}: the host {host} cannot be resolved ({e.Message}). Use an address of this machine, or nothing for all of them.");
            return IPAddress.None;
        }
    }

    private static Dictionary<IPAddress, int> Overrides(string list, List<string> errors)
    {
        var overrides = new Dictionary<IPAddress, int>();
        List<(string Host, int Count)> pairs = AddressLimits.Parse(list, out string? wrong);
        foreach ((string host, int count) in pairs) overrides[Resolve("max.connections.per.ip.overrides", host, errors)] = count;
        if (wrong is not null) errors.Add($"max.connections.per.ip.overrides: '{wrong}' is not address:count. Write it as 10.0.0.7:200.");
        return overrides;
    }

    private static IPEndPoint? ParseHttp(string value, List<string> errors)
    {
        if (value.Length == 0) return null;
        int colon = value.LastIndexOf(':');
        if (colon >= 0 && ushort.TryParse(value.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            return new IPEndPoint(Resolve("sluice.http.listen", value[..colon].Trim('[', ']'), errors), port);
        errors.Add($"sluice.http.listen={value} is not HOST:PORT. Write it as 127.0.0.1:9404, or :9404 for every interface.");
        return null;
    }
}
