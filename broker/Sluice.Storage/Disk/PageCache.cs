using System.Buffers;
using System.Runtime.InteropServices;

namespace Sluice.Storage.Disk;

/// <summary>What is known of a file's pages in memory, so that a thread which must not wait for the device need not.</summary>
internal static unsafe partial class PageCache
{
    private const int PieceBytes = 256 * 1024;
    private const int ProbeEveryBytes = 64 * 1024;
    private const int ProbesMax = 64;

    /// <summary>cachestat(2), since Linux 6.5; one number on all architectures.</summary>
    private const nint CacheStatNumber = 451;

    private const int NotSupported = 95, NotImplemented = 38, NotPermitted = 1, InvalidArgument = 22;
    private const int NoWait = 8; // RWF_NOWAIT
    private const int WillNeed = 3; // POSIX_FADV_WILLNEED

    private static readonly long PageSize = Environment.SystemPageSize;
    private static volatile bool _hasCacheStat = true;
    private static volatile bool _hasNoWait = true;

    /// <summary>Whether all of a range can be read without waiting; true where the system cannot say.</summary>
    internal static bool Holds(int descriptor, long position, long length)
    {
        if (length <= 0) return true;
        long first = position / PageSize, last = (position + length - 1) / PageSize;
        if (_hasCacheStat && Count(descriptor, first, last - first + 1) is { } pages)
        {
            // A page that is still being read counts, too: look at the ends, which are read first and last.
            return pages >= last - first + 1 && CanRead(descriptor, position) && CanRead(descriptor, position + length - 1);
        }
        long step = Math.Max(ProbeEveryBytes, length / ProbesMax);
        for (long at = 0; at < length; at += step)
        {
            if (!CanRead(descriptor, position + at)) return false;
        }
        return CanRead(descriptor, position + length - 1);
    }

    /// <summary>Reads a range, so that it is in memory, and has the system begin with what follows. Waits for the device.</summary>
    internal static void Read(IDiskFile file, long position, long length)
    {
        // All of it at once to the device, rather than piece by piece. Only advice: what it did not bring, the reads do.
        _ = Advise(file.Descriptor, position, 2 * length, WillNeed);
        byte[] piece = ArrayPool<byte>.Shared.Rent((int)Math.Min(PieceBytes, length));
        try
        {
            for (long done = 0; done < length;)
            {
                int read = file.Read(position + done, piece.AsSpan(0, (int)Math.Min(piece.Length, length - done)));
                if (read == 0) return;
                done += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    /// <summary>How many of the pages are in memory; null where the system has no such call.</summary>
    private static long? Count(int descriptor, long firstPage, long pages)
    {
        var range = new Range { Position = (ulong)(firstPage * PageSize), Length = (ulong)(pages * PageSize) };
        CacheStat found = default;
        if (SystemCall(CacheStatNumber, descriptor, (nint)(&range), (nint)(&found), 0) == 0) return (long)found.Cached;
        if (Marshal.GetLastPInvokeError() is NotImplemented or NotPermitted) _hasCacheStat = false;
        return null;
    }

    /// <summary>Whether the byte at a position can be read without waiting.</summary>
    private static bool CanRead(int descriptor, long position)
    {
        if (!_hasNoWait) return true;
        byte one;
        var vector = new Libc.Vector { Base = &one, Length = 1 };
        if (ReadVector(descriptor, &vector, 1, position, NoWait) >= 0) return true;
        int error = Marshal.GetLastPInvokeError();
        if (error is NotSupported or NotImplemented or InvalidArgument) _hasNoWait = false;
        return error != Libc.TryAgain;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint descriptor, nint range, nint found, nint flags);

    [LibraryImport("libc", EntryPoint = "preadv2", SetLastError = true)]
    private static partial nint ReadVector(int descriptor, Libc.Vector* vectors, int count, long position, int flags);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(int descriptor, long position, long length, int advice);

    [StructLayout(LayoutKind.Sequential)]
    private struct Range
    {
        public ulong Position;
        public ulong Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct CacheStat
    {
        public ulong Cached;
        public ulong Dirty;
        public ulong Writeback;
        public ulong Evicted;
        public ulong RecentlyEvicted;
    }
}
