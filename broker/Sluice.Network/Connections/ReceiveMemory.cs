namespace Sluice.Network.Connections;

/// <summary>
/// Who may take receive buffers when a loop's requests hold as many bytes as they may. Then no frame is begun, and those already
/// begun wait for requests to be answered. Only when it is the begun frames themselves that hold the memory, one at a time grows
/// on, so that they end one after the other instead of all waiting for each other. Memory is thus bounded by one and a half times
/// the limit and one frame.
/// </summary>
internal sealed class ReceiveMemory(ConnectionSet set)
{
    private const int ResumedATurnMax = 16;
    private const int GrowthStallMsMax = 5_000;

    private readonly Queue<Connection> _waitingToBegin = new();
    private readonly Queue<Connection> _waitingToGrow = new();
    private Connection? _growing;
    private long _growthSeenAtMs;

    /// <summary>When the one that may grow has had its time.</summary>
    internal long NextDeadlineMs => _growing is null ? long.MaxValue : _growthSeenAtMs + GrowthStallMsMax;

    /// <summary>No further frame is begun.</summary>
    internal bool IsShort => set.Buffers.RentedBytes >= set.Limits.ReceiveBytesMax;

    /// <summary>Bytes of requests that are being answered.</summary>
    internal long RequestBytes { get; set; }

    private bool MayOneGrow => _growing is null && RequestBytes < set.Limits.ReceiveBytesMax / 2;

    /// <summary>Whether a frame already begun may take so many bytes more.</summary>
    internal bool MayGrow(Connection connection, int bytes)
    {
        if (_growing != connection)
        {
            if (set.Buffers.RentedBytes + bytes <= set.Limits.ReceiveBytesMax) return true;
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

    internal void WaitToBegin(Connection connection) => Wait(connection, _waitingToBegin);

    internal void WaitToGrow(Connection connection) => Wait(connection, _waitingToGrow);

    /// <summary>The end of a turn: lets connections go on that waited, as far as memory allows.</summary>
    internal void Resume()
    {
        if (_growing is not null && set.NowMs >= NextDeadlineMs)
        {
            _growing.Close(
                CloseReason.Overload,
                $"requests hold {set.Buffers.RentedBytes} bytes, and the client did not complete its large request within {GrowthStallMsMax} ms");
        }
        bool isFree = set.Buffers.RentedBytes <= set.Limits.ReceiveBytesMax / 8 * 7;
        if (_waitingToGrow.Count > 0 && (isFree || MayOneGrow)) Release(_waitingToGrow, isFree ? ResumedATurnMax : 1);
        if (_waitingToBegin.Count > 0 && isFree) Release(_waitingToBegin, ResumedATurnMax);
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
