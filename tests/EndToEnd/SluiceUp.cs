using System.Diagnostics;
using Support;

namespace EndToEnd;

/// <summary>What a user starts with: <c>./sluice up --detach</c>, in a state folder of its own, taken down at the end.</summary>
public sealed class SluiceUp : IDisposable
{
    public SluiceUp()
    {
        Home = Directory.CreateTempSubdirectory("sluice-e2e-").FullName;
        Sluice("up", "--detach");
        KubeConfig = Sluice("kubeconfig").Trim();
    }

    /// <summary>The state folder.</summary>
    public string Home { get; }

    /// <summary>Path of the kubeconfig.</summary>
    public string KubeConfig { get; }

    /// <summary>Runs the command line as a user does, and gives what it printed.</summary>
    public string Sluice(params string[] arguments) => TrySluice(arguments).Succeeded();

    internal Finished TrySluice(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Judges.Repository, "sluice"), arguments);
        start.Environment["SLUICE_HOME"] = Home;
        return Shell.Run(start, null, TimeSpan.FromMinutes(3));
    }

    /// <summary>Runs the unchanged kubectl of this machine.</summary>
    public string Kubectl(params string[] arguments) => TryKubectl(null, arguments).Succeeded();

    internal Finished TryKubectl(string? input, params string[] arguments)
    {
        var start = new ProcessStartInfo(Judges.Command("kubectl"), arguments);
        start.Environment["KUBECONFIG"] = KubeConfig;
        return Shell.Run(start, input is null ? null : System.Text.Encoding.UTF8.GetBytes(input), TimeSpan.FromMinutes(2));
    }

    /// <summary>Applies a manifest.</summary>
    public string Apply(string manifest) => TryKubectl(manifest, "apply", "-f", "-").Succeeded();

    /// <summary>The sample cluster's address for clients.</summary>
    public string Bootstrap() => Kubectl("get", "cluster", "sample", "-o", "jsonpath={.status.bootstrapAddress}");

    /// <summary>Process id of the running broker of this state folder.</summary>
    public int BrokerPid() => Pids("sluice-broker").Single();

    /// <summary>Process id of the control plane and operator.</summary>
    public int ControlPlanePid() => int.Parse(File.ReadAllText(Path.Combine(Home, "sluice.pid")).Trim());

    public void Dispose()
    {
        TrySluice("down", "--delete-data");
        foreach (int pid in Pids("sluice-broker")) Process.GetProcessById(pid).Kill();
        Directory.Delete(Home, recursive: true);
    }

    private IEnumerable<int> Pids(string program)
    {
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out int pid)) continue;
            string command = ReadOrEmpty(Path.Combine(folder, "cmdline")).Split('\0')[0];
            if (command.Contains(program, StringComparison.Ordinal) && ReadOrEmpty(Path.Combine(folder, "environ")).Contains(Home, StringComparison.Ordinal))
            {
                yield return pid;
            }
        }
    }

    // A process may end between being listed and being read.
    private static string ReadOrEmpty(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
