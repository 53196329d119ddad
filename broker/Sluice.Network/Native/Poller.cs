using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Sluice.Network.Native;

/// <summary>What epoll reports and is asked for (bits of <c>EPOLL*</c>).</summary>
[Flags]
internal enum PollEvents : uint
{
    None = 0,
    Readable = 0x1,
    Writable = 0x4,
    Error = 0x8,
    HangUp = 0x10,
    PeerFinished = 0x2000,
    EdgeTriggered = 1u << 31,
}

/// <summary>Something that owns a descriptor and is told when it is ready.</summary>
internal interface IPollTarget
{
    void OnReady(PollEvents events);
}

/// <summary>
/// One epoll instance. Level-triggered: after a receive that got less than it asked for no further call is needed to see
/// EAGAIN, and interest is changed only when a connection is muted, blocked or released, which is rare.
/// </summary>
internal sealed unsafe class Poller : IDisposable
{
    private const int EventsMax = 256;

    // struct epoll_event is packed on x86-64 only.
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = EventSize - 8;

    private readonly int _epoll;
    private readonly byte* _events;
    private Registration[] _registrations = new Registration[64];
    private int _freeHead = -1;
    private int _used;

    internal Poller()
    {
        _epoll = Libc.EpollCreate(Linux.EpollCloseOnExec);
        if (_epoll < 0) throw new NetworkException($"epoll_create1 failed: {Errno.Describe(Libc.Errno)}");
        _events = (byte*)NativeMemory.Alloc((nuint)(EventsMax * EventSize));
    }

    /// <summary>
    /// Watches a descriptor. The kernel may refuse: it is short of memory, or its user watches as many descriptors as
    /// <c>fs.epoll.max_user_watches</c> allows.
    /// </summary>
    /// <param name="descriptor">What to watch.</param>
    /// <param name="interest">Which events to report.</param>
    /// <param name="target">Who is told.</param>
    /// <param name="index">Names the registration; -1 when there is none.</param>
    /// <returns>0, or the error number.</returns>
    internal int TryRegister(int descriptor, PollEvents interest, IPollTarget target, out int index)
    {
        index = TakeIndex();
        ref Registration registration = ref _registrations[index];
        registration.Target = target;
        registration.Generation++;
        int errno = Control(Linux.EpollAdd, descriptor, interest, Token(index));
        if (errno == 0) return 0;
        Unregister(index);
        index = -1;
        return errno;
    }

    /// <summary>Changes which events are reported: 0, or the error number.</summary>
    internal int SetInterest(int index, int descriptor, PollEvents interest) =>
        Control(Linux.EpollModify, descriptor, interest, Token(index));

    /// <summary>Forgets a registration. Closing the descriptor takes it out of epoll; events already fetched for it are dropped.</summary>
    internal void Unregister(int index)
    {
        ref Registration registration = ref _registrations[index];
        registration.Target = null;
        registration.Generation++;
        registration.NextFree = _freeHead;
        _freeHead = index;
    }

    /// <summary>Waits up to <paramref name="timeoutMs"/> (-1: for ever) and answers how many events were fetched.</summary>
    internal int Wait(int timeoutMs)
    {
        int count = Libc.EpollWait(_epoll, _events, EventsMax, timeoutMs);
        if (count >= 0) return count;
        int errno = Libc.Errno;
        if (errno == Errno.Interrupted) return 0;
        throw new NetworkException($"epoll_wait failed: {Errno.Describe(errno)}");
    }

    /// <summary>The target of the event at <paramref name="position"/>; null when it was unregistered in the meantime.</summary>
    internal IPollTarget? Fetch(int position, out PollEvents events)
    {
        byte* at = _events + (position * EventSize);
        events = (PollEvents)Unsafe.ReadUnaligned<uint>(at);
        ulong token = Unsafe.ReadUnaligned<ulong>(at + DataOffset);
        ref Registration registration = ref _registrations[(int)(token & int.MaxValue)];
        return registration.Generation == (uint)(token >> 32) ? registration.Target : null;
    }

    public void Dispose()
    {
        _ = Libc.Close(_epoll);
        NativeMemory.Free(_events);
    }

    private ulong Token(int index) => ((ulong)_registrations[index].Generation << 32) | (uint)index;

    private int TakeIndex()
    {
        if (_freeHead >= 0)
        {
            int index = _freeHead;
            _freeHead = _registrations[index].NextFree;
            return index;
        }
        if (_used == _registrations.Length) Array.Resize(ref _registrations, _used * 2);
        return _used++;
    }

    private int Control(int operation, int descriptor, PollEvents interest, ulong token)
    {
        byte* at = stackalloc byte[16];
        Unsafe.WriteUnaligned(at, (uint)interest);
        Unsafe.WriteUnaligned(at + DataOffset, token);
        return Libc.EpollControl(_epoll, operation, descriptor, at) == 0 ? 0 : Libc.Errno;
    }

    private struct Registration
    {
        public IPollTarget? Target;
        public uint Generation;
        public int NextFree;
    }
}
