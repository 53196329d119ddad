using Sluice.Network.Buffers;

namespace Sluice.Network.BackPressure;

/// <summary>
/// Who may take receive buffers. Requests that are being answered and frames that are arriving share the limit; the latter get half of
/// it, so that clients which only begin requests cannot keep whole ones out. When requests hold all that they may, no frame is begun.
/// When it is the begun frames that hold their half, one at a time grows on, so that they end one after the other instead of all waiting
/// for each other, and those that do not come in fast enough are ended (<see cref="ArrivingFrames"/>). Memory is thus bounded by the
/// limit, one frame, and what one turn receives.
/// </summary>
internal sealed class ReceiveMemory(NetworkLimits limits, BufferPool buffers, ArrivingFrames arriving, UntakenAnswers answers)
{
    private const int ResumedATurnMax = 16;
    private const int GrowthStallMsMax = 2_000;

    private readonly Queue<IPeer> _waitingToBegin = new();
    private readonly Queue<IPeer> _waitingToGrow = new();
    private readonly Queue<IPeer> _muted = new();
    private IPeer? _growing;
    private long _growthSeenAtMs;

    /// <summary>When the one that may grow has had its time.</summary>
    internal long NextDeadlineMs => _growing is null ? long.MaxValue : _growthSeenAtMs + GrowthStallMsMax;

    /// <summary>No further frame is begun.</summary>
    internal bool IsShort => buffers.RentedBytes + RequestObjectBytes >= limits.ReceiveBytesMax;

    /// <summary>Frames that are arriving hold what they may: each further one begins with little.</summary>
    internal bool IsArrivalShort => arriving.HeldBytes >= ArrivalBytesMax;

    /// <summary>There is so much room that a buffer may be taken before its bytes come.</summary>
    internal bool IsAmple => buffers.RentedBytes < limits.ReceiveBytesMax / 4;

    /// <summary>Bytes of frames of requests that are being answered.</summary>
    internal long RequestBytes { get; set; }

    /// <summary>Bytes of objects that requests which are being answered were read into.</summary>
    internal long RequestObjectBytes { get; set; }

    /// <summary>Requests that are being answered hold so much that each connection gets only one served at a time.</summary>
    internal bool IsBusy => RequestBytes + RequestObjectBytes >= limits.ReceiveBytesMax / 2;

    /// <summary>What others hold keeps a connection from having served what it could have served otherwise.</summary>
    internal bool MutesEach => IsBusy || answers.IsShort;

    private long ArrivalBytesMax => limits.ReceiveBytesMax / 2;

    private bool MayOneGrow => _growing is null && RequestBytes < limits.ReceiveBytesMax / 2;

    /// <summary>Whether a frame may begin with a buffer of so many bytes, more than have come.</summary>
    internal bool MayBegin(int bytes) =>
        arriving.HeldBytes + bytes <= ArrivalBytesMax && buffers.RentedBytes + bytes <= limits.ReceiveBytesMax;

    /// <summary>Whether an arriving frame may have a buffer of <paramref name="to"/> bytes instead of <paramref name="from"/>.</summary>
    internal bool MayGrow(IPeer peer, int from, int to, long nowMs)
    {
        if (_growing != peer)
        {
            bool isFree = arriving.HeldBytes + to - from <= ArrivalBytesMax && buffers.RentedBytes + to <= limits.ReceiveBytesMax;
            if (isFree) return true;
            if (!MayOneGrow) return false;
        }
        _growing = peer;
        _growthSeenAtMs = nowMs;
        return true;
    }

    /// <summary>The connection's frame is whole, or the connection is gone.</summary>
    internal void EndGrowth(IPeer peer)
    {
        if (_growing == peer) _growing = null;
    }

    /// <summary>
    /// A connection that is handed no further request while memory is short is looked after when it no longer is. Until then it goes on by
    /// itself when its own answers are sent.
    /// </summary>
    internal void WaitToGoOn(IPeer peer)
    {
        if (peer.IsMuted) return;
        peer.IsMuted = true;
        _muted.Enqueue(peer);
    }

    internal void WaitToBegin(IPeer peer) => Wait(peer, _waitingToBegin);

    internal void WaitToGrow(IPeer peer) => Wait(peer, _waitingToGrow);

    /// <summary>The end of a turn: lets connections go on that waited, as far as memory allows.</summary>
    internal void Resume(long nowMs)
    {
        if (_growing is not null && nowMs >= NextDeadlineMs)
        {
            _growing.Close(
                CloseReason.TooSlow,
                $"requests hold {buffers.RentedBytes} bytes, and the client did not go on with its large request within {GrowthStallMsMax} ms");
        }
        if (!MutesEach) Unmute();
        long limit = limits.ReceiveBytesMax / 8 * 7;
        bool mayBegin = buffers.RentedBytes + RequestObjectBytes <= limit;
        bool mayGrow = buffers.RentedBytes <= limit && arriving.HeldBytes <= ArrivalBytesMax / 8 * 7;
        if (_waitingToGrow.Count > 0 && (mayGrow || MayOneGrow)) Release(_waitingToGrow, mayGrow ? ResumedATurnMax : 1);
        if (_waitingToBegin.Count > 0 && mayBegin) Release(_waitingToBegin, ResumedATurnMax);
    }

    private void Unmute()
    {
        for (int count = Math.Min(ResumedATurnMax, _muted.Count); count > 0; count--)
        {
            IPeer peer = _muted.Dequeue();
            peer.IsMuted = false;
            peer.GoOn();
        }
    }

    private static void Wait(IPeer peer, Queue<IPeer> queue)
    {
        if (peer.IsStarved) return;
        peer.IsStarved = true;
        queue.Enqueue(peer);
    }

    private static void Release(Queue<IPeer> queue, int count)
    {
        for (count = Math.Min(count, queue.Count); count > 0; count--)
        {
            IPeer peer = queue.Dequeue();
            peer.IsStarved = false;
            peer.GoOn();
        }
    }
}
