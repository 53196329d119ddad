using System.Runtime.InteropServices;

namespace Benchmarks.Driving;

/// <summary>The system calls that the driver makes itself: .NET's sockets would cost it more than the servers it measures.</summary>
internal static unsafe partial class Native
{
    internal const int Again = 11;
    internal const int Interrupted = 4;
    internal const int DontWait = 0x40;
    internal const int NoSignal = 0x4000;

    /// <summary>MSG_TRUNC: a TCP receive drops the bytes instead of copying them.</summary>
    internal const int Discard = 0x20;

    private const int DropFromCache = 4;
    private const int SetTimerSlack = 29;
    private const int ThreadClock = 3;

    internal static int Errno => Marshal.GetLastPInvokeError();

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    internal static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    internal static partial int EpollControl(int epoll, int operation, int descriptor, byte* happening);

    [LibraryImport("libc", EntryPoint = "epoll_pwait2", SetLastError = true)]
    internal static partial int EpollWait(int epoll, byte* happenings, int max, TimeSpec* timeout, void* signals);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    internal static partial nint Receive(int socket, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    internal static partial nint Send(int socket, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "sendfile", SetLastError = true)]
    internal static partial nint SendFile(int socket, int file, ref long offset, nint count);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    internal static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int ClockGetTime(int clock, out TimeSpec time);

    [LibraryImport("libc", EntryPoint = "posix_fadvise", SetLastError = true)]
    private static partial int FileAdvise(int file, long offset, long length, int advice);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int ProcessControl(int option, ulong argument2, ulong argument3, ulong argument4, ulong argument5);

    /// <summary>Processor time of a process, in nanoseconds, of threads that ended too; what /proc tells comes in steps of 10 ms.</summary>
    internal static TimeSpan CpuTime(int process)
    {
        // clock_getcpuclockid(3): the id is made of the process's number.
        int clock = (~process << 3) | 2;
        if (ClockGetTime(clock, out TimeSpec time) != 0) throw new InvalidOperationException($"process {process} has ended");
        return TimeSpan.FromMicroseconds((time.Seconds * 1e6) + (time.Nanoseconds / 1e3));
    }

    /// <summary>Processor time that the calling thread has had.</summary>
    internal static TimeSpan ThreadCpuTime()
    {
        if (ClockGetTime(ThreadClock, out TimeSpec time) != 0) throw new InvalidOperationException("the kernel does not tell the thread's processor time");
        return TimeSpan.FromMicroseconds((time.Seconds * 1e6) + (time.Nanoseconds / 1e3));
    }

    /// <summary>Takes a file out of the page cache, after what is dirty of it has reached the disk.</summary>
    internal static void DropCache(string path)
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.FlushToDisk(file);
        int error = FileAdvise((int)file.DangerousGetHandle(), 0, 0, DropFromCache);
        if (error != 0) throw new IOException($"the page cache does not let go of {path}: error {error}");
    }

    /// <summary>Lets this thread's sleeps end when they should: by default the kernel may add 50 µs.</summary>
    internal static void SleepPrecisely() => _ = ProcessControl(SetTimerSlack, 1, 0, 0, 0);

    [StructLayout(LayoutKind.Sequential)]
    internal struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
