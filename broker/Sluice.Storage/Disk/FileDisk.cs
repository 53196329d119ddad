using System.IO.Enumeration;

namespace Sluice.Storage.Disk;

/// <summary>The disk of this machine (Linux).</summary>
public sealed class FileDisk : IDisk
{
    private static readonly EnumerationOptions AllEntries = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <inheritdoc/>
    public int OpenFilesMax => Libc.OpenFilesMax();

    /// <inheritdoc/>
    public IDiskFile Open(string path, DiskAccess access)
    {
        int flags = access switch
        {
            DiskAccess.Read => Libc.ReadOnly,
            DiskAccess.ReadWrite => Libc.ReadWrite,
            _ => Libc.ReadWrite | Libc.Create,
        };
        return new PosixFile(path, OpenDescriptor(path, flags), writable: access != DiskAccess.Read);
    }

    /// <inheritdoc/>
    public bool FileExists(string path) => File.Exists(path);

    /// <inheritdoc/>
    public bool DirectoryExists(string path) => Directory.Exists(path);

    /// <inheritdoc/>
    public long FileLength(string path) => Translate(path, "stat", static p => new FileInfo(p).Length);

    /// <inheritdoc/>
    public long LastModifiedMs(string path) => Translate(path, "stat", static p =>
        File.Exists(p) ? new DateTimeOffset(File.GetLastWriteTimeUtc(p)).ToUnixTimeMilliseconds() : throw new FileNotFoundException("no such file", p));

    /// <inheritdoc/>
    public void SetLastModifiedMs(string path, long ms) => Translate(path, "utimens", p =>
    {
        File.SetLastWriteTimeUtc(p, DateTimeOffset.FromUnixTimeMilliseconds(ms).UtcDateTime);
        return true;
    });

    /// <inheritdoc/>
    public IReadOnlyList<DiskEntry> List(string directory) => Translate(directory, "list", static path =>
    {
        // Names and kinds come with the directory; whatever else a FileInfo knows would take a system call for each file.
        var entries = new List<DiskEntry>(new FileSystemEnumerable<DiskEntry>(path, static (ref FileSystemEntry entry) => new DiskEntry(entry.FileName.ToString(), entry.IsDirectory), AllEntries));
        entries.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return entries;
    });

    /// <inheritdoc/>
    public void CreateDirectory(string path) => Translate(path, "mkdir", static p => Directory.CreateDirectory(p));

    /// <inheritdoc/>
    public void DeleteFile(string path)
    {
        if (Libc.Unlink(path) != 0)
            throw Libc.LastError(path, "delete");
    }

    /// <inheritdoc/>
    public void DeleteDirectory(string path) => Translate(path, "delete", static p =>
    {
        Directory.Delete(p, recursive: true);
        return true;
    });

    /// <inheritdoc/>
    public void Rename(string source, string target)
    {
        if (Libc.Rename(source, target) != 0)
            throw Libc.LastError(source, $"rename to {target}");
    }

    /// <inheritdoc/>
    public void SyncDirectory(string path)
    {
        int descriptor = OpenDescriptor(path, Libc.ReadOnly | Libc.DirectoryFlag);
        try
        {
            if (Libc.Sync(descriptor) != 0)
                throw Libc.LastError(path, "fsync of the directory");
        }
        finally
        {
            _ = Libc.Close(descriptor);
        }
    }

    /// <inheritdoc/>
    public bool TrySyncAll(string path)
    {
        // Before Linux 5.8 syncfs does not tell what it could not write.
        if (!OperatingSystem.IsLinux() || Environment.OSVersion.Version < new Version(5, 8))
            return false;
        int descriptor = OpenDescriptor(path, Libc.ReadOnly | Libc.DirectoryFlag);
        try
        {
            return Libc.SyncFileSystem(descriptor) == 0 ? true : throw Libc.LastError(path, "syncfs");
        }
        finally
        {
            _ = Libc.Close(descriptor);
        }
    }

    /// <inheritdoc/>
    public DiskSpace Space(string path) => Translate(path, "statfs", static p =>
    {
        var drive = new DriveInfo(p);
        return new DiskSpace(drive.TotalSize, drive.AvailableFreeSpace);
    });

    /// <inheritdoc/>
    public IDisposable Lock(string path)
    {
        var file = new PosixFile(path, OpenDescriptor(path, Libc.ReadWrite | Libc.Create), writable: true);
        if (Libc.Lock(file.Descriptor, Libc.LockExclusive | Libc.LockNoWait) == 0)
            return new HeldLock(file);
        DiskException error = Libc.LastError(path, "lock");
        file.Dispose();
        throw error;
    }

    /// <inheritdoc/>
    public bool IsLockInPlace(string path)
    {
        int descriptor;
        try
        {
            descriptor = OpenDescriptor(path, Libc.ReadOnly);
        }
        catch (DiskException e) when (e.Kind == DiskErrorKind.NotFound)
        {
            return false;
        }
        try
        {
            // The lock is on the file and not on its name: whoever opens the same file cannot have it, and another file's is free.
            if (Libc.Lock(descriptor, Libc.LockExclusive | Libc.LockNoWait) == 0)
                return false;
            DiskException error = Libc.LastError(path, "lock");
            return error.Kind == DiskErrorKind.Locked ? true : throw error;
        }
        finally
        {
            _ = Libc.Close(descriptor);
        }
    }

    private static int OpenDescriptor(string path, int flags)
    {
        const int Mode = 0x1A4; // rw-r--r--
        int descriptor;
        do
            descriptor = Libc.Open(path, flags | Libc.CloseOnExec, Mode);
        while (descriptor < 0 && Libc.WasInterrupted);
        return descriptor >= 0 ? descriptor : throw Libc.LastError(path, "open");
    }

    /// <summary>
    /// Closing the file alone would not do: a process that is being started beside has a copy of every descriptor until it is its own
    /// program, and the lock would last as long.
    /// </summary>
    private sealed class HeldLock(PosixFile file) : IDisposable
    {
        private PosixFile? _file = file;

        public void Dispose()
        {
            if (_file is null)
                return;
            _ = Libc.Lock(_file.Descriptor, Libc.Unlock);
            _file.Dispose();
            _file = null;
        }
    }

    /// <summary>Runs one of .NET's file calls and tells its failure as ours.</summary>
    private static T Translate<T>(string path, string action, Func<string, T> call)
    {
        try
        {
            return call(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            DiskErrorKind kind = e switch
            {
                FileNotFoundException or DirectoryNotFoundException => DiskErrorKind.NotFound,
                UnauthorizedAccessException => DiskErrorKind.PermissionDenied,
                // On Unix the HResult of an IOException is the error number.
                IOException { HResult: Libc.NoSpace or Libc.Quota } => DiskErrorKind.NoSpace,
                IOException { HResult: Libc.InputOutput } => DiskErrorKind.InputOutput,
                IOException { HResult: Libc.ReadOnlyFileSystem } => DiskErrorKind.ReadOnly,
                IOException { HResult: Libc.TooManyFiles or Libc.TooManyFilesOfSystem } => DiskErrorKind.TooManyOpenFiles,
                _ => DiskErrorKind.Other,
            };
            throw new DiskException(kind, path, $"{action} failed: {e.Message}", e);
        }
    }
}
