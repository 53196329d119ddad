using System.Runtime.InteropServices;

namespace Sluice.Network.Native;

/// <summary>The system calls of the event loop. Signatures are blittable; errno is kept in the last P/Invoke error.</summary>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    [LibraryImport(Library, EntryPoint = "epoll_create1", SetLastError = true)]
    internal static partial int EpollCreate(int flags);

    [LibraryImport(Library, EntryPoint = "epoll_ctl", SetLastError = true)]
    internal static partial int EpollControl(int epoll, int operation, int descriptor, byte* epollEvent);

    [LibraryImport(Library, EntryPoint = "epoll_wait", SetLastError = true)]
    internal static partial int EpollWait(int epoll, byte* events, int eventsMax, int timeoutMs);

    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    internal static partial int EventDescriptor(uint initial, int flags);

    [LibraryImport(Library, EntryPoint = "socket", SetLastError = true)]
    internal static partial int Socket(int family, int type, int protocol);

    [LibraryImport(Library, EntryPoint = "bind", SetLastError = true)]
    internal static partial int Bind(int socket, byte* address, int addressLength);

    [LibraryImport(Library, EntryPoint = "listen", SetLastError = true)]
    internal static partial int Listen(int socket, int backlog);

    [LibraryImport(Library, EntryPoint = "getsockname", SetLastError = true)]
    internal static partial int GetSocketName(int socket, byte* address, int* addressLength);

    [LibraryImport(Library, EntryPoint = "accept4", SetLastError = true)]
    internal static partial int Accept(int socket, byte* address, int* addressLength, int flags);

    [LibraryImport(Library, EntryPoint = "setsockopt", SetLastError = true)]
    internal static partial int SetSocketOption(int socket, int level, int name, void* value, int valueLength);

    [LibraryImport(Library, EntryPoint = "recv", SetLastError = true)]
    internal static partial nint Receive(int socket, byte* buffer, nuint length, int flags);

    [LibraryImport(Library, EntryPoint = "readv", SetLastError = true)]
    internal static partial nint ReadVector(int descriptor, IoVector* vectors, int count);

    [LibraryImport(Library, EntryPoint = "send", SetLastError = true)]
    internal static partial nint Send(int socket, byte* buffer, nuint length, int flags);

    [LibraryImport(Library, EntryPoint = "sendfile", SetLastError = true)]
    internal static partial nint SendFile(int socket, int file, long* offset, nuint count);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(int descriptor, byte* buffer, nuint length);

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int descriptor);

    [LibraryImport(Library, EntryPoint = "clock_gettime")]
    private static partial int GetClock(int clock, TimeSpec* time);

    /// <summary>The processor time of the calling thread, in ticks of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
    internal static long ThreadCpuTicks()
    {
        TimeSpec time;
        _ = GetClock(Linux.ClockOfThread, &time);
        return (time.Seconds * System.Diagnostics.Stopwatch.Frequency) + (time.Nanoseconds * System.Diagnostics.Stopwatch.Frequency / 1_000_000_000);
    }

    internal static int Errno => Marshal.GetLastPInvokeError();
}

/// <summary>struct iovec.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IoVector
{
    public byte* Start;
    public nuint Length;
}

/// <summary>struct timespec.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TimeSpec
{
    public long Seconds;
    public long Nanoseconds;
}

/// <summary>Numbers of the Linux ABI (the same on x86-64 and arm64).</summary>
internal static class Linux
{
    internal const int ClockOfThread = 3;
    internal const int EpollCloseOnExec = 0x80000;
    internal const int EpollAdd = 1;
    internal const int EpollRemove = 2;
    internal const int EpollModify = 3;
    internal const int EventNonBlocking = 0x800;
    internal const int EventCloseOnExec = 0x80000;
    internal const int AddressFamilyIPv4 = 2;
    internal const int AddressFamilyIPv6 = 10;
    internal const int SocketStream = 1;
    internal const int SocketNonBlocking = 0x800;
    internal const int SocketCloseOnExec = 0x80000;
    internal const int LevelSocket = 1;
    internal const int LevelTcp = 6;
    internal const int LevelIPv6 = 41;
    internal const int OptionReuseAddress = 2;
    internal const int OptionSendBuffer = 7;
    internal const int OptionReceiveBuffer = 8;
    internal const int OptionKeepAlive = 9;
    internal const int OptionTcpNoDelay = 1;
    internal const int OptionTcpCork = 3;
    internal const int OptionTcpNotSentLowWater = 25;
    internal const int OptionTcpCongestion = 13;
    internal const int OptionIPv6Only = 26;
    internal const int MessageNoSignal = 0x4000;
    internal const int MessageMore = 0x8000;
}

/// <summary>Error numbers that the loop tells apart.</summary>
internal static class Errno
{
    internal const int Interrupted = 4;
    internal const int Io = 5;
    internal const int Again = 11;
    internal const int NoMemory = 12;
    internal const int TooManyFilesInSystem = 23;
    internal const int TooManyFiles = 24;
    internal const int BrokenPipe = 32;
    internal const int AddressFamilyNotSupported = 97;
    internal const int ConnectionAborted = 103;
    internal const int ConnectionReset = 104;
    internal const int NoBufferSpace = 105;
    internal const int TimedOut = 110;

    /// <summary>The system's words for an error, with its number.</summary>
    internal static string Describe(int errno) => $"{Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})";

    /// <summary>The peer or the path to it is gone: an ordinary end of a connection, not a fault of this process.</summary>
    internal static bool IsConnectionGone(int errno) =>
        errno is BrokenPipe or ConnectionReset or ConnectionAborted or TimedOut or 113 /* EHOSTUNREACH */ or 101 /* ENETUNREACH */;
}
