using Sluice.Network.Native;

namespace Sluice.Network.Loops;

/// <summary>
/// The eventfd that ends a loop's sleep. Watched edge-triggered, so that it never needs to be read: each write is an event.
/// </summary>
internal sealed unsafe class WakeDescriptor : IPollTarget, IDisposable
{
    private readonly int _descriptor;

    internal WakeDescriptor(Poller poller)
    {
        _descriptor = Libc.EventDescriptor(0, Linux.EventNonBlocking | Linux.EventCloseOnExec);
        if (_descriptor < 0) throw new NetworkException($"eventfd failed: {Errno.Describe(Libc.Errno)}");
        int errno = poller.TryRegister(_descriptor, PollEvents.Readable | PollEvents.EdgeTriggered, this, out _);
        if (errno != 0) throw new NetworkException($"a loop's eventfd cannot be watched: {Errno.Describe(errno)}");
    }

    internal void Signal()
    {
        ulong one = 1;
        // It can fail only when the counter is full, and then an event is pending anyway.
        _ = Libc.Write(_descriptor, (byte*)&one, sizeof(ulong));
    }

    public void OnReady(PollEvents events)
    {
    }

    public void Dispose() => _ = Libc.Close(_descriptor);
}
