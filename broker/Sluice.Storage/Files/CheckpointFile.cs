using System.Globalization;
using System.Text;
using Sluice.Storage.Disk;

namespace Sluice.Storage.Files;

/// <summary>Kafka's text checkpoints: a line with the version 0, a line with the count, then a line an entry.</summary>
internal static class CheckpointFile
{
    private const char Version = '0';

    public static void Write(IDisk disk, string path, IReadOnlyCollection<string> lines, bool durable)
    {
        var text = new StringBuilder(32 * (lines.Count + 2));
        text.Append(Version).Append('\n').Append(CultureInfo.InvariantCulture, $"{lines.Count}\n");
        foreach (string line in lines)
            text.Append(line).Append('\n');
        disk.Replace(path, text.ToString(), durable);
    }

    /// <summary>The entries' fields. An absent file has none.</summary>
    /// <exception cref="DiskException">With <see cref="DiskErrorKind.Corrupt"/> when the file is not such a checkpoint.</exception>
    public static List<string[]> Read(IDisk disk, string path, int fields)
    {
        var entries = new List<string[]>();
        if (!disk.FileExists(path))
            return entries;
        string[] lines = disk.ReadAllText(path).Split('\n');
        if (lines.Length < 3 || lines[0].Trim() is not [Version]
            || !int.TryParse(lines[1].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int count) || lines.Length < count + 3)
            throw Corrupt(path, "it does not begin with version 0 and a count of the lines that follow");
        for (int i = 2; i < count + 2; i++)
        {
            string[] parts = lines[i].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length != fields)
                throw Corrupt(path, $"line {i + 1} has {parts.Length} fields, not {fields}");
            entries.Add(parts);
        }
        return entries;
    }

    public static long Number(string path, string field) =>
        long.TryParse(field, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw Corrupt(path, $"'{field}' is not a number");

    public static int Int32(string path, string field) =>
        int.TryParse(field, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw Corrupt(path, $"'{field}' is not a number of 32 bits");

    private static DiskException Corrupt(string path, string what) => new(DiskErrorKind.Corrupt, path, $"is not a checkpoint: {what}");
}
