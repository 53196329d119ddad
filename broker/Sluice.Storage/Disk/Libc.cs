using System.Runtime.InteropServices;

namespace Sluice.Storage.Disk;

/// <summary>The system calls of <see cref="FileDisk"/>: .NET's own file classes hide error numbers, flush directories not at all and cost more.</summary>
internal static unsafe partial class Libc
{
    public const int ReadOnly = 0, ReadWrite = 2, Create = 0x40, CloseOnExec = 0x80000;
    public const int ProtectRead = 1, ProtectWrite = 2, MapShared = 1;
    public const int LockExclusive = 2, LockNoWait = 4, Unlock = 8;

    public const int NoEntry = 2, Interrupted = 4, InputOutput = 5, TryAgain = 11, NoMemory = 12, Access = 13, NotPermitted = 1, NotDirectory = 20,
        TooManyFilesOfSystem = 23, TooManyFiles = 24, NoSpace = 28, ReadOnlyFileSystem = 30, NotSupported = 95, Quota = 122, NotImplemented = 38;

    /// <summary>Most parts that Linux takes in one vectored write (IOV_MAX).</summary>
    public const int VectorsMax = 1024;

    /// <summary>O_DIRECTORY differs between the architectures.</summary>
    public static int DirectoryFlag => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x4000 : 0x10000;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    public static partial nint Read(int descriptor, byte* buffer, nint count, long position);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint Write(int descriptor, byte* buffer, nint count, long position);

    [LibraryImport("libc", EntryPoint = "pwritev", SetLastError = true)]
    public static partial nint Write(int descriptor, Vector* vectors, int count, long position);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int Truncate(int descriptor, long length);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    public static partial int Allocate(int descriptor, int mode, long position, long length);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(int descriptor, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int SyncData(int descriptor);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    public static partial int SyncFileSystem(int descriptor);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    public static partial byte* Map(void* address, nuint length, int protection, int flags, int descriptor, long position);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    public static partial int Unmap(byte* address, nuint length);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rename(string source, string target);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unlink(string path);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Lock(int descriptor, int operation);

    /// <summary>The soft limit of descriptors, which .NET has raised to the hard one at its start.</summary>
    public static int OpenFilesMax()
    {
        // RLIMIT_NOFILE; rlim_t is unsigned long on 64-bit Linux.
        ulong* limits = stackalloc ulong[2];
        return GetLimit(7, limits) == 0 ? (int)Math.Min(limits[0], int.MaxValue) : 1024;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimit(int resource, ulong* limits);

    /// <summary>The exception for the error number that the last call left.</summary>
    public static DiskException LastError(string path, string action)
    {
        int error = Marshal.GetLastPInvokeError();
        return new DiskException(Kind(error), path, $"{action} failed: {Marshal.GetPInvokeErrorMessage(error)} (errno {error})");
    }

    public static bool WasInterrupted => Marshal.GetLastPInvokeError() == Interrupted;

    private static DiskErrorKind Kind(int error) => error switch
    {
        NoEntry or NotDirectory => DiskErrorKind.NotFound,
        NoSpace or Quota => DiskErrorKind.NoSpace,
        TooManyFiles or TooManyFilesOfSystem or NoMemory => DiskErrorKind.TooManyOpenFiles,
        ReadOnlyFileSystem => DiskErrorKind.ReadOnly,
        Access or NotPermitted => DiskErrorKind.PermissionDenied,
        TryAgain => DiskErrorKind.Locked,
        InputOutput => DiskErrorKind.InputOutput,
        _ => DiskErrorKind.Other,
    };

    /// <summary>struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Vector
    {
        public byte* Base;
        public nuint Length;
    }
}
