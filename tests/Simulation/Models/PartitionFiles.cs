using System.Buffers.Binary;
using System.Globalization;
using Simulation.Disks;
using Simulation.Runs;
using Sluice.Protocol.Batches;

namespace Simulation.Models;

/// <summary>What lies in a partition's directory, as text for whoever reads a failure.</summary>
internal static class PartitionFiles
{
    /// <summary>The segments of a partition as the process sees them: base offset and the file of batches, in order.</summary>
    public static IEnumerable<(long BaseOffset, SimFileNode File)> Segments(SimDisk disk, string partition)
    {
        const int NameDigits = 20;
        foreach ((string name, SimFileNode file) in disk.Files($"{World.DataDirectory}/{partition}"))
        {
            if (name.Length == NameDigits + ".log".Length && name.EndsWith(".log", StringComparison.Ordinal)) yield return (long.Parse(name.AsSpan(0, NameDigits), CultureInfo.InvariantCulture), file);
        }
    }

    /// <summary>Notes the files of a partition: batches with their last offsets and largest timestamps, and the entries of the indexes.</summary>
    public static void Note(World world, string partition)
    {
        foreach ((string path, SimFileNode file) in world.Disk.AllFiles())
        {
            if (!path.Contains($"/{partition}/", StringComparison.Ordinal)) continue;
            ReadOnlySpan<byte> bytes = file.Content.AsSpan(0, (int)file.Length);
            world.Trace.Note($"{path[(path.LastIndexOf('/') + 1)..]} has {file.Length} bytes{Content(path, bytes)}");
        }
    }

    private static string Content(string path, ReadOnlySpan<byte> bytes)
    {
        var text = new System.Text.StringBuilder();
        if (path.EndsWith(".log", StringComparison.Ordinal))
        {
            RecordBatches.Enumerator batches = RecordBatches.Split(bytes);
            while (batches.MoveNext()) text.Append($" {batches.Current.BaseOffset}..{batches.Current.LastOffset}@{batches.Position}:{batches.Current.MaxTimestamp % 100_000_000}");
        }
        else if (path.EndsWith(".timeindex", StringComparison.Ordinal))
        {
            for (; bytes.Length >= 12; bytes = bytes[12..]) text.Append($" {BinaryPrimitives.ReadInt64BigEndian(bytes) % 100_000_000}->+{BinaryPrimitives.ReadInt32BigEndian(bytes[8..])}");
        }
        else if (path.EndsWith(".index", StringComparison.Ordinal))
        {
            for (; bytes.Length >= 8; bytes = bytes[8..]) text.Append($" +{BinaryPrimitives.ReadInt32BigEndian(bytes)}@{BinaryPrimitives.ReadInt32BigEndian(bytes[4..])}");
        }
        else if (bytes.Length < 200 && !bytes.ContainsAnyExceptInRange((byte)9, (byte)126))
        {
            text.Append($" {System.Text.Encoding.ASCII.GetString(bytes).ReplaceLineEndings("|")}");
        }
        return text.Length > 2000 ? text.ToString()[..2000] : text.ToString();
    }
}
