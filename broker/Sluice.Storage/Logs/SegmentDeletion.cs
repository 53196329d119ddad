using Sluice.Storage.Disk;

namespace Sluice.Storage.Logs;

/// <summary>Files of a segment that are out of the log and renamed, to be deleted when nobody reads them any more.</summary>
public sealed class SegmentDeletion
{
    private readonly IDisk _disk;
    private readonly List<string> _paths;

    internal SegmentDeletion(IDisk disk, List<string> paths, long dueMs)
    {
        _disk = disk;
        _paths = paths;
        DueMs = dueMs;
    }

    /// <summary>When to delete, milliseconds since 1970.</summary>
    public long DueMs { get; }

    /// <summary>Deletes the files; large ones take the file system a while. May run on any thread.</summary>
    /// <exception cref="DiskException">The disk refused. Files that are left go at the next start.</exception>
    public void Execute()
    {
        if (_paths.Count == 0)
            return;
        // The renames of a log in their order, before any trace of one of them goes: a start that found old segments again but not the
        // ones after them could not tell that from a loss.
        string directory = DiskExtensions.Parent(_paths[0]);
        if (!_disk.DirectoryExists(directory))
            return;
        _disk.SyncDirectory(directory);
        foreach (string path in _paths)
            _disk.DeleteIfExists(path);
    }
}
