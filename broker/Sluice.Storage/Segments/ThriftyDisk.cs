using Sluice.Storage.Disk;

namespace Sluice.Storage.Segments;

/// <summary>The disk that a shard's logs see: where no descriptor is free, the segments unused for longest give theirs.</summary>
/// <remarks>Only <see cref="Open"/> and <see cref="Lock"/> take descriptors, and only the owner's thread may make room; what runs on other threads goes to the disk itself.</remarks>
internal sealed class ThriftyDisk(IDisk disk, OpenFiles files) : IDisk
{
    private bool _isMakingRoom;

    public int OpenFilesMax => disk.OpenFilesMax;

    public IDiskFile Open(string path, DiskAccess access)
    {
        while (true)
        {
            try
            {
                return disk.Open(path, access);
            }
            catch (DiskException e) when (e.Kind == DiskErrorKind.TooManyOpenFiles && MakeRoom())
            {
                // One more try with the room just made.
            }
        }
    }

    public bool FileExists(string path) => disk.FileExists(path);

    public bool DirectoryExists(string path) => disk.DirectoryExists(path);

    public long FileLength(string path) => disk.FileLength(path);

    public long LastModifiedMs(string path) => disk.LastModifiedMs(path);

    public void SetLastModifiedMs(string path, long ms) => disk.SetLastModifiedMs(path, ms);

    public IReadOnlyList<DiskEntry> List(string directory) => disk.List(directory);

    public void CreateDirectory(string path) => disk.CreateDirectory(path);

    public void DeleteFile(string path) => disk.DeleteFile(path);

    public void DeleteDirectory(string path) => disk.DeleteDirectory(path);

    public void Rename(string source, string target) => disk.Rename(source, target);

    public void SyncDirectory(string path) => disk.SyncDirectory(path);

    public bool TrySyncAll(string path) => disk.TrySyncAll(path);

    public DiskSpace Space(string path) => disk.Space(path);

    public bool IsLockInPlace(string path) => disk.IsLockInPlace(path);

    public IDisposable Lock(string path) => disk.Lock(path);

    /// <summary>Closing a segment opens its indexes once more, to cut them: where that finds no room, it must not close the next, and so on.</summary>
    private bool MakeRoom()
    {
        if (_isMakingRoom)
            return false;
        _isMakingRoom = true;
        try
        {
            return files.TryCloseOldest();
        }
        finally
        {
            _isMakingRoom = false;
        }
    }
}
