using System.Diagnostics;
using Support;

namespace EndToEnd;

/// <summary>What a user starts with: <c>./sluice up --detach</c>, in a state folder of its own, taken down at the end.</summary>
public sealed class EmbeddedKubernetes : KubernetesUnderTest
{
    private string _kubeConfig = "";

    /// <summary>The state folder.</summary>
    public string Home { get; private set; } = "";

    /// <summary>Runs the command line as a user does, and gives what it printed.</summary>
    public string Sluice(params string[] arguments) => TrySluice(arguments).Succeeded();

    internal Finished TrySluice(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Judges.Repository, "sluice"), arguments);
        start.Environment["SLUICE_HOME"] = Home;
        return Shell.Run(start, null, TimeSpan.FromMinutes(5));
    }

    internal override Finished TryKubectl(string? input, params string[] arguments)
    {
        var start = new ProcessStartInfo(Judges.Command("kubectl"), arguments);
        start.Environment["KUBECONFIG"] = _kubeConfig;
        return Shell.Run(start, input is null ? null : System.Text.Encoding.UTF8.GetBytes(input), TimeSpan.FromMinutes(2));
    }

    /// <summary>Path of the configuration for <c>kubectl</c>.</summary>
    public string KubeConfig => _kubeConfig;

    internal override Finished Bash(string script, params string[] arguments) => Shell.Bash(script, arguments);

    public override void KillBroker() => Process.GetProcessById(BrokerPid()).Kill();

    /// <summary>Process id of the running broker; 0 when none runs.</summary>
    public int BrokerPid() => Pids("sluice-broker").FirstOrDefault();

    /// <summary>Process id of the control plane and operator.</summary>
    public int ControlPlanePid() => int.Parse(File.ReadAllText(Path.Combine(Home, "sluice.pid")).Trim());

    protected override void Start()
    {
        Home = Directory.CreateTempSubdirectory("sluice-e2e-").FullName;
        Sluice("up", "--detach");
        _kubeConfig = Sluice("kubeconfig").Trim();
    }

    protected override void Stop()
    {
        TrySluice("down", "--delete-data");
        foreach (int pid in Pids("sluice-broker")) Process.GetProcessById(pid).Kill();
        if (Directory.Exists(Home)) Directory.Delete(Home, recursive: true);
    }

    private IEnumerable<int> Pids(string program)
    {
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out int pid)) continue;
            string command = ReadOrEmpty(Path.Combine(folder, "cmdline"));
            if (!command.Split('\0')[0].EndsWith(program, StringComparison.Ordinal)) continue;
            if (command.Contains(Home, StringComparison.Ordinal) || ReadOrEmpty(Path.Combine(folder, "environ")).Contains(Home, StringComparison.Ordinal)) yield return pid;
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
