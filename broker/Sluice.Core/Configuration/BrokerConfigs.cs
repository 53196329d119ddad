namespace Sluice.Core.Configuration;

/// <summary>The settings of a broker: Kafka's, and Sluice's own, which begin with <c>sluice.</c> (and <c>cluster.id</c>).</summary>
public static class BrokerConfigs
{
    /// <summary>The definitions.</summary>
    public static ConfigTable Table { get; } = ConfigTable.Load("broker.tsv", "sluice.tsv");

    /// <summary>Checks properties and fills in defaults.</summary>
    /// <exception cref="ConfigurationException">Something is wrong; the exception lists all of it.</exception>
    public static BrokerProperties Parse(IReadOnlyDictionary<string, string> properties)
    {
        var errors = new List<string>();
        var notes = new List<string>();
        // Of the sorted collections this is the one that the runtime has compiled beforehand; a start reads it once.
        var given = new SortedList<string, string>(StringComparer.Ordinal);
        foreach (string name in properties.Keys.Order(StringComparer.Ordinal))
        {
            string value = properties[name];
            if (Table.Find(name) is not { } definition) errors.Add(Unknown(name));
            else if (definition.Check(value) is { } error) errors.Add(WithoutTail(error));
            else
            {
                given[name] = definition.Canonical(value);
                if (definition.Support == ConfigSupport.Accepted && given[name] != definition.DefaultValue)
                    notes.Add($"{name}={given[name]} has no effect. {definition.Documentation}");
            }
        }
        string? Find(string name) => given.TryGetValue(name, out string? value) ? value : Table[name].DefaultValue;
        BrokerListeners listeners = BrokerListeners.Parse(Find, errors);
        CheckIdentity(properties, given, Find, errors);
        CheckRetention(given, errors);
        return errors.Count == 0 ? new BrokerProperties(given, listeners, notes) : throw new ConfigurationException(errors);
    }

    private static string Unknown(string name)
    {
        if (name.StartsWith("listener.name.", StringComparison.Ordinal))
            return $"{name}: settings of single listeners are not supported. Remove it.";
        string hint = Table.Nearest(name) is { } nearest ? $" Did you mean {nearest}?" : " Remove it, or look for its name in Kafka's list of broker settings.";
        return $"{name} is not a known property.{hint}";
    }

    // Kafka's texts end without a full stop, ours with one: a list of errors reads better when all end alike.
    private static string WithoutTail(string error) => error.EndsWith('.') ? error : error + ".";

    private static void CheckIdentity(
        IReadOnlyDictionary<string, string> properties, SortedList<string, string> given, Func<string, string?> find, List<string> errors)
    {
        string? nodeId = given.GetValueOrDefault("node.id") ?? given.GetValueOrDefault("broker.id");
        if (nodeId is null && !properties.ContainsKey("node.id"))
            errors.Add("node.id is not set. Give this node a number that is unique in the cluster, such as node.id=1.");
        else if (nodeId is not null && ConfigNumbers.Int(nodeId) < 0)
            errors.Add($"broker.id={nodeId} is negative. Use node.id with a number from 0 on.");
        if (given.TryGetValue("broker.id", out string? brokerId) && given.ContainsKey("node.id") && brokerId != nodeId)
            errors.Add($"broker.id={brokerId} and node.id={nodeId} differ. Remove broker.id.");
        if (!ConfigList.Split(find("process.roles")!).Order(StringComparer.Ordinal).SequenceEqual(["broker", "controller"]))
            errors.Add($"process.roles={find("process.roles")} is not supported: a node is broker and controller. Write process.roles=broker,controller.");
        string? directories = find("log.dirs") is { Length: > 0 } dirs ? dirs : find("log.dir");
        int count = ConfigList.Split(directories ?? "").Length;
        if (count == 0) errors.Add("log.dirs is not set. Name the directory for data, such as log.dirs=/var/lib/sluice.");
        else if (count > 1) errors.Add($"log.dirs={directories} names {count} directories; one is supported. Name one.");
        if (given.TryGetValue("cluster.id", out string? clusterId) && clusterId.Length == 0)
            errors.Add("cluster.id is empty. Remove it, or give the cluster an id.");
        CheckVoters(find("controller.quorum.voters"), nodeId, errors);
    }

    private static void CheckVoters(string? voters, string? nodeId, List<string> errors)
    {
        string[] list = ConfigList.Split(voters ?? "");
        if (list.Length == 0 || nodeId is null) return;
        if (list.Length > 1 || list[0].Split('@')[0] != nodeId)
            errors.Add($"controller.quorum.voters={voters} is not supported: the quorum is this node alone. Remove it, or name only {nodeId}@host:port.");
    }

    private static void CheckRetention(SortedList<string, string> given, List<string> errors)
    {
        foreach (string name in new[] { "log.retention.ms", "log.retention.minutes", "log.retention.hours" })
        {
            if (given.TryGetValue(name, out string? value) && ConfigNumbers.Long(value) is var number && (number == 0 || number < -1))
                errors.Add($"{name}={value} is not valid: use -1 to keep data for ever, or a number from 1 on.");
        }
    }
}
