using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Sluice.Local.NodeAgent.Processes;

namespace Sluice.Local.NodeAgent;

/// <summary>
/// Finds processes that earlier control planes on the same state folder started, by the marker in their environment: also
/// those whose record was never written, and what they started themselves in sessions of their own.
/// </summary>
internal static class OrphanSweep
{
    /// <summary>The living processes whose marker begins with the folder, with what follows in it: UID/CONTAINER/ATTEMPT.</summary>
    public static IReadOnlyList<(ProcessIdentity Process, string Marker)> Find(string folder)
    {
        var result = new List<(ProcessIdentity, string)>();
        var wanted = $"\0{PodRuntime.MarkerVariable}={folder}:";
        foreach (var path in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out var pid)) continue;
            var environment = "\0" + ReadEnvironment(path);
            var at = environment.IndexOf(wanted, StringComparison.Ordinal);
            if (at < 0) continue;
            var start = at + wanted.Length;
            var end = environment.IndexOf('\0', start);
            if (ProcessIdentity.Of(pid) is { IsAlive: true } identity)
                result.Add((identity, environment[start..(end < 0 ? environment.Length : end)]));
        }
        return result;
    }

    /// <summary>
    /// Kills the processes of the folder, but for those in the sessions of containers that are known: UID/CONTAINER and the
    /// number of the container's process, which leads its session.
    /// </summary>
    public static void KillAllBut(string folder, IReadOnlySet<(string Container, int Process)> known, ILogger log)
    {
        foreach (var (process, marker) in Find(folder))
        {
            var session = ProcessIdentity.ReadStat(process.Pid)?.Session ?? 0;
            if (known.Contains((marker[..Math.Max(0, marker.LastIndexOf('/'))], session))) continue;
            _ = Libc.Kill(process.Pid, Libc.SigKill);
            PodLog.OrphanEnded(log, process.Pid, marker);
        }
    }

    private static string ReadEnvironment(string path)
    {
        try
        {
            return File.ReadAllText(Path.Combine(path, "environ"), Encoding.Latin1);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone, or another user's.
            return "";
        }
    }
}
