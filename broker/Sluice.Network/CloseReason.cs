namespace Sluice.Network;

/// <summary>Why a connection ended.</summary>
public enum CloseReason
{
    /// <summary>The peer closed it, everything was answered.</summary>
    PeerClosed,

    /// <summary>The peer vanished (reset, time-out) or closed before it took its answers.</summary>
    PeerGone,

    /// <summary>No byte moved for the idle time.</summary>
    Idle,

    /// <summary>The bytes are not what this listener speaks, or a frame is malformed or too large.</summary>
    BadRequest,

    /// <summary>The handler ended it (such as acks=0 produce that failed, failed authentication).</summary>
    ByHandler,

    /// <summary>A limit of memory was reached.</summary>
    Overload,

    /// <summary>A request that had begun did not come in fast enough, or answers were not taken while memory was short.</summary>
    TooSlow,

    /// <summary>The kernel failed on the socket or a file that was being sent.</summary>
    Failure,

    /// <summary>The broker stops.</summary>
    Stopping,
}
