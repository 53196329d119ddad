using Sluice.Network.Native;

namespace Sluice.Network.Listening;

/// <summary>
/// A descriptor kept for when none is free: it is given up for a moment, so that a client can be accepted and closed, which tells it
/// more than a connection that is never taken.
/// </summary>
internal sealed class SpareDescriptor : IDisposable
{
    private int _descriptor = Open();

    /// <summary>Whether there is one to give.</summary>
    internal bool IsHeld => _descriptor >= 0;

    internal void GiveUp()
    {
        if (_descriptor < 0) return;
        _ = Libc.Close(_descriptor);
        _descriptor = -1;
    }

    internal void TakeBack()
    {
        if (_descriptor < 0) _descriptor = Open();
    }

    public void Dispose() => GiveUp();

    private static int Open() => Libc.EventDescriptor(0, Linux.EventNonBlocking | Linux.EventCloseOnExec);
}
