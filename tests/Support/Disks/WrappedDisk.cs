using Sluice.Storage.Disk;

namespace Support.Disks;

/// <summary>
/// The real disk with files of a test's own. <see cref="IDisk.TrySyncAll"/> is left out, so that every flush goes through a file, where
/// the test sees it.
/// </summary>
internal abstract class WrappedDisk : IDisk
{
    private readonly FileDisk _disk = new();

    public IDiskFile Open(string path, DiskAccess access) => Wrap(_disk.Open(path, access));

    public bool FileExists(string path) => _disk.FileExists(path);

    public bool DirectoryExists(string path) => _disk.DirectoryExists(path);

    public long FileLength(string path) => _disk.FileLength(path);

    public long LastModifiedMs(string path) => _disk.LastModifiedMs(path);

    public void SetLastModifiedMs(string path, long ms) => _disk.SetLastModifiedMs(path, ms);

    public IReadOnlyList<DiskEntry> List(string directory) => _disk.List(directory);

    public void CreateDirectory(string path) => _disk.CreateDirectory(path);

    public void DeleteFile(string path) => _disk.DeleteFile(path);

    public void DeleteDirectory(string path) => _disk.DeleteDirectory(path);

    public virtual void Rename(string source, string target) => _disk.Rename(source, target);

    public void SyncDirectory(string path) => _disk.SyncDirectory(path);

    public DiskSpace Space(string path) => _disk.Space(path);

    public bool IsLockInPlace(string path) => _disk.IsLockInPlace(path);

    public IDisposable Lock(string path) => _disk.Lock(path);

    /// <summary>Makes the test's file of a real one.</summary>
    protected abstract IDiskFile Wrap(IDiskFile file);
}
