using System.Collections.Frozen;

namespace Sluice.Core.Configuration;

/// <summary>A set of setting definitions, read from one of the tables in <c>Definitions/</c>.</summary>
public sealed class ConfigTable
{
    private readonly FrozenDictionary<string, ConfigDefinition> _byName;

    private ConfigTable(IReadOnlyList<ConfigDefinition> definitions)
    {
        All = definitions;
        _byName = definitions.ToFrozenDictionary(d => d.Name, StringComparer.Ordinal);
    }

    /// <summary>The definitions, by name.</summary>
    public IReadOnlyList<ConfigDefinition> All { get; }

    /// <summary>The definition of a setting; null when there is none of that name.</summary>
    public ConfigDefinition? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The definition of a setting that this code names.</summary>
    /// <exception cref="KeyNotFoundException">There is none: a bug.</exception>
    public ConfigDefinition this[string name] => _byName[name];

    /// <summary>The name that an unknown one was probably meant to be; null when none is near.</summary>
    public string? Nearest(string name) => EditDistance.Nearest(name, All.Select(d => d.Name));

    /// <summary>Reads tables that are part of this assembly.</summary>
    /// <exception cref="FormatException">A line of a table is malformed: a bug.</exception>
    internal static ConfigTable Load(params ReadOnlySpan<string> tables)
    {
        var definitions = new List<ConfigDefinition>(384);
        foreach (string table in tables)
        {
            using Stream stream = typeof(ConfigTable).Assembly.GetManifestResourceStream($"Sluice.Core.Configuration.Definitions.{table}")
                ?? throw new FormatException($"{table} is not part of the assembly");
            using var reader = new StreamReader(stream);
            while (reader.ReadLine() is { } line)
            {
                if (line.Length > 0 && line[0] != '#') definitions.Add(ParseLine(line, isTopic: table == "topic.tsv"));
            }
        }
        definitions.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return new ConfigTable(definitions);
    }

    private static ConfigDefinition ParseLine(string line, bool isTopic)
    {
        string[] columns = line.Split('\t');
        if (columns.Length != 8) throw new FormatException($"a definition has 8 columns, this one {columns.Length}: {line}");
        return new ConfigDefinition(columns[0], Enum.Parse<ConfigType>(columns[1], ignoreCase: true), columns[2] == "(none)" ? null : columns[2], columns[3])
        {
            Importance = columns[4],
            UpdateMode = isTopic ? ConfigUpdateMode.ClusterWide : ParseUpdateMode(columns[5]),
            BrokerSynonyms = isTopic ? ConfigList.Split(columns[5]) : [],
            Support = Enum.Parse<ConfigSupport>(columns[6], ignoreCase: true),
            Documentation = columns[7],
        };
    }

    private static ConfigUpdateMode ParseUpdateMode(string text) => text switch
    {
        "read-only" => ConfigUpdateMode.ReadOnly,
        "per-broker" => ConfigUpdateMode.PerBroker,
        "cluster-wide" => ConfigUpdateMode.ClusterWide,
        _ => throw new FormatException($"'{text}' is no update mode"),
    };
}
