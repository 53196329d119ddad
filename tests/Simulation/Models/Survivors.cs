using System.Globalization;
using System.Text;
using Simulation.Disks;
using Sluice.Protocol.Batches;

namespace Simulation.Models;

/// <summary>
/// What a loss of power at this moment would leave of a node's data, at worst: the names that were synced, with what was flushed of their
/// files. Asked at every promise, so that one which is given too early is found there, and not only where power is lost by chance.
/// </summary>
internal sealed class Survivors(SimDisk disk, string dataDirectory)
{
    private const int NameDigits = 20;
    private readonly Dictionary<SimFileNode, (int Version, long End)> _ends = [];

    /// <summary>The offset below which a partition's log would be there; -1 when none of it would.</summary>
    /// <param name="partition">Topic and number, as its directory is named.</param>
    /// <param name="mayHaveHoles">Whether segments need not begin where the ones before them end, as after compaction.</param>
    public long EndOf(string partition, bool mayHaveHoles)
    {
        long end = -1;
        foreach ((string name, SimFileNode file) in disk.Surviving($"{dataDirectory}/{partition}"))
        {
            if (name.Length != NameDigits + ".log".Length || !name.EndsWith(".log", StringComparison.Ordinal)) continue;
            long first = long.Parse(name.AsSpan(0, NameDigits), CultureInfo.InvariantCulture);
            if (end >= 0 && first > end && !mayHaveHoles) return end;
            end = Math.Max(end, EndOf(file, first));
        }
        return end;
    }

    /// <summary>What a checkpoint of the data directory would say of a partition; 0 for nothing.</summary>
    public long Checkpointed(string checkpoint, string topic, int partition)
    {
        foreach ((string name, SimFileNode file) in disk.Surviving(dataDirectory))
        {
            if (name != checkpoint) continue;
            string begin = string.Create(CultureInfo.InvariantCulture, $"{topic} {partition} ");
            string? line = Array.Find(Encoding.UTF8.GetString(file.Surviving).Split('\n'), l => l.StartsWith(begin, StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.AsSpan(begin.Length), CultureInfo.InvariantCulture);
        }
        return 0;
    }

    private long EndOf(SimFileNode file, long first)
    {
        if (_ends.TryGetValue(file, out (int Version, long End) known) && known.Version == file.SurvivingVersion) return known.End;
        long end = first;
        RecordBatches.Enumerator batches = RecordBatches.Split(file.Surviving);
        while (batches.MoveNext() && batches.Current.Validate() == BatchError.None) end = batches.Current.NextOffset;
        _ends[file] = (file.SurvivingVersion, end);
        return end;
    }
}
