using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;

namespace Sluice.Local.NodeAgent.Processes;

/// <summary>
/// What tells one process from every other that ever had its number: the pid, the start time in clock ticks since boot (field
/// 22 of /proc/PID/stat) and the boot. Written to disk, so that a new control plane recognises the processes of the last one.
/// </summary>
internal sealed record ProcessIdentity(
    [property: JsonPropertyName("pid")] int Pid,
    [property: JsonPropertyName("startTicks")] long StartTicks,
    [property: JsonPropertyName("bootId")] string BootId)
{
    private static readonly Lazy<string> CurrentBoot = new(() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim());

    /// <summary>The identity of a process that lives or waits to be reaped, or null when there is none of that number.</summary>
    public static ProcessIdentity? Of(int pid) =>
        ReadStat(pid) is { } stat ? new(pid, stat.StartTicks, CurrentBoot.Value) : null;

    /// <summary>True when the process lives; a zombie does not.</summary>
    public bool IsAlive =>
        BootId == CurrentBoot.Value && ReadStat(Pid) is { State: not ('Z' or 'X') } stat && stat.StartTicks == StartTicks;

    /// <summary>State letter, session, start ticks and the wait status (only set for a zombie) of a process; null when it is gone.</summary>
    internal static ProcessStat? ReadStat(int pid)
    {
        string text;
        try
        {
            text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"), Encoding.Latin1);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or IOException)
        {
            return null;
        }
        // The second field is the command in brackets and may itself hold blanks and brackets: the last one ends it.
        var close = text.LastIndexOf(')');
        if (close < 0) return null;
        var fields = text[(close + 2)..].Split(' ');
        if (fields.Length < 50) return null;
        return new ProcessStat(
            fields[0][0],
            int.Parse(fields[3], CultureInfo.InvariantCulture),
            long.Parse(fields[19], CultureInfo.InvariantCulture),
            int.Parse(fields[49], CultureInfo.InvariantCulture));
    }

    /// <summary>The parts of /proc/PID/stat that are used here.</summary>
    internal readonly record struct ProcessStat(char State, int Session, long StartTicks, int WaitStatus);
}
