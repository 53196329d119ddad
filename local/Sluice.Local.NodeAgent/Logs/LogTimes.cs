using System.Buffers.Binary;

namespace Sluice.Local.NodeAgent.Logs;

/// <summary>
/// When the bytes of a log file were seen. A container writes straight into its file, so that nothing between it and the disk
/// can die and break it; the price is that nobody stamps its lines. The keeper looks at the file's length a few times a second
/// and notes here what it saw: entries of (length, Unix milliseconds), 16 bytes each, little endian, in a file beside the log.
/// The first entry's length is where the kept part of the log begins.
/// </summary>
internal static class LogTimes
{
    private const int EntryBytes = 16;

    /// <summary>The file of times that belongs to a log file.</summary>
    public static string PathFor(string logPath) => logPath + ".times";

    /// <summary>Adds an entry.</summary>
    public static void Append(string logPath, Mark mark)
    {
        using var stream = new FileStream(PathFor(logPath), FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        stream.Write(Encode([mark]));
    }

    /// <summary>All entries, oldest first. An entry that was torn by a kill is left out.</summary>
    public static IReadOnlyList<Mark> Read(string logPath)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(PathFor(logPath));
        }
        catch (FileNotFoundException)
        {
            return [];
        }
        var marks = new List<Mark>(bytes.Length / EntryBytes);
        for (var at = 0; at + EntryBytes <= bytes.Length; at += EntryBytes)
        {
            marks.Add(new Mark(
                BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at)),
                BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at + 8))));
        }
        return marks;
    }

    /// <summary>Where the kept part of a log begins.</summary>
    public static long Head(IReadOnlyList<Mark> marks) => marks.Count == 0 ? 0 : marks[0].Length;

    /// <summary>Forgets what lies before <paramref name="head"/>, which becomes the first entry's length.</summary>
    public static void TrimTo(string logPath, long head)
    {
        var marks = Read(logPath);
        var next = FirstIndexAbove(marks, head);
        var kept = new List<Mark> { new(head, (next < marks.Count ? marks[next] : marks[^1]).UnixMs) };
        kept.AddRange(marks.Skip(next));
        var temporary = PathFor(logPath) + ".new";
        File.WriteAllBytes(temporary, Encode(kept));
        File.Move(temporary, PathFor(logPath), overwrite: true);
    }

    /// <summary>Index of the first entry that was noted after the byte at an offset had come; the count when there is none.</summary>
    public static int FirstIndexAbove(IReadOnlyList<Mark> marks, long offset)
    {
        int low = 0, high = marks.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (marks[middle].Length > offset) high = middle;
            else low = middle + 1;
        }
        return low;
    }

    private static byte[] Encode(List<Mark> marks)
    {
        var bytes = new byte[marks.Count * EntryBytes];
        for (var i = 0; i < marks.Count; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * EntryBytes), marks[i].Length);
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * EntryBytes + 8), marks[i].UnixMs);
        }
        return bytes;
    }

    /// <summary>At this time the log had so many bytes.</summary>
    internal readonly record struct Mark(long Length, long UnixMs);
}
