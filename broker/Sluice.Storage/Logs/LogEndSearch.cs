using Sluice.Protocol.Batches;
using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Segments;

namespace Sluice.Storage.Logs;

/// <summary>Finds where a log that is not open ends, and changes nothing: for whoever has to know what a recovery would cut before it does.</summary>
public static class LogEndSearch
{
    /// <summary>The offset after the last batch that follows, whole and without a gap, on <paramref name="fromOffset"/>.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="directory">The partition's directory.</param>
    /// <param name="fromOffset">What lies before this offset is not looked at; the log may begin there or earlier.</param>
    /// <returns>At most <paramref name="fromOffset"/> when nothing follows on it.</returns>
    /// <exception cref="DiskException">The disk refused.</exception>
    public static long WholeEnd(IDisk disk, string directory, long fromOffset)
    {
        List<long> segments = BaseOffsets(disk, directory);
        int first = Math.Max(0, segments.FindLastIndex(offset => offset <= fromOffset));
        long end = first < segments.Count ? segments[first] : 0;
        for (int i = first; i < segments.Count && segments[i] == end; i++)
        {
            if (!TryWalk(disk, LogFileNames.File(directory, segments[i], LogFileNames.Log), ref end))
                break;
        }
        return end;
    }

    private static List<long> BaseOffsets(IDisk disk, string directory)
    {
        var offsets = new List<long>();
        foreach (DiskEntry entry in disk.List(directory))
        {
            if (!entry.IsDirectory && LogFileNames.TryParseOffset(entry.Name, LogFileNames.Log, out long offset))
                offsets.Add(offset);
        }
        offsets.Sort();
        return offsets;
    }

    /// <returns>Whether the segment is whole to its end.</returns>
    private static bool TryWalk(IDisk disk, string path, ref long end)
    {
        using IDiskFile file = disk.Open(path, DiskAccess.Read);
        using var scanner = new BatchScanner(file, 0, file.Length, verify: true);
        while (scanner.MoveNext())
        {
            if (scanner.Current.BaseOffset != end)
                return false;
            end = scanner.Current.NextOffset;
        }
        return scanner.Error == BatchError.None && scanner.NextPosition == file.Length;
    }
}
