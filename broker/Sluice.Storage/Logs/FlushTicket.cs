using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Segments;

namespace Sluice.Storage.Logs;

/// <summary>
/// A flush of all that was in a log when it was begun. Begun and completed by the log's owner, executed on any thread in
/// between; all that waits for offsets below <see cref="UpToOffset"/> shares it.
/// </summary>
public sealed class FlushTicket
{
    private readonly IDisk _disk;
    private readonly string _directory;
    private readonly List<LogFile> _logs = [];
    private readonly List<string> _paths = [];
    private readonly bool _parent;
    private bool _executed;

    internal FlushTicket(LogState log, bool closing = false)
    {
        _disk = log.Files.SharedDisk;
        _directory = log.Directory;
        UpToOffset = log.LogEndOffset;
        Truncations = log.Truncations;
        Directory = log.DirectoryDirty;
        _parent = log.ParentDirty;
        log.Epochs.Save();
        AddSegments(log, closing);
        if (log.Epochs.IsDirty)
        {
            _paths.Add(log.Epochs.Path);
            Directory = true;
            log.Epochs.IsDirty = false;
        }
        // A directory that a crash leaves without its topic id would be nobody's.
        if (_parent)
            _paths.Add($"{_directory}/{LogFileNames.PartitionMetadata}");
        log.DirectoryDirty = log.ParentDirty = false;
    }

    /// <summary>Offsets below this are durable once the ticket is executed.</summary>
    public long UpToOffset { get; }

    /// <summary>Why the flush failed, null while it did not.</summary>
    public DiskException? Error { get; private set; }

    internal int Truncations { get; }

    /// <summary>Set by the thread that executes, read by the owner.</summary>
    internal bool Executed => Volatile.Read(ref _executed);

    private bool Directory { get; }

    /// <summary>Waits for the disk. Never throws <see cref="DiskException"/>: <see cref="PartitionLog.CompleteFlush"/> tells of it.</summary>
    public void Execute()
    {
        try
        {
            foreach (LogFile log in _logs)
                log.File.Flush();
            foreach (string path in _paths)
                FlushPath(path);
            if (Directory)
                _disk.SyncDirectory(_directory);
            if (_parent)
                _disk.SyncDirectory(DiskExtensions.Parent(_directory));
        }
        catch (DiskException e)
        {
            Error = e;
            // Here and not when the owner learns of it: the process may end before.
            FlushFailure.Note(_disk, _directory);
        }
        finally
        {
            Volatile.Write(ref _executed, true);
        }
    }

    internal void Release()
    {
        foreach (LogFile log in _logs)
            log.Release();
        _logs.Clear();
    }

    private void AddSegments(LogState log, bool closing)
    {
        int first = log.FirstUnflushedSegment();
        try
        {
            for (int i = first; i < log.Segments.Count; i++)
                Add(log, i, closing);
        }
        catch (DiskException)
        {
            Release();
            throw;
        }
        for (int i = first; i < log.Segments.Count; i++)
            log.Segments[i].IndexesDirty = false;
    }

    /// <summary>
    /// The log file of each segment since the recovery point. Recovery builds the indexes of the last one anew, so only those of
    /// finished segments need to be durable, and of all when the log is closed cleanly: then nothing is built anew.
    /// </summary>
    private void Add(LogState log, int index, bool closing)
    {
        LogSegment segment = log.Segments[index];
        LogFile file = segment.Log;
        file.Retain();
        _logs.Add(file);
        _paths.Add(log.SnapshotPath(segment.BaseOffset));
        if (index + 1 == log.Segments.Count)
        {
            if (!closing)
                return;
            _paths.Add(log.SnapshotPath(log.LogEndOffset));
        }
        _paths.Add(segment.PathOf(LogFileNames.Index));
        _paths.Add(segment.PathOf(LogFileNames.TimeIndex));
        _paths.Add(segment.PathOf(LogFileNames.TransactionIndex));
    }

    private void FlushPath(string path)
    {
        try
        {
            using IDiskFile file = _disk.Open(path, DiskAccess.Read);
            file.Flush();
        }
        catch (DiskException e) when (e.Kind == DiskErrorKind.NotFound)
        {
            // Not every segment has such a file, and the owner may have deleted the segment meanwhile: then nothing needs to stay.
        }
    }
}
