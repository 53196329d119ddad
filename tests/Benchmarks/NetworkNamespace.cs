using System.Diagnostics;

namespace Benchmarks;

/// <summary>
/// A network namespace of the run's own, whose connections use a congestion control that is chosen. That of the system may be one that
/// costs more than what is measured: BBR paces packets by timers, on the loopback device as well.
/// </summary>
internal static class NetworkNamespace
{
    internal const string Option = "--congestion";

    /// <summary>Set for the process inside: the name.</summary>
    private const string Inside = "SLUICE_BENCH_CONGESTION";

    private const string SystemChoice = "/proc/sys/net/ipv4/tcp_congestion_control";

    /// <summary>What routes tell their connections; the command follows.</summary>
    private const string Script = """
        set -e
        ip link set lo up
        for destination in 127.0.0.0/8 127.0.0.1; do
          ip route replace local $destination dev lo table local proto kernel scope host src 127.0.0.1 congctl "$1"
        done
        shift
        exec "$@"
        """;

    /// <summary>The one that connections of this process use.</summary>
    internal static string CongestionControl => Environment.GetEnvironmentVariable(Inside) ?? File.ReadAllText(SystemChoice).Trim();

    /// <summary>The arguments ask for one, and this process is not in it yet.</summary>
    internal static bool IsWanted(string[] arguments) => arguments.Contains(Option) && Environment.GetEnvironmentVariable(Inside) is null;

    /// <summary>Runs this program again inside, and answers its exit code.</summary>
    internal static int Run(string[] arguments)
    {
        int at = Array.IndexOf(arguments, Option) + 1;
        if (at == arguments.Length) throw new UsageException($"{Option} needs a name after it, such as cubic");
        string name = arguments[at];
        var start = new ProcessStartInfo("unshare", ["--net", "sh", "-c", Script, "sh", name, Environment.ProcessPath!, .. arguments]);
        start.Environment[Inside] = name;
        Process inside;
        try
        {
            inside = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new UsageException($"{Option} needs unshare and ip (packages util-linux and iproute2): {e.Message}");
        }
        using (inside)
        {
            inside.WaitForExit();
            return inside.ExitCode;
        }
    }
}
