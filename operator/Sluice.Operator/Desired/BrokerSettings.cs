using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Sluice.Operator.Resources;

namespace Sluice.Operator.Desired;

/// <summary>
/// The settings of a cluster's brokers, parted by how they change: what brokers take while they run is set through the Kafka
/// protocol for all brokers at once and kept by them; the rest stands in <c>server.properties</c> and needs a restart.
/// </summary>
internal static class BrokerSettings
{
    private const int NameColumn = 0;
    private const int UpdateColumn = 5;

    /// <summary>Settings that Kafka calls cluster-wide dynamic, as the broker's own table has them.</summary>
    public static FrozenSet<string> Dynamic { get; } = ReadDynamic();

    /// <summary>What is set through the Kafka protocol.</summary>
    public static IReadOnlyDictionary<string, string> AtRunTime(ClusterSpec spec) =>
        (spec.Config ?? []).Where(setting => Dynamic.Contains(setting.Key)).ToDictionary();

    /// <summary>The text of <c>server.properties</c>: what is alike for all nodes of a pool.</summary>
    public static string Properties(ClusterSpec spec, NodePool pool)
    {
        var settings = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string value) in spec.Config ?? [])
        {
            if (!Dynamic.Contains(name)) settings[name] = value;
        }
        // Written last: what the operator owns wins, also over an object that passed no validation.
        settings["process.roles"] = string.Join(',', pool.Roles);
        settings["listener.security.protocol.map"] = string.Join(',', spec.Listeners.Select(listener => ListenerName(listener) + ":PLAINTEXT"));
        settings["log.dirs"] = StatefulSetBuilder.DataPath + "/log";
        var text = new StringBuilder("# Written by sluice-operator.\n");
        foreach ((string name, string value) in settings) text.Append(name).Append('=').Append(Escape(value)).Append('\n');
        return text.ToString();
    }

    /// <summary>The name by which brokers know a listener.</summary>
    public static string ListenerName(Listener listener) => listener.Name.ToUpperInvariant();

    /// <summary>Stands on the pods: when it changes, they must be restarted.</summary>
    public static string Hash(string properties) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(properties)))[..16];

    /// <summary>A value as a properties file wants it: a backslash would begin an escape, a line end the next setting.</summary>
    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal);

    private static FrozenSet<string> ReadDynamic()
    {
        using var table = new StreamReader(typeof(BrokerSettings).Assembly.GetManifestResourceStream("broker.tsv")!);
        var names = new List<string>();
        while (table.ReadLine() is { } line)
        {
            string[] columns = line.Split('\t');
            if (!line.StartsWith('#') && columns.Length > UpdateColumn && columns[UpdateColumn] == "cluster-wide") names.Add(columns[NameColumn]);
        }
        return names.ToFrozenSet(StringComparer.Ordinal);
    }
}
