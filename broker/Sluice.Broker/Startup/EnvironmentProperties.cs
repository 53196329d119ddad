using Sluice.Core.Configuration;

namespace Sluice.Broker.Startup;

/// <summary>Properties given as environment variables: <c>log.dirs</c> is <c>SLUICE_LOG_DIRS</c>, <c>sluice.shards</c> is <c>SLUICE_SHARDS</c>.</summary>
internal static class EnvironmentProperties
{
    private const string Prefix = "SLUICE_";
    private const string OwnNames = "sluice.";

    /// <summary>Variables of Sluice's other programs, which a broker may inherit.</summary>
    private static readonly string[] OfOtherPrograms = ["SLUICE_HOME", "SLUICE_JUDGES"];

    /// <summary>What Kubernetes gives every pod for a service whose name begins with "sluice".</summary>
    private static readonly string[] ServiceSuffixes = ["_SERVICE_HOST", "_SERVICE_PORT", "_PORT"];

    /// <summary>
    /// The properties among the variables. The environment is shared with others, so a variable that is like no property is only
    /// noted, and one that is like a property is taken for a mistake.
    /// </summary>
    /// <param name="environment">Name and value of each variable.</param>
    /// <param name="table">The known properties.</param>
    /// <param name="notes">Takes a sentence for each variable that has no effect.</param>
    /// <exception cref="ConfigurationException">A variable looks like a mistyped property.</exception>
    internal static Dictionary<string, string> Read(IEnumerable<KeyValuePair<string, string>> environment, ConfigTable table, List<string> notes)
    {
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        Dictionary<string, string>? names = null;
        List<string>? errors = null;
        foreach ((string variable, string value) in environment)
        {
            if (!variable.StartsWith(Prefix, StringComparison.Ordinal)) continue;
            names ??= VariableNames(table);
            if (names.TryGetValue(variable, out string? name)) properties[name] = value;
            else if (BelongsToOthers(variable)) continue;
            else if (Nearest(variable, names.Keys) is { } nearest)
                (errors ??= []).Add($"{variable} is not the variable of a known property. Did you mean {nearest}?");
            else notes.Add($"{variable} is not the variable of a known property and has no effect.");
        }
        return errors is null ? properties : throw new ConfigurationException(errors);
    }

    /// <summary>The variable of a property.</summary>
    internal static string VariableOf(string property)
    {
        string name = property.StartsWith(OwnNames, StringComparison.Ordinal) ? property[OwnNames.Length..] : property;
        return Prefix + name.Replace('.', '_').ToUpperInvariant();
    }

    private static Dictionary<string, string> VariableNames(ConfigTable table)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        // Sluice's own names come last and win; none is the same as one of Kafka's today, and a test keeps it so.
        foreach (ConfigDefinition definition in table.All) names[VariableOf(definition.Name)] = definition.Name;
        return names;
    }

    private static bool BelongsToOthers(string variable)
    {
        if (Array.IndexOf(OfOtherPrograms, variable) >= 0) return true;
        if (Array.Exists(ServiceSuffixes, suffix => variable.EndsWith(suffix, StringComparison.Ordinal))) return true;
        return variable.Contains("_SERVICE_PORT_", StringComparison.Ordinal) || variable.Contains("_TCP", StringComparison.Ordinal);
    }

    /// <summary>Compared without the prefix, which all have in common.</summary>
    private static string? Nearest(string variable, IEnumerable<string> known) =>
        EditDistance.Nearest(variable[Prefix.Length..], known.Select(name => name[Prefix.Length..])) is { } nearest ? Prefix + nearest : null;
}
