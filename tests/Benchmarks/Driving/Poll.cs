using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Benchmarks.Driving;

/// <summary>One epoll instance, level-triggered; each descriptor is known by a number of the caller's.</summary>
internal sealed unsafe class Poll : IDisposable
{
    internal const uint Readable = 0x1;
    internal const uint Writable = 0x4;

    private const int Add = 1;
    private const int Remove = 2;
    private const int Modify = 3;
    private const int Happenings = 256;

    // struct epoll_event is packed on x86-64 only.
    private static readonly int Size = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    private readonly int _epoll = Native.EpollCreate(0);
    private readonly byte* _happenings = (byte*)NativeMemory.Alloc((nuint)(Happenings * Size));

    internal void Watch(int descriptor, int number) => Control(Add, descriptor, number, Readable);

    internal void Forget(int descriptor) => Control(Remove, descriptor, 0, 0);

    internal void WaitFor(int descriptor, int number, bool writable) => Control(Modify, descriptor, number, writable ? Readable | Writable : Readable);

    /// <summary>Waits so many nanoseconds at most (less than zero: for ever) and answers how many descriptors are ready.</summary>
    internal int Wait(long nanoseconds)
    {
        Native.TimeSpec timeout = new() { Seconds = nanoseconds / 1_000_000_000, Nanoseconds = nanoseconds % 1_000_000_000 };
        int count = Native.EpollWait(_epoll, _happenings, Happenings, nanoseconds < 0 ? null : &timeout, null);
        if (count >= 0) return count;
        return Native.Errno == Native.Interrupted ? 0 : throw new IOException($"epoll_pwait2 failed: error {Native.Errno}");
    }

    internal int Number(int position) => Unsafe.ReadUnaligned<int>(_happenings + (position * Size) + Size - 8);

    internal bool IsWritable(int position) => (Unsafe.ReadUnaligned<uint>(_happenings + (position * Size)) & Writable) != 0;

    /// <summary>There is something to read, if only the end or an error.</summary>
    internal bool IsReadable(int position) => (Unsafe.ReadUnaligned<uint>(_happenings + (position * Size)) & ~Writable) != 0;

    public void Dispose()
    {
        _ = Native.Close(_epoll);
        NativeMemory.Free(_happenings);
    }

    private void Control(int operation, int descriptor, int number, uint interest)
    {
        byte* at = stackalloc byte[16];
        Unsafe.WriteUnaligned(at, interest);
        Unsafe.WriteUnaligned(at + Size - 8, (ulong)(uint)number);
        if (Native.EpollControl(_epoll, operation, descriptor, at) != 0) throw new IOException($"epoll_ctl failed: error {Native.Errno}");
    }
}
