using Sluice.Network.BackPressure;
using Sluice.Network.Buffers;
using Sluice.Network.Native;

namespace Sluice.Network.Connections;

/// <summary>
/// The connections of one loop and what they share: buffers, slots, the list of those to settle at the end of a turn, and the
/// list by last activity. For the loop's thread only.
/// </summary>
internal sealed class ConnectionSet
{
    private const int ScratchBytes = 64 * 1024;
    private const int SlotsRetainedMax = 4096;
    private const long TrimPeriodMs = 10_000;

    private readonly Stack<RequestSlot> _freeSlots = new();
    private readonly HashSet<Connection> _all = [];
    private readonly Queue<Connection> _unsettled = new();
    private readonly IdleList _idle = new();
    private TaskCompletionSource? _drained;
    private long _trimAtMs = long.MaxValue;

    internal ConnectionSet(LoopThread thread, LoopCounters counters, Poller poller, NetworkLimits limits, IConnectionHandler handler, INetworkEvents events)
    {
        Thread = thread;
        Counters = counters;
        Poller = poller;
        Limits = limits;
        Arriving = new ArrivingFrames(limits);
        Answers = new UntakenAnswers(limits);
        Memory = new ReceiveMemory(limits, Buffers, Arriving, Answers);
        Turns = new RequestTurns(this);
        Handler = handler;
        Events = events;
    }

    internal LoopThread Thread { get; }

    internal LoopCounters Counters { get; }

    internal Poller Poller { get; }

    internal NetworkLimits Limits { get; }

    internal IConnectionHandler Handler { get; }

    internal INetworkEvents Events { get; }

    internal BufferPool Buffers { get; } = new();

    /// <summary>Who may take receive buffers while they are short.</summary>
    internal ReceiveMemory Memory { get; }

    /// <summary>The frames that have begun and are not whole.</summary>
    internal ArrivingFrames Arriving { get; }

    /// <summary>The memory of answers that clients have not taken.</summary>
    internal UntakenAnswers Answers { get; }

    /// <summary>Requests that may take the loop long run in turns.</summary>
    internal RequestTurns Turns { get; }

    /// <summary>Where small frames arrive and small answers are gathered; always warm in the processor's cache.</summary>
    internal byte[] ReceiveScratch { get; } = GC.AllocateUninitializedArray<byte>(ScratchBytes, pinned: true);

    internal byte[] SendScratch { get; } = GC.AllocateUninitializedArray<byte>(ScratchBytes, pinned: true);

    /// <summary>The clock of this turn.</summary>
    internal long NowMs { get; set; }

    internal bool IsDraining => _drained is not null;

    internal bool HasUnsettled => _unsettled.Count > 0;

    internal long NextDeadlineMs => Math.Min(Math.Min(_trimAtMs, Memory.NextDeadlineMs), Math.Min(Math.Min(Math.Min(Arriving.NextDeadlineMs, Answers.NextDeadlineMs), Turns.NextDeadlineMs), _idle.NextDeadlineMs(Limits.ConnectionIdleMsMax)));

    internal void Adopt(Connection connection)
    {
        _all.Add(connection);
        Counters.ConnectionsCount = _all.Count;
        _idle.Add(connection, NowMs);
        Events.ConnectionOpened(connection);
        connection.Start();
        if (IsDraining) connection.Close(CloseReason.Stopping, "the broker is stopping");
    }

    internal void Remove(Connection connection)
    {
        _idle.Remove(connection);
        if (!_all.Remove(connection)) return;
        Counters.ConnectionsCount = _all.Count;
        SignalDrained();
    }

    internal void Touch(Connection connection) => _idle.Touch(connection, NowMs, Limits.ConnectionIdleMsMax);

    internal RequestSlot RentSlot() => _freeSlots.TryPop(out RequestSlot? slot) ? slot : new RequestSlot(this);

    internal void ReturnSlot(RequestSlot slot)
    {
        slot.Reset();
        if (_freeSlots.Count < SlotsRetainedMax) _freeSlots.Push(slot);
    }

    /// <summary>Has the connection looked after at the end of this turn (or of the next one, when asked while settling).</summary>
    internal void Unsettle(Connection connection)
    {
        if (connection.IsUnsettled) return;
        connection.IsUnsettled = true;
        _unsettled.Enqueue(connection);
    }

    /// <summary>The end of a turn: sends answers, reads on where reading had stopped, closes what is idle, trims.</summary>
    internal void Settle()
    {
        for (int count = _unsettled.Count; count > 0; count--)
        {
            Connection connection = _unsettled.Dequeue();
            connection.IsUnsettled = false;
            connection.Settle();
        }
        Turns.Resume();
        Arriving.Sweep(NowMs);
        Answers.Sweep(_all, NowMs);
        Memory.Resume(NowMs);
        CloseIdle();
        TrimBuffers();
        Counters.ReceiveBufferBytesCount = Buffers.RentedBytes;
    }

    internal void Drain(TaskCompletionSource drained)
    {
        _drained = drained;
        foreach (Connection connection in _all) Unsettle(connection);
        SignalDrained();
    }

    internal void CloseAll(string detail)
    {
        foreach (Connection connection in _all.ToArray()) connection.Close(CloseReason.Stopping, detail);
        SignalDrained();
    }

    private void SignalDrained()
    {
        if (_all.Count == 0) _drained?.TrySetResult();
    }

    private void CloseIdle()
    {
        while (_idle.TakeDue(NowMs, Limits.ConnectionIdleMsMax) is { } connection)
        {
            if (connection.IsIdle) connection.Close(CloseReason.Idle, $"no byte moved for {Limits.ConnectionIdleMsMax} ms");
            else _idle.Add(connection, NowMs);
        }
    }

    private void TrimBuffers()
    {
        if (Buffers.RetainedBytes == 0)
        {
            _trimAtMs = long.MaxValue;
        }
        else if (_trimAtMs == long.MaxValue)
        {
            _trimAtMs = NowMs + TrimPeriodMs;
        }
        else if (NowMs >= _trimAtMs)
        {
            Buffers.Trim();
            _trimAtMs = NowMs + TrimPeriodMs;
        }
    }
}
