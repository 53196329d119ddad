using System.Text;
using Sluice.Core.Configuration;

namespace Sluice.Core.Tests.Documentation;

/// <summary>Writes docs/settings.md: what becomes of every setting of Kafka's, and what Sluice adds.</summary>
internal static class SettingsDocument
{
    public static string Text()
    {
        var text = new StringBuilder("# Settings\n\nGenerated from the code; `./test` fails when it is stale. Names, types, defaults and limits are those of Apache Kafka 4.3.1.\n\n");
        text.Append("- **works**: does what it says.\n- **accepted**: may be set and is shown again, so that a configuration made for Kafka can be used as it is; it changes nothing, and the text says why.\n");
        text.Append("- **refused**: any value but the default is an error, because it would promise what is not there.\n\n");
        text.Append("A name that is none of these is an error, with the nearest known name. A broker takes its settings from a properties file, from environment variables\n");
        text.Append("(`log.dirs` is `SLUICE_LOG_DIRS`) and from `--override name=value`; those that can change at run time also by `kafka-configs` or any admin client.\n\n");
        Topics(text);
        List<ConfigDefinition> own = [.. BrokerConfigs.Table.All.Where(d => d.Name == "cluster.id" || d.Name.StartsWith("sluice.", StringComparison.Ordinal))];
        Brokers(text, "Sluice's own broker settings", own);
        foreach (ConfigSupport support in Enum.GetValues<ConfigSupport>())
            Brokers(text, $"Broker settings of Kafka: {Word(support)}", [.. BrokerConfigs.Table.All.Except(own).Where(d => d.Support == support)]);
        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static void Topics(StringBuilder text)
    {
        text.Append($"## Topic settings ({TopicConfigs.Table.All.Count})\n\n");
        text.Append("| name | type | default | values | broker setting that gives the default | state | |\n|---|---|---|---|---|---|---|\n");
        foreach (ConfigDefinition d in TopicConfigs.Table.All)
            text.Append($"| `{d.Name}` | {Word(d.Type)} | {Value(d.DefaultValue)} | {Escape(d.Valid)} | {string.Join(", ", d.BrokerSynonyms.Select(s => $"`{s}`"))} | {Word(d.Support)} | {Escape(d.Documentation)} |\n");
        text.Append('\n');
    }

    private static void Brokers(StringBuilder text, string title, IReadOnlyList<ConfigDefinition> settings)
    {
        text.Append($"## {title} ({settings.Count})\n\n| name | type | default | values | changes at run time | |\n|---|---|---|---|---|---|\n");
        foreach (ConfigDefinition d in settings)
            text.Append($"| `{d.Name}` | {Word(d.Type)} | {Value(d.DefaultValue)} | {Escape(d.Valid)} | {Word(d.UpdateMode)} | {Escape(d.Documentation)} |\n");
        text.Append('\n');
    }

    private static string Word(ConfigType type) => type.ToString().ToLowerInvariant();

    private static string Word(ConfigSupport support) => support.ToString().ToLowerInvariant();

    private static string Word(ConfigUpdateMode mode) => mode switch
    {
        ConfigUpdateMode.ReadOnly => "no",
        ConfigUpdateMode.PerBroker => "of one broker",
        _ => "of one or all brokers",
    };

    private static string Value(string? value) => value switch
    {
        null => "",
        "" => "(empty)",
        _ => $"`{Escape(value)}`",
    };

    private static string Escape(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
