namespace Sluice.Core.Configuration;

/// <summary>The settings of a topic.</summary>
public static class TopicConfigs
{
    /// <summary>The definitions.</summary>
    public static ConfigTable Table { get; } = ConfigTable.Load("topic.tsv");

    /// <summary>What is wrong with a topic's own settings, in Kafka's words; null when they are good.</summary>
    /// <param name="values">The settings that the topic would have of its own.</param>
    /// <param name="effective">Gives the value of a setting that is not among them.</param>
    public static string? Check(IReadOnlyDictionary<string, string> values, Func<string, string> effective)
    {
        foreach ((string name, string value) in values)
        {
            if (Table.Find(name) is not { } definition) return $"Unknown topic config name: {name}";
            if (definition.Name == "remote.storage.enable" && definition.Check(value) is not null && bool.TryParse(value, out bool on) && on)
                return "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.";
            if (definition.Check(value) is { } error) return error;
        }
        return CheckTogether(name => values.TryGetValue(name, out string? own) ? own : effective(name), values);
    }

    private static string? CheckTogether(Func<string, string> value, IReadOnlyDictionary<string, string> own)
    {
        if (!own.ContainsKey("min.compaction.lag.ms") && !own.ContainsKey("max.compaction.lag.ms")) return null;
        long least = ConfigNumbers.Long(value("min.compaction.lag.ms"));
        long most = ConfigNumbers.Long(value("max.compaction.lag.ms"));
        return least > most ? $"conflict topic config setting min.compaction.lag.ms ({least}) > max.compaction.lag.ms ({most})" : null;
    }
}
