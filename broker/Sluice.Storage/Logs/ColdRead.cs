using Sluice.Storage.Disk;
using Sluice.Storage.Segments;

namespace Sluice.Storage.Logs;

/// <summary>
/// Bytes that a read of the log needs and that are not in memory. The thread that owns the log must not wait for the device: it has
/// <see cref="Execute"/> run on another one, then reads again.
/// </summary>
public sealed class ColdRead
{
    private readonly IDisk _disk;
    private readonly string? _index;
    private readonly string? _logPath;
    private readonly LogFile? _log;
    private readonly long _position;

    /// <summary>The index of a segment, and the directory entries of its files.</summary>
    internal ColdRead(IDisk disk, string index, string log)
    {
        _disk = disk;
        _index = index;
        _logPath = log;
    }

    /// <summary>A range of a segment's batches; keeps the file open until it is read.</summary>
    internal ColdRead(IDisk disk, LogFile log, long position, long length)
    {
        log.Retain();
        _disk = disk;
        _log = log;
        _position = position;
        Bytes = length;
    }

    /// <summary>How many bytes of batches are brought into memory; 0 when it is an index that is.</summary>
    public long Bytes { get; }

    /// <summary>Brings the bytes into memory; blocks. To be called once, on any thread.</summary>
    /// <exception cref="DiskException">The disk refused; the read that follows will meet the same.</exception>
    public void Execute()
    {
        if (_log is null)
        {
            Warm(_index!, wholly: true);
            Warm(_logPath!, wholly: false);
            return;
        }
        try
        {
            _log.File.Prefetch(_position, Bytes);
        }
        finally
        {
            _log.Release();
        }
    }

    private void Warm(string path, bool wholly)
    {
        // What is gone meanwhile was deleted; the read that follows finds out.
        if (!_disk.FileExists(path)) return;
        using IDiskFile file = _disk.Open(path, DiskAccess.Read);
        if (wholly) file.Prefetch(0, file.Length);
    }
}
