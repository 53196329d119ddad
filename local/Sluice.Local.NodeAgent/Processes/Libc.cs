using System.Runtime.InteropServices;

namespace Sluice.Local.NodeAgent.Processes;

/// <summary>
/// The few calls of the C library that .NET does not offer: starting a process in a session of its own with its streams on
/// files, and watching a process that may not be a child (pidfd, Linux 5.3 or later).
/// </summary>
internal static unsafe partial class Libc
{
    internal const int SigInt = 2;
    internal const int SigKill = 9;
    internal const int SigTerm = 15;

    internal const int ReadOnly = 0;
    internal const int WriteOnly = 1;
    internal const int Create = 0x40;
    internal const int Append = 0x400;

    internal const short SpawnSetSignalMask = 0x08;
    internal const short SpawnSetSignalDefaults = 0x04;
    internal const short SpawnNewSession = 0x80;

    internal const short PollIn = 0x01;
    internal const short PollHangUp = 0x10;

    internal const int ErrnoInterrupted = 4;
    internal const int ErrnoNoSuchProcess = 3;
    internal const int ErrnoNoChild = 10;

    internal const int WaitNoHang = 1;
    internal const int WaitExited = 4;
    internal const int WaitKeep = 0x01000000;
    internal const int IdTypePid = 1;

    internal const int FileSetDescriptorFlags = 2;
    internal const int FileGetDescriptorFlags = 1;
    internal const int CloseOnExec = 1;

    internal const int FallocateKeepSize = 0x01;
    internal const int FallocatePunchHole = 0x02;

    // The same numbers on every architecture: both calls are younger than the unified system call table.
    private const long SystemCallPidfdSendSignal = 424;
    private const long SystemCallPidfdOpen = 434;

    [StructLayout(LayoutKind.Sequential)]
    internal struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    /// <summary>struct pidfd_info of linux/pidfd.h, first published size (64 bytes).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PidfdInfo
    {
        public ulong Mask;
        public ulong CgroupId;
        public fixed uint Ids[11];
        public int ExitCode;
    }

    internal const ulong PidfdInfoExit = 1UL << 3;
    internal const ulong PidfdGetInfo = 0xC040FF0B;

    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    internal static partial int PosixSpawn(int* pid, byte* path, byte* fileActions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    internal static partial int SpawnAttributesInit(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    internal static partial int SpawnAttributesDestroy(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    internal static partial int SpawnAttributesSetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    internal static partial int SpawnAttributesSetSignalMask(byte* attributes, byte* set);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    internal static partial int SpawnAttributesSetSignalDefaults(byte* attributes, byte* set);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    internal static partial int SpawnActionsInit(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    internal static partial int SpawnActionsDestroy(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen")]
    internal static partial int SpawnActionsAddOpen(byte* actions, int descriptor, byte* path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    internal static partial int SpawnActionsAddDuplicate(byte* actions, int descriptor, int newDescriptor);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np")]
    internal static partial int SpawnActionsAddChangeDirectory(byte* actions, byte* path);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    internal static partial int SignalSetEmpty(byte* set);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    internal static partial int SignalSetFill(byte* set);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    internal static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    internal static partial int WaitPid(int pid, int* status, int options);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    internal static partial int WaitId(int idType, int id, byte* information, int options);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(PollDescriptor* descriptors, ulong count, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    internal static partial int EventDescriptor(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    internal static partial nint Read(int descriptor, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(int descriptor, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    internal static partial int FileControl(int descriptor, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int DeviceControl(int descriptor, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    internal static partial int FileAllocate(int descriptor, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Rename(string from, string to);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third, nint fourth);

    /// <summary>
    /// posix_spawn_file_actions_addclosefrom_np of glibc 2.34 and later: the child closes all descriptors from this one on. Does
    /// nothing with another C library.
    /// </summary>
    internal static int SpawnActionsAddCloseFrom(byte* actions, int descriptor) =>
        CloseFrom is null ? 0 : CloseFrom(actions, descriptor);

    private static readonly delegate* unmanaged<byte*, int, int> CloseFrom = FindCloseFrom();

    private static delegate* unmanaged<byte*, int, int> FindCloseFrom() =>
        NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, "posix_spawn_file_actions_addclosefrom_np", out var address)
            ? (delegate* unmanaged<byte*, int, int>)address
            : null;

    internal static int PidfdOpen(int pid) => (int)SystemCall((nint)SystemCallPidfdOpen, pid, 0, 0, 0);

    internal static int PidfdSendSignal(int pidfd, int signal) =>
        (int)SystemCall((nint)SystemCallPidfdSendSignal, pidfd, signal, 0, 0);
}
