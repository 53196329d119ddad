namespace Sluice.Storage.Disk;

/// <summary>How a file is opened.</summary>
public enum DiskAccess
{
    /// <summary>For reading; the file must exist.</summary>
    Read,

    /// <summary>For reading and writing; the file must exist.</summary>
    ReadWrite,

    /// <summary>For reading and writing; the file is made, empty, when it does not exist.</summary>
    Create,
}

/// <summary>A file or a directory inside a directory.</summary>
/// <param name="Name">Name without the path.</param>
/// <param name="IsDirectory">Whether it is a directory.</param>
public readonly record struct DiskEntry(string Name, bool IsDirectory);

/// <summary>Room of the file system that holds a path.</summary>
/// <param name="TotalBytes">Size of the file system.</param>
/// <param name="FreeBytes">What this process may still use.</param>
public readonly record struct DiskSpace(long TotalBytes, long FreeBytes);

/// <summary>
/// All that the log asks of a disk. The real one is <see cref="FileDisk"/>; a simulated one may lose, tear or refuse whatever
/// was not flushed.
/// </summary>
/// <remarks>
/// Paths are as given by whoever configured the log directory, with '/' between the parts. Members may be called from any
/// thread. Every member throws <see cref="DiskException"/> and nothing else when the disk refuses.
/// What a crash may take: file content that <see cref="IDiskFile.Flush"/> did not cover, written through a map or not; creations,
/// renames and deletions in a directory since its last <see cref="SyncDirectory"/>. Those that survive are the first ones: the changes of
/// names in one directory survive in their order, as with every file system that keeps a journal.
/// </remarks>
public interface IDisk
{
    /// <summary>How many files the process may have open at once, sockets among them.</summary>
    int OpenFilesMax => int.MaxValue;

    /// <summary>
    /// Whether the file at the path is still the one that this process holds by <see cref="Lock"/>: false when the file, or the directory
    /// or file system that it lay in, was taken away or replaced.
    /// </summary>
    bool IsLockInPlace(string path) => FileExists(path);

    /// <summary>Opens a file.</summary>
    IDiskFile Open(string path, DiskAccess access);

    /// <summary>Whether a file (not a directory) of this path exists.</summary>
    bool FileExists(string path);

    /// <summary>Whether a directory of this path exists.</summary>
    bool DirectoryExists(string path);

    /// <summary>Length in bytes of the file at <paramref name="path"/>.</summary>
    long FileLength(string path);

    /// <summary>When the file was last written, in milliseconds since 1970.</summary>
    long LastModifiedMs(string path);

    /// <summary>Sets when the file was last written, in milliseconds since 1970. A crash may undo it; the time is then that of the real last write.</summary>
    void SetLastModifiedMs(string path, long ms);

    /// <summary>What the directory holds, in order of names (ordinal).</summary>
    IReadOnlyList<DiskEntry> List(string directory);

    /// <summary>Makes the directory and its parents; does nothing when it exists.</summary>
    void CreateDirectory(string path);

    /// <summary>Deletes a file.</summary>
    void DeleteFile(string path);

    /// <summary>Deletes a directory with all that is in it.</summary>
    void DeleteDirectory(string path);

    /// <summary>Renames a file or a directory; an existing target file is replaced in one step.</summary>
    void Rename(string source, string target);

    /// <summary>Makes creations, renames and deletions in this directory durable.</summary>
    void SyncDirectory(string path);

    /// <summary>
    /// Makes all durable that was written below this directory: the content of every file and every name. Cheaper than a flush of each
    /// file where there are thousands; it may write what others have written to the same file system as well.
    /// </summary>
    /// <returns>False when the system has no such operation that tells of its failures; nothing was done then.</returns>
    /// <exception cref="DiskException">Something could not be written; as after a failed <see cref="IDiskFile.Flush"/>, nothing written before may be trusted to be on the disk.</exception>
    bool TrySyncAll(string path) => false;

    /// <summary>Room of the file system that holds <paramref name="path"/>.</summary>
    DiskSpace Space(string path);

    /// <summary>Locks the file at <paramref name="path"/>, made when missing, until disposal or the end of the process.</summary>
    /// <exception cref="DiskException">With <see cref="DiskErrorKind.Locked"/> when another process has the lock.</exception>
    IDisposable Lock(string path);
}
