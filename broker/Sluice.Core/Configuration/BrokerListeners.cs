namespace Sluice.Core.Configuration;

/// <summary>Reads the properties that name addresses, which only make sense together.</summary>
internal sealed class BrokerListeners
{
    private BrokerListeners() { }

    public IReadOnlyList<ListenerEndpoint> Listeners { get; private set; } = [];

    public IReadOnlyList<ListenerEndpoint> Controllers { get; private set; } = [];

    public IReadOnlyList<ListenerEndpoint> Advertised { get; private set; } = [];

    public string InterBroker { get; private set; } = "PLAINTEXT";

    public static bool IsEveryInterface(string host) => host is "" or "0.0.0.0" or "::";

    /// <param name="find">The value of a property, its default included.</param>
    /// <param name="errors">Takes what is wrong.</param>
    public static BrokerListeners Parse(Func<string, string?> find, List<string> errors)
    {
        List<ListenerEndpoint> all = ParseList("listeners", find("listeners"), errors);
        HashSet<string> controllerNames = [.. ConfigList.Split(find("controller.listener.names") ?? "").Select(n => n.ToUpperInvariant())];
        var result = new BrokerListeners
        {
            Listeners = all.FindAll(l => !controllerNames.Contains(l.Name)),
            Controllers = all.FindAll(l => controllerNames.Contains(l.Name)),
            Advertised = ParseList("advertised.listeners", find("advertised.listeners"), errors),
        };
        if (all.Count > 0 && result.Listeners.Count == 0)
            errors.Add($"listeners={find("listeners")} leaves no listener for clients: every name is among controller.listener.names. Add one, such as PLAINTEXT://:9092.");
        CheckDistinctPorts(all, errors);
        CheckProtocols(all, find("listener.security.protocol.map") ?? "", errors);
        CheckAdvertised(result, controllerNames, errors);
        string? interBroker = find("inter.broker.listener.name")?.ToUpperInvariant();
        result.InterBroker = interBroker ?? (result.Listeners is [var first, ..] ? first.Name : "PLAINTEXT");
        if (interBroker is not null && result.Listeners.All(l => l.Name != interBroker))
            errors.Add($"inter.broker.listener.name={interBroker} is not the name of a listener. Name one of: {Names(result.Listeners)}.");
        return result;
    }

    private static string Names(IEnumerable<ListenerEndpoint> listeners) => string.Join(", ", listeners.Select(l => l.Name));

    private static List<ListenerEndpoint> ParseList(string property, string? value, List<string> errors)
    {
        var endpoints = new List<ListenerEndpoint>();
        foreach (string item in ConfigList.Split(value ?? ""))
        {
            if (!ListenerEndpoint.TryParse(item, out ListenerEndpoint? endpoint))
                errors.Add($"{property}: '{item}' is not an address. Write NAME://host:port, such as PLAINTEXT://127.0.0.1:9092.");
            else if (endpoints.Exists(e => e.Name == endpoint.Name))
                errors.Add($"{property}: the listener name {endpoint.Name} is used twice. Give each listener a name of its own.");
            else
                endpoints.Add(endpoint);
        }
        if (property == "listeners" && endpoints.Count == 0 && errors.Count == 0)
            errors.Add("listeners is empty. Name at least one address, such as PLAINTEXT://:9092.");
        return endpoints;
    }

    private static void CheckDistinctPorts(List<ListenerEndpoint> listeners, List<string> errors)
    {
        foreach (var same in listeners.Where(l => l.Port != 0).GroupBy(l => $"{l.Host}:{l.Port}", StringComparer.Ordinal).Where(g => g.Count() > 1))
            errors.Add($"listeners: {Names(same)} share the address {same.Key}. Give each listener a port of its own.");
    }

    private static void CheckProtocols(List<ListenerEndpoint> listeners, string map, List<string> errors)
    {
        var protocols = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string item in ConfigList.Split(map))
        {
            string[] pair = item.Split(':', StringSplitOptions.TrimEntries);
            if (pair.Length != 2 || pair[0].Length == 0) errors.Add($"listener.security.protocol.map: '{item}' is not NAME:PROTOCOL.");
            else protocols[pair[0].ToUpperInvariant()] = pair[1].ToUpperInvariant();
        }
        foreach (ListenerEndpoint listener in listeners)
        {
            if (!protocols.TryGetValue(listener.Name, out string? protocol))
                errors.Add($"listeners: no security protocol is defined for the listener {listener.Name}. Add {listener.Name}:PLAINTEXT to listener.security.protocol.map.");
            else if (protocol != "PLAINTEXT")
                errors.Add($"listeners: the listener {listener.Name} has the security protocol {protocol}, which is not supported. Only PLAINTEXT is.");
        }
    }

    private static void CheckAdvertised(BrokerListeners result, HashSet<string> controllerNames, List<string> errors)
    {
        foreach (ListenerEndpoint advertised in result.Advertised)
        {
            if (controllerNames.Contains(advertised.Name))
                errors.Add($"advertised.listeners: {advertised.Name} is a controller listener, which clients are not told of. Remove it.");
            else if (result.Listeners.All(l => l.Name != advertised.Name))
                errors.Add($"advertised.listeners: {advertised.Name} is not the name of a listener. Use one of: {Names(result.Listeners)}.");
            if (IsEveryInterface(advertised.Host))
                errors.Add($"advertised.listeners: {advertised} names no host that a client could reach. Write a host name or address.");
        }
    }
}
