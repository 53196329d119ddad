using Sluice.Protocol.Batches;
using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Segments;

namespace Sluice.Storage.Logs;

/// <summary>
/// Sorts out what a crash left in a partition's directory, by the rules of Kafka's LogLoader: deletions are finished, a cleaning that
/// was not complete is undone, the swap of one that was is carried to its end. May itself be interrupted anywhere and begun again.
/// </summary>
internal sealed class Leftovers
{
    private readonly IDisk _disk;
    private readonly string _directory;
    private readonly List<string> _swaps = [];
    private long _minCleaned = long.MaxValue;

    private Leftovers(IDisk disk, string directory)
    {
        _disk = disk;
        _directory = directory;
    }

    /// <summary>The names of the files that are the log's.</summary>
    public HashSet<string> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Base offsets of the segments whose deletion was finished.</summary>
    public List<long> DeletedSegments { get; } = [];

    /// <summary>Sorts a directory out.</summary>
    /// <exception cref="DiskException">The disk refused.</exception>
    public static Leftovers Clear(IDisk disk, string directory)
    {
        var leftovers = new Leftovers(disk, directory);
        leftovers.Sort();
        leftovers.FinishSwaps();
        return leftovers;
    }

    private void Sort()
    {
        var cleaned = new List<string>();
        foreach (DiskEntry entry in _disk.List(_directory))
        {
            if (entry.IsDirectory)
                continue;
            if (EndsWith(entry, LogFileNames.Cleaned))
                cleaned.Add(entry.Name);
            else if (EndsWith(entry, LogFileNames.Swap))
                _swaps.Add(entry.Name);
            else if (EndsWith(entry, LogFileNames.Deleted) || EndsWith(entry, LogFileNames.Temporary))
                Delete(entry.Name);
            else
                Files.Add(entry.Name);
        }
        // All files of a segment become .swap before any old segment goes. One that is still .cleaned says that the old ones are all there.
        foreach (string name in cleaned)
            _minCleaned = Math.Min(_minCleaned, OffsetOf(name));
        _swaps.RemoveAll(DeleteIfUnfinished);
        cleaned.ForEach(Delete);
    }

    private bool DeleteIfUnfinished(string swap)
    {
        if (OffsetOf(swap) < _minCleaned)
            return false;
        Delete(swap);
        return true;
    }

    private void FinishSwaps()
    {
        foreach (string swap in _swaps)
        {
            if (LogFileNames.TryParseOffset(swap, LogFileNames.Log + LogFileNames.Swap, out long baseOffset))
                DeleteReplaced(baseOffset, EndOf(swap, baseOffset));
        }
        // The log file first: as long as it is .swap, what has its indexes' names is taken for the old ones'.
        foreach (string swap in _swaps.OrderBy(static name => name.Contains(LogFileNames.Log, StringComparison.Ordinal) ? 0 : 1))
        {
            string name = swap[..^LogFileNames.Swap.Length];
            _disk.Rename($"{_directory}/{swap}", $"{_directory}/{name}");
            Files.Add(name);
        }
        if (_swaps.Count > 0)
            _disk.SyncDirectory(_directory);
    }

    /// <summary>The segments from a base offset up to an end, exclusive, are in the one that takes their place.</summary>
    private void DeleteReplaced(long baseOffset, long end)
    {
        foreach (string name in Files.ToArray())
        {
            foreach (string suffix in LogFileNames.SegmentSuffixes)
            {
                if (!LogFileNames.TryParseOffset(name, suffix, out long offset) || offset < baseOffset || offset >= end)
                    continue;
                Delete(name);
                Files.Remove(name);
            }
        }
    }

    private long EndOf(string name, long baseOffset)
    {
        using IDiskFile file = _disk.Open($"{_directory}/{name}", DiskAccess.Read);
        using var scanner = new BatchScanner(file, 0, file.Length, verify: false);
        long end = baseOffset + 1;
        while (scanner.MoveNext())
            end = scanner.Current.NextOffset;
        return scanner.Error == BatchError.None ? end : throw new DiskException(DiskErrorKind.Corrupt, file.Path,
            $"is to take the place of the segments from offset {baseOffset} on, but is damaged at position {scanner.Position} ({scanner.Error}); those segments are left as they are");
    }

    private void Delete(string name)
    {
        if (LogFileNames.TryParseOffset(name, LogFileNames.Log + LogFileNames.Deleted, out long deleted))
            DeletedSegments.Add(deleted);
        _disk.DeleteFile($"{_directory}/{name}");
    }

    private static bool EndsWith(DiskEntry entry, string suffix) => entry.Name.EndsWith(suffix, StringComparison.Ordinal);

    /// <summary>The offset that the name begins with; beyond all offsets when it begins with none.</summary>
    private static long OffsetOf(string name)
    {
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && LogFileNames.TryParseOffset(name, name[dot..], out long offset) ? offset : long.MaxValue;
    }
}
