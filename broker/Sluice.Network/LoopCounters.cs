namespace Sluice.Network;

/// <summary>
/// What a loop has done since its start. Written by the loop's thread only; any thread may read (a value may be a turn old).
/// </summary>
public sealed class LoopCounters
{
    internal long BytesReceivedCount;
    internal long BytesSentCount;
    internal long BytesSentFromFilesCount;
    internal long RequestsCount;
    internal long TurnsCount;
    internal long SleepsCount;
    internal long BusyTicksCount;
    internal long SpinTicksCount;
    internal long ConnectionsCount;
    internal long ReceiveBufferBytesCount;

    /// <summary>Bytes received from peers.</summary>
    public long BytesReceived => Volatile.Read(ref BytesReceivedCount);

    /// <summary>Bytes sent to peers, those from files included.</summary>
    public long BytesSent => Volatile.Read(ref BytesSentCount);

    /// <summary>Bytes that the kernel sent from files, without passing through this process.</summary>
    public long BytesSentFromFiles => Volatile.Read(ref BytesSentFromFilesCount);

    /// <summary>Request frames handed to the handler.</summary>
    public long Requests => Volatile.Read(ref RequestsCount);

    /// <summary>Turns of the loop.</summary>
    public long Turns => Volatile.Read(ref TurnsCount);

    /// <summary>How often the loop blocked because it had nothing to do.</summary>
    public long Sleeps => Volatile.Read(ref SleepsCount);

    /// <summary>Time spent working, in ticks of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
    public long BusyTicks => Volatile.Read(ref BusyTicksCount);

    /// <summary>Time spent polling before a sleep, in ticks of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
    public long SpinTicks => Volatile.Read(ref SpinTicksCount);

    /// <summary>Open connections.</summary>
    public long Connections => Volatile.Read(ref ConnectionsCount);

    /// <summary>Bytes of receive buffers that requests hold.</summary>
    public long ReceiveBufferBytes => Volatile.Read(ref ReceiveBufferBytesCount);
}
