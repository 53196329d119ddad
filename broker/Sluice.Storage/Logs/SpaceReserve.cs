using Sluice.Storage.Disk;

namespace Sluice.Storage.Logs;

/// <summary>
/// Room of the disk that a file holds, to be given up when there is no other: a full disk must not keep the node from starting, nor from
/// deleting the topics that fill it. While it is given up, clients' records are refused, for they would take it at once.
/// </summary>
/// <remarks>An empty file says that the reserve is given up; without a file there never was one. Any thread may read, one at a time may change.</remarks>
public sealed class SpaceReserve
{
    private const string FileName = "reserve";
    private const long BytesLeast = 256 * 1024;
    private const long BytesMost = 4 * 1024 * 1024;
    private const long PartOfDisk = 1024;

    private readonly IDisk _disk;
    private readonly string _directory;
    private readonly Lock _lock = new();
    private volatile bool _isSpent;

    internal SpaceReserve(IDisk disk, string directory)
    {
        _disk = disk;
        _directory = directory;
    }

    /// <summary>Whether the reserve is given up: nothing of clients may be written.</summary>
    public bool IsSpent => _isSpent;

    private string FilePath => $"{_directory}/{FileName}";

    /// <summary>Looks what the last run left, and gives the reserve up when a start would find no room.</summary>
    /// <exception cref="DiskException">The disk refused.</exception>
    public void Begin()
    {
        if (!_disk.FileExists(FilePath))
            return;
        long held = _disk.FileLength(FilePath);
        _isSpent = held == 0;
        if (!_isSpent && _disk.Space(_directory).FreeBytes < held)
            TryGiveUp();
    }

    /// <summary>Lets the room go.</summary>
    /// <returns>Whether there was any.</returns>
    /// <exception cref="DiskException">The disk refused.</exception>
    public bool TryGiveUp()
    {
        lock (_lock)
        {
            if (_isSpent || !_disk.FileExists(FilePath) || _disk.FileLength(FilePath) == 0)
                return false;
            // Before there is room: whoever finds it must find that it is not for clients.
            _isSpent = true;
            using IDiskFile file = _disk.Open(FilePath, DiskAccess.ReadWrite);
            file.SetLength(0);
            return true;
        }
    }

    /// <summary>Takes the room, or takes it back, when the disk has twice as much free.</summary>
    /// <returns>Whether clients may write again who might not before.</returns>
    /// <exception cref="DiskException">The disk refused.</exception>
    public bool Fill()
    {
        lock (_lock)
        {
            if (!_isSpent && _disk.FileExists(FilePath))
                return false;
            DiskSpace space = _disk.Space(_directory);
            long bytes = Math.Clamp(space.TotalBytes / PartOfDisk, BytesLeast, BytesMost);
            if (space.FreeBytes < 2 * bytes)
                return false;
            bool wasSpent = _isSpent;
            Take(bytes);
            _isSpent = false;
            return wasSpent;
        }
    }

    private void Take(long bytes)
    {
        using IDiskFile file = _disk.Open(FilePath, DiskAccess.Create);
        try
        {
            file.Reserve(bytes);
            // A length that a loss of power takes back would look like a reserve that was given up.
            file.Flush();
        }
        catch (DiskException)
        {
            // Another was faster. What is left must not look like a reserve, nor like one that was given up.
            file.SetLength(0);
            if (!_isSpent)
                _disk.DeleteFile(FilePath);
            throw;
        }
    }
}
