namespace Sluice.Network.Connections;

/// <summary>
/// Who may take receive buffers. Requests that are being answered and frames that are arriving share the limit; the latter get half of
/// it, so that clients which only begin requests cannot keep whole ones out. When requests hold all that they may, no frame is begun.
/// When it is the begun frames that hold their half, one at a time grows on, so that they end one after the other instead of all waiting
/// for each other, and those that do not come in fast enough are ended (<see cref="ArrivingFrames"/>). Memory is thus bounded by the
/// limit, one frame, and what one turn receives.
/// </summary>
internal sealed class ReceiveMemory(ConnectionSet set)
{
    private const int ResumedATurnMax = 16;
    private const int GrowthStallMsMax = 2_000;

    private readonly Queue<Connection> _waitingToBegin = new();
    private readonly Queue<Connection> _waitingToGrow = new();
    private readonly Queue<Connection> _muted = new();
    private Connection? _growing;
    private long _growthSeenAtMs;

    /// <summary>When the one that may grow has had its time.</summary>
    internal long NextDeadlineMs => _growing is null ? long.MaxValue : _growthSeenAtMs + GrowthStallMsMax;

    /// <summary>No further frame is begun.</summary>
    internal bool IsShort => set.Buffers.RentedBytes + RequestObjectBytes >= set.Limits.ReceiveBytesMax;

    /// <summary>Frames that are arriving hold what they may: each further one begins with little.</summary>
    internal bool IsArrivalShort => set.Arriving.HeldBytes >= ArrivalBytesMax;

    /// <summary>There is so much room that a buffer may be taken before its bytes come.</summary>
    internal bool IsAmple => set.Buffers.RentedBytes < set.Limits.ReceiveBytesMax / 4;

    /// <summary>Bytes of frames of requests that are being answered.</summary>
    internal long RequestBytes { get; set; }

    /// <summary>Bytes of objects that requests which are being answered were read into.</summary>
    internal long RequestObjectBytes { get; set; }

    /// <summary>Requests that are being answered hold so much that each connection gets only one served at a time.</summary>
    internal bool IsBusy => RequestBytes + RequestObjectBytes >= set.Limits.ReceiveBytesMax / 2;

    /// <summary>What others hold keeps a connection from having served what it could have served otherwise.</summary>
    internal bool MutesEach => IsBusy || set.Answers.IsShort;

    private long ArrivalBytesMax => set.Limits.ReceiveBytesMax / 2;

    private bool MayOneGrow => _growing is null && RequestBytes < set.Limits.ReceiveBytesMax / 2;

    /// <summary>Whether a frame may begin with a buffer of so many bytes, more than have come.</summary>
    internal bool MayBegin(int bytes) =>
        set.Arriving.HeldBytes + bytes <= ArrivalBytesMax && set.Buffers.RentedBytes + bytes <= set.Limits.ReceiveBytesMax;

    /// <summary>Whether an arriving frame may have a buffer of <paramref name="to"/> bytes instead of <paramref name="from"/>.</summary>
    internal bool MayGrow(Connection connection, int from, int to)
    {
        if (_growing != connection)
        {
            bool isFree = set.Arriving.HeldBytes + to - from <= ArrivalBytesMax && set.Buffers.RentedBytes + to <= set.Limits.ReceiveBytesMax;
            if (isFree) return true;
            if (!MayOneGrow) return false;
        }
        _growing = connection;
        _growthSeenAtMs = set.NowMs;
        return true;
    }

    /// <summary>The connection's frame is whole, or the connection is gone.</summary>
    internal void EndGrowth(Connection connection)
    {
        if (_growing == connection) _growing = null;
    }

    /// <summary>
    /// A connection that is handed no further request while memory is short is looked after when it no longer is. Until then it goes on by
    /// itself when its own answers are sent.
    /// </summary>
    internal void WaitToGoOn(Connection connection)
    {
        if (connection.IsMuted) return;
        connection.IsMuted = true;
        _muted.Enqueue(connection);
    }

    internal void WaitToBegin(Connection connection) => Wait(connection, _waitingToBegin);

    internal void WaitToGrow(Connection connection) => Wait(connection, _waitingToGrow);

    /// <summary>The end of a turn: lets connections go on that waited, as far as memory allows.</summary>
    internal void Resume()
    {
        if (_growing is not null && set.NowMs >= NextDeadlineMs)
        {
            _growing.Close(
                CloseReason.TooSlow,
                $"requests hold {set.Buffers.RentedBytes} bytes, and the client did not go on with its large request within {GrowthStallMsMax} ms");
        }
        if (!MutesEach) Unmute();
        long limit = set.Limits.ReceiveBytesMax / 8 * 7;
        bool mayBegin = set.Buffers.RentedBytes + RequestObjectBytes <= limit;
        bool mayGrow = set.Buffers.RentedBytes <= limit && set.Arriving.HeldBytes <= ArrivalBytesMax / 8 * 7;
        if (_waitingToGrow.Count > 0 && (mayGrow || MayOneGrow)) Release(_waitingToGrow, mayGrow ? ResumedATurnMax : 1);
        if (_waitingToBegin.Count > 0 && mayBegin) Release(_waitingToBegin, ResumedATurnMax);
    }

    private void Unmute()
    {
        for (int count = Math.Min(ResumedATurnMax, _muted.Count); count > 0; count--)
        {
            Connection connection = _muted.Dequeue();
            connection.IsMuted = false;
            set.Unsettle(connection);
        }
    }

    private static void Wait(Connection connection, Queue<Connection> queue)
    {
        if (connection.IsStarved) return;
        connection.IsStarved = true;
        queue.Enqueue(connection);
    }

    private void Release(Queue<Connection> queue, int count)
    {
        for (count = Math.Min(count, queue.Count); count > 0; count--)
        {
            Connection connection = queue.Dequeue();
            connection.IsStarved = false;
            connection.OnMemoryMayBeFree();
            set.Unsettle(connection);
        }
    }
}
