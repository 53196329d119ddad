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
    /// As <see cref="UnsentBytesMax"/>, of answers in memory. So much is made of pipelined requests before it is sent, and of a peer that
    /// does not read before that is known.
    /// </summary>
    public int AnswerBytesAtOnceMax { get; init; } = 128 * 1024;

    /// <summary>
    /// Bytes that a loop holds for requests, arriving or being answered, before it begins no further frame
    /// (<c>queued.max.request.bytes</c>). Frames that are not whole get half of it; so that one of them can always end, a loop may come
    /// to hold one frame more.
    /// </summary>
    public long ReceiveBytesMax { get; init; } = 512L * 1024 * 1024;

    /// <summary>
    /// Bytes of answers in memory that a loop's clients have not taken. From half of it on a connection is served only after it took its
    /// answers, and those that take nothing are closed, the greatest first.
    /// </summary>
    public long AnswerBytesMax { get; init; } = 256L * 1024 * 1024;

    /// <summary>Bytes a second in which a frame that has begun must go on; see <see cref="FrameSlowMsMax"/>.</summary>
    public int FrameBytesASecondMin { get; init; } = 1024;

    /// <summary>
    /// Milliseconds for which a frame may come in more slowly than <see cref="FrameBytesASecondMin"/>; then its connection is closed.
    /// Only time counts in which the loop would have read.
    /// </summary>
    public int FrameSlowMsMax { get; init; } = 30_000;

    /// <summary>As <see cref="FrameBytesASecondMin"/>, while frames that are not whole hold a quarter of <see cref="ReceiveBytesMax"/>.</summary>
    public int ShortFrameBytesASecondMin { get; init; } = 64 * 1024;

    /// <summary>As <see cref="FrameSlowMsMax"/>, while frames that are not whole hold a quarter of <see cref="ReceiveBytesMax"/>.</summary>
    public int ShortFrameSlowMsMax { get; init; } = 1_000;

    /// <summary>A connection on which no byte moved for so long is closed (<c>connections.max.idle.ms</c>); zero or less: never.</summary>
    public long ConnectionIdleMsMax { get; init; } = 600_000;

    /// <summary>Bytes sent to one connection before the loop turns to the others.</summary>
    public int SendBytesATurnMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>Connections of all listeners together (<c>max.connections</c>); accepting pauses there.</summary>
    public int ConnectionsMax { get; init; } = int.MaxValue;

    /// <summary>
    /// New connections a second (<c>max.connection.creation.rate</c>, KIP-612); beyond that accepting pauses. Listeners that are
    /// <see cref="ListenerOptions.IsProtected"/> do not count.
    /// </summary>
    public int ConnectionsASecondMax { get; init; } = int.MaxValue;

    /// <summary>
    /// Connections for which the process has descriptors, beside those of its files; a further one is closed at once, as it would not
    /// get better by waiting.
    /// </summary>
    public int ConnectionDescriptorsMax { get; init; } = int.MaxValue;

    /// <summary>Connections from one address (<c>max.connections.per.ip</c>); a further one is closed at once.</summary>
    public int ConnectionsAnAddressMax { get; init; } = int.MaxValue;
}
