using Sluice.Storage.Disk;
using Sluice.Storage.Segments;

namespace Sluice.Storage.Logs;

/// <summary>
/// Bytes that a read of the log needs and that are not in memory. The thread that owns the log must not wait for the device: it has
/// <see cref="Execute"/> run on another one, then reads again.
/// </summary>
public sealed class ColdRead
{
    private const long TailBytes = 64 * 1024;

    private readonly IDisk _disk;
    private readonly string? _index;
    private readonly string? _times;
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

    /// <summary>Both indexes of a segment, and its last batches, which the indexes need not cover.</summary>
    internal ColdRead(IDisk disk, string index, string times, string log)
        : this(disk, index, log) => _times = times;

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
            Warm(_index!, long.MaxValue);
            if (_times is not null) Warm(_times, long.MaxValue);
            Warm(_logPath!, _times is null ? 0 : TailBytes);
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

    /// <summary>Opens a file, and reads the end of it.</summary>
    private void Warm(string path, long bytes)
    {
        // What is gone meanwhile was deleted; the read that follows finds out.
        if (!_disk.FileExists(path)) return;
        using IDiskFile file = _disk.Open(path, DiskAccess.Read);
        long length = file.Length;
        if (bytes > 0) file.Prefetch(Math.Max(0, length - bytes), Math.Min(length, bytes));
    }
}
