namespace Sluice.Network.BackPressure;

/// <summary>
/// The frames of a loop that have begun and are not whole: how many bytes of buffers they hold, and whether they come in fast enough.
/// A client that sends half a request and then nothing, or a byte now and then, would otherwise hold its buffer for as long as it
/// likes. Time counts only while the loop would read: a client is not blamed for what the broker makes it wait.
/// </summary>
internal sealed class ArrivingFrames(NetworkLimits limits)
{
    private const long PeriodMs = 500;

    private readonly List<IPeer> _begun = [];
    private long _sweepAtMs;

    /// <summary>Bytes of buffers that frames hold which are not whole.</summary>
    internal long HeldBytes { get; private set; }

    /// <summary>When the progress of frames is looked at again.</summary>
    internal long NextDeadlineMs => _begun.Count == 0 ? long.MaxValue : _sweepAtMs;

    internal int Count => _begun.Count;

    internal void Add(IPeer peer, FrameArrival arrival, long nowMs)
    {
        if (_begun.Count == 0) _sweepAtMs = nowMs + PeriodMs;
        arrival.Index = _begun.Count;
        _begun.Add(peer);
        HeldBytes += arrival.HeldBytes;
    }

    internal void Grow(FrameArrival arrival, int heldBytes)
    {
        HeldBytes += heldBytes - arrival.HeldBytes;
        arrival.HeldBytes = heldBytes;
    }

    internal void Remove(FrameArrival arrival)
    {
        HeldBytes -= arrival.HeldBytes;
        IPeer last = _begun[^1];
        _begun[arrival.Index] = last;
        last.Arrival!.Index = arrival.Index;
        _begun.RemoveAt(_begun.Count - 1);
        arrival.Index = -1;
    }

    /// <summary>Once a period: ends connections whose frame comes in too slowly, sooner when memory is short.</summary>
    internal void Sweep(long nowMs)
    {
        if (_begun.Count == 0 || nowMs < _sweepAtMs) return;
        _sweepAtMs = nowMs + PeriodMs;
        // From the end: a connection that is closed takes itself out, and the last one takes its place.
        for (int i = _begun.Count - 1; i >= 0; i--) Look(_begun[i]);
    }

    private void Look(IPeer peer)
    {
        FrameArrival arrival = peer.Arrival!;
        long bytes = arrival.ReceivedBytes - arrival.SeenBytes;
        arrival.SeenBytes = arrival.ReceivedBytes;
        if (!peer.IsReading) return;
        arrival.Periods++;
        arrival.SlowPeriods = bytes < limits.FrameBytesASecondMin * PeriodMs / 1000 ? arrival.SlowPeriods + 1 : 0;
        arrival.ShortPeriods = bytes < limits.ShortFrameBytesASecondMin * PeriodMs / 1000 ? arrival.ShortPeriods + 1 : 0;
        if (arrival.SlowPeriods * PeriodMs >= limits.FrameSlowMsMax)
        {
            peer.Close(
                CloseReason.TooSlow,
                $"a request of {arrival.FrameBytes} bytes came in at less than {limits.FrameBytesASecondMin} bytes a second for {limits.FrameSlowMsMax} ms; {arrival.ReceivedBytes} bytes had come");
            return;
        }
        bool isShort = HeldBytes > limits.ReceiveBytesMax / 4;
        if (isShort && (arrival.ShortPeriods * PeriodMs >= limits.ShortFrameSlowMsMax || arrival.Periods * PeriodMs >= limits.FrameSlowMsMax))
        {
            peer.Close(
                CloseReason.TooSlow,
                $"half-sent requests hold {HeldBytes} bytes, and one of {arrival.FrameBytes} bytes did not come in fast enough; {arrival.ReceivedBytes} bytes had come");
        }
    }
}

/// <summary>How a frame comes in that is not whole. One object for each connection that ever sent a frame in several pieces.</summary>
internal sealed class FrameArrival
{
    /// <summary>The place in the list; -1 while no frame is arriving.</summary>
    internal int Index { get; set; } = -1;

    /// <summary>Bytes of the frame's buffer.</summary>
    internal int HeldBytes { get; set; }

    /// <summary>The length that the client claimed.</summary>
    internal int FrameBytes { get; set; }

    internal int ReceivedBytes { get; set; }

    internal int SeenBytes { get; set; }

    /// <summary>Periods in which more could have come.</summary>
    internal int Periods { get; set; }

    /// <summary>Such periods in a row that brought too little at any time.</summary>
    internal int SlowPeriods { get; set; }

    /// <summary>Such periods in a row that brought too little while memory is short.</summary>
    internal int ShortPeriods { get; set; }

    internal bool IsListed => Index >= 0;

    /// <summary>A new frame.</summary>
    internal void Begin(int frameBytes, int heldBytes, int receivedBytes)
    {
        FrameBytes = frameBytes;
        HeldBytes = heldBytes;
        ReceivedBytes = receivedBytes;
        SeenBytes = Periods = SlowPeriods = ShortPeriods = 0;
    }
}
