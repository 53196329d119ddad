using System.Globalization;

namespace Benchmarks.Servers;

/// <summary>A process's memory, in bytes.</summary>
/// <param name="Resident">All pages that are in memory, those of files too.</param>
/// <param name="Anonymous">The pages that are nobody's but the process's: heaps and stacks.</param>
internal readonly record struct MemoryFigures(long Resident, long Anonymous)
{
    internal static MemoryFigures Of(int process)
    {
        string[] lines = File.ReadAllLines($"/proc/{process}/smaps_rollup");
        return new MemoryFigures(Bytes(lines, "Rss:"), Bytes(lines, "Anonymous:"));
    }

    private static long Bytes(string[] lines, string name)
    {
        string line = lines.First(l => l.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
