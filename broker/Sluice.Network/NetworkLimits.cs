namespace Sluice.Network;

/// <summary>
/// Every bound of the network layer. Each holds a loop or a connection even when the peer is hostile: what is beyond it waits
/// in the kernel (reading stops) or closes the connection.
/// </summary>
public sealed record NetworkLimits
{
    /// <summary>The largest request frame, in bytes without its length (<c>socket.request.max.bytes</c>).</summary>
    public int RequestBytesMax { get; init; } = 100 * 1024 * 1024;

    /// <summary>
    /// The largest frame of a connection that has not yet made a valid request, in bytes; no bound of its own by default. For listeners
    /// whose clients begin with small requests because they must authenticate. Elsewhere the first request may be a Produce of any
    /// size: a client that learned the versions from one broker does not ask the next. Its buffer grows only as bytes arrive.
    /// </summary>
    public int FirstRequestBytesMax { get; init; } = int.MaxValue;

    /// <summary>Requests of one connection that are being answered or whose answer is unsent; reading stops there.</summary>
    public int RequestsInFlightMax { get; init; } = 128;

    /// <summary>Bytes of request frames of one connection held by unanswered requests; reading stops there (one frame is always taken).</summary>
    public int RequestBytesInFlightMax { get; init; } = 16 * 1024 * 1024;

    /// <summary>Bytes of one connection's answers that the peer has not taken; no further request is read above it.</summary>
    public int UnsentBytesMax { get; init; } = 1024 * 1024;

    /// <summary>
    /// Bytes of receive buffers a loop holds before it begins no further frame (<c>queued.max.request.bytes</c>). So that frames
    /// already begun can end, it may come to hold half as much again and one frame.
    /// </summary>
    public long ReceiveBytesMax { get; init; } = 512L * 1024 * 1024;

    /// <summary>A connection on which no byte moved for so long is closed (<c>connections.max.idle.ms</c>); zero or less: never.</summary>
    public long ConnectionIdleMsMax { get; init; } = 600_000;

    /// <summary>Bytes sent to one connection before the loop turns to the others.</summary>
    public int SendBytesATurnMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>Connections of all listeners together (<c>max.connections</c>); accepting pauses there.</summary>
    public int ConnectionsMax { get; init; } = int.MaxValue;

    /// <summary>Connections from one address (<c>max.connections.per.ip</c>); a further one is closed at once.</summary>
    public int ConnectionsAnAddressMax { get; init; } = int.MaxValue;
}
