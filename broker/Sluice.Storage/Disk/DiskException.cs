namespace Sluice.Storage.Disk;

/// <summary>Why the disk refused.</summary>
public enum DiskErrorKind
{
    /// <summary>Reading or writing failed in the device or the file system.</summary>
    InputOutput,

    /// <summary>No such file or directory.</summary>
    NotFound,

    /// <summary>The file system or the user's quota is full.</summary>
    NoSpace,

    /// <summary>The process or the system has too many files or maps open.</summary>
    TooManyOpenFiles,

    /// <summary>The file system is mounted read-only.</summary>
    ReadOnly,

    /// <summary>The user of this process may not.</summary>
    PermissionDenied,

    /// <summary>Another process holds the lock.</summary>
    Locked,

    /// <summary>The file ends before the bytes that were asked for.</summary>
    EndOfFile,

    /// <summary>Content on disk that is not what this version writes or reads.</summary>
    Corrupt,

    /// <summary>An earlier failure makes it unsafe to go on with this log; see the inner exception.</summary>
    Failed,

    /// <summary>Any other refusal of the system.</summary>
    Other,
}

/// <summary>A disk operation failed.</summary>
public sealed class DiskException : IOException
{
    /// <summary>A failure of kind <paramref name="kind"/> at <paramref name="path"/>.</summary>
    public DiskException(DiskErrorKind kind, string path, string message, Exception? inner = null)
        : base($"{path}: {message}", inner)
    {
        Kind = kind;
        Path = path;
    }

    /// <summary>Whether it passes: a full disk and a shortage of descriptors do. After anything else nobody knows what the disk holds.</summary>
    public bool Passes => Kind is DiskErrorKind.NoSpace or DiskErrorKind.TooManyOpenFiles;

    /// <summary>Why.</summary>
    public DiskErrorKind Kind { get; }

    /// <summary>The file or directory.</summary>
    public string Path { get; }
}
