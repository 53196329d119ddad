using System.Globalization;
using Sluice.Storage.Disk;

namespace Sluice.Storage.Files;

/// <summary>A partition by its topic's name, as directories and checkpoints name it.</summary>
/// <param name="Topic">The topic's name.</param>
/// <param name="Partition">The partition's number.</param>
public readonly record struct PartitionName(string Topic, int Partition)
{
    /// <inheritdoc/>
    public override string ToString() => LogFileNames.Partition(Topic, Partition);
}

/// <summary>A checkpoint of a log directory: an offset for each partition.</summary>
internal static class OffsetCheckpoint
{
    public static void Write(IDisk disk, string path, IEnumerable<KeyValuePair<PartitionName, long>> offsets)
    {
        List<string> lines = [.. offsets.Select(static entry =>
            string.Create(CultureInfo.InvariantCulture, $"{entry.Key.Topic} {entry.Key.Partition} {entry.Value}"))];
        CheckpointFile.Write(disk, path, lines, durable: true);
    }

    public static Dictionary<PartitionName, long> Read(IDisk disk, string path)
    {
        var offsets = new Dictionary<PartitionName, long>();
        foreach (string[] line in CheckpointFile.Read(disk, path, fields: 3))
            offsets[new PartitionName(line[0], CheckpointFile.Int32(path, line[1]))] = CheckpointFile.Number(path, line[2]);
        return offsets;
    }
}
