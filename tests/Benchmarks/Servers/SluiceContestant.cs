namespace Benchmarks.Servers;

/// <summary>Sluice's broker with its default settings.</summary>
internal sealed class SluiceContestant(string name, string program) : Contestant(name)
{
    /// <summary>Properties in addition, as lines.</summary>
    internal string[] Settings { get; init; } = [];

    internal override RunningServer Launch(string folder)
    {
        if (!File.Exists(program)) throw new FileNotFoundException($"there is no broker at {program}: build it by ./sluice, or give another by --systems sluice=PATH");
        Directory.CreateDirectory(folder);
        string address = $"127.0.0.1:{PortOf(folder, "client")}";
        string data = Path.Combine(folder, "data");
        string[] settings = ["process.roles=broker,controller", "node.id=1", $"log.dirs={data}", $"listeners=PLAINTEXT://{address}", .. Settings];
        string properties = Path.Combine(folder, "server.properties");
        File.WriteAllLines(properties, settings);
        return new RunningServer(program, [properties], [], address, data, Path.Combine(folder, "server.log"));
    }
}
