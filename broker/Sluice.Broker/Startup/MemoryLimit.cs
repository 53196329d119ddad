using System.Globalization;

namespace Sluice.Broker.Startup;

/// <summary>
/// How much memory this process can have: the machine's, or less where a control group of it (cgroup v1 or v2), or one above that, says
/// so. Containers are control groups.
/// </summary>
internal static class MemoryLimit
{
    private const string MemoryController = "memory";

    /// <summary>Bytes; the machine's memory where no control group limits it.</summary>
    /// <param name="root">The root of the file system; another one in tests.</param>
    internal static long Read(string root = "/")
    {
        long bytes = MachineBytes(root);
        foreach ((string directory, string path, string file) in Groups(root)) bytes = Math.Min(bytes, Least(directory, path, file));
        return bytes;
    }

    private static long MachineBytes(string root)
    {
        foreach (string line in Lines(Path.Combine(root, "proc/meminfo")))
        {
            // "MemTotal:       24683840 kB"
            if (!line.StartsWith("MemTotal:", StringComparison.Ordinal)) continue;
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 1 && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out long kilobytes)) return kilobytes * 1024;
        }
        return GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
    }

    /// <summary>Where the limits of this process's groups stand: one hierarchy in version 2, that of the memory controller in version 1.</summary>
    private static IEnumerable<(string Directory, string Path, string File)> Groups(string root)
    {
        string mount = Path.Combine(root, "sys/fs/cgroup");
        foreach (string line in Lines(Path.Combine(root, "proc/self/cgroup")))
        {
            // "0::/kubepods/pod1" in version 2, "4:memory:/kubepods/pod1" in version 1.
            string[] parts = line.Split(':', 3);
            if (parts.Length < 3) continue;
            if (parts[1].Length == 0)
            {
                yield return (mount, parts[2], "memory.max");
                yield return (Path.Combine(mount, "unified"), parts[2], "memory.max");
            }
            else if (parts[1].Split(',').Contains(MemoryController))
            {
                yield return (Path.Combine(mount, MemoryController), parts[2], "memory.limit_in_bytes");
            }
        }
    }

    /// <summary>The least limit from a group up to the mount. Inside a container the path may be the host's, and the mount the group itself.</summary>
    private static long Least(string mount, string path, string file)
    {
        long least = long.MaxValue;
        for (string? group = path.Trim('/'); group is not null; group = group.Length == 0 ? null : Path.GetDirectoryName(group) ?? "")
        {
            foreach (string line in Lines(Path.Combine(mount, group, file)))
            {
                // "max", or in version 1 a number beyond every machine's memory, is none.
                if (long.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes)) least = Math.Min(least, bytes);
            }
        }
        return least;
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllLines(path) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What cannot be read sets no limit that could be kept.
            return [];
        }
    }
}
