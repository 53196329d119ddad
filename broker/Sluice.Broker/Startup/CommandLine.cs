using Sluice.Core.Configuration;

namespace Sluice.Broker.Startup;

/// <summary>What the process is asked for: <c>sluice-broker [server.properties] [--override name=value]…</c>.</summary>
internal sealed record CommandLine
{
    internal const string Usage = """
        sluice-broker: a broker that speaks the Kafka protocol

        sluice-broker [FILE] [--override NAME=VALUE]...   runs the broker
        sluice-broker [FILE] [--override ...] --check     checks the properties and ends
        sluice-broker --help | --version

        FILE is a properties file with Kafka's names, such as server.properties. What it says is overridden by
        environment variables (log.dirs is SLUICE_LOG_DIRS), and those by --override.

        At least node.id and log.dirs must be set:
          sluice-broker --override node.id=1 --override log.dirs=/tmp/sluice --override listeners=PLAINTEXT://127.0.0.1:9092

        SIGTERM or SIGINT stops it cleanly; a second one does not wait for clients.
        """;

    /// <summary>The properties file; null for none.</summary>
    public string? File { get; init; }

    /// <summary>Properties given as arguments.</summary>
    public Dictionary<string, string> Overrides { get; init; } = [];

    public bool Help { get; init; }

    public bool Version { get; init; }

    public bool Check { get; init; }

    /// <exception cref="ConfigurationException">An argument is not understood.</exception>
    internal static CommandLine Parse(ReadOnlySpan<string> arguments)
    {
        var result = new CommandLine();
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            switch (argument)
            {
                case "--help" or "-h":
                    result = result with { Help = true };
                    break;
                case "--version":
                    result = result with { Version = true };
                    break;
                case "--check":
                    result = result with { Check = true };
                    break;
                case "--override":
                    if (++i == arguments.Length) throw Wrong("--override needs NAME=VALUE after it.");
                    AddOverride(result, arguments[i]);
                    break;
                case not null when argument.StartsWith("--override=", StringComparison.Ordinal):
                    AddOverride(result, argument["--override=".Length..]);
                    break;
                case not null when argument.StartsWith('-'):
                    throw Wrong($"{argument} is not an option. Options are --override NAME=VALUE, --check, --help and --version.");
                default:
                    if (result.File is not null) throw Wrong($"Two files are named, {result.File} and {argument}. Name one.");
                    result = result with { File = argument };
                    break;
            }
        }
        return result;
    }

    /// <summary>The properties of file, environment and arguments, each overriding the one before.</summary>
    /// <param name="environment">Name and value of each environment variable.</param>
    /// <param name="notes">Takes what the operator should know of the environment.</param>
    /// <exception cref="ConfigurationException">The file cannot be read or something in it, a variable or a property is wrong.</exception>
    internal BrokerProperties ReadProperties(IEnumerable<KeyValuePair<string, string>> environment, List<string> notes)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        if (File is not null) Add(all, ReadFile(File));
        Add(all, EnvironmentProperties.Read(environment, BrokerConfigs.Table, notes));
        Add(all, Overrides);
        return BrokerConfigs.Parse(all);
    }

    private static void Add(Dictionary<string, string> all, Dictionary<string, string> some)
    {
        foreach ((string name, string value) in some) all[name] = value;
    }

    private static Dictionary<string, string> ReadFile(string path)
    {
        try
        {
            return PropertiesFile.Parse(System.IO.File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw Wrong($"{path} cannot be read: {e.Message}");
        }
    }

    private static void AddOverride(CommandLine result, string pair)
    {
        int equals = pair.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0) throw Wrong($"--override {pair} is not NAME=VALUE.");
        result.Overrides[pair[..equals].Trim()] = pair[(equals + 1)..].Trim();
    }

    private static ConfigurationException Wrong(string message) => new([message]);
}
