using System.Buffers.Binary;
using System.Diagnostics;
using Sluice.Network.Native;

namespace Sluice.Network.Connections;

/// <summary>
/// Keeps requests that take the loop long from taking all of it: single ones, such as those that name very many things, and those of an
/// API whose requests together take much of the loop, such as a flood of them for the metadata of all topics. They are known by what their
/// connection, or others with the same API, took lately. They run one at a time, and after each the loop is left to cheap ones for up to
/// nine times as long; for less where few of those come, and not at all where there are none.
/// </summary>
internal sealed class CostlyRequests(ConnectionSet set)
{
    /// <summary>How long a costly request is followed by cheap ones, in its own times.</summary>
    private const int RestFactor = 9;

    /// <summary>How much the time weighs that cheap ones took since the costly one before: on a busy machine a loop gets less than it wants.</summary>
    private const int CheapWeight = 20;

    /// <summary>
    /// How many times its processor time a costly request may count for. Its time by the clock counts, as that is what others are then left:
    /// on a busy machine both get little of it. But not if the scheduler only put it aside for long.
    /// </summary>
    private const int StretchMax = 32;

    private const int MarkMs = 1000;

    /// <summary>A single long request may be the scheduler's doing.</summary>
    internal const int LongInARowMin = 2;

    /// <summary>Answers from here on cost as much to send as to make.</summary>
    internal const int LargeAnswerBytes = 16 * 1024;

    private static readonly long CostlyTicks = Stopwatch.Frequency / 2000;
    private static readonly long TurnTicks = Stopwatch.Frequency / 4000;
    private static readonly long BlockedTicks = Stopwatch.Frequency / 100;
    private static readonly long RestedTicksMax = Stopwatch.Frequency / 100;

    private readonly Queue<Connection> _ofCostlyApi = new();
    private readonly Queue<Connection> _ofCostlyConnection = new();
    private readonly ApiCosts _costs = new();
    private long _mayRunAt;
    private long _costTicks;
    private long _lastTicks;
    private long _lastCpu;
    private long _alertUntilMs;
    private long _cheapTicks;
    private long _cheapTicksBefore;
    private long _heldBytes;
    private int _lastKey;
    private bool _isTurnOfApi;

    /// <summary>When the next of those that wait may run, on the loops' clock; 0 when it may run now.</summary>
    internal long NextDeadlineMs =>
        Waiting == 0 ? long.MaxValue
        : _mayRunAt <= Stopwatch.GetTimestamp() ? 0
        : (_mayRunAt / (Stopwatch.Frequency / 1000)) + 1;

    internal int Waiting => _ofCostlyApi.Count + _ofCostlyConnection.Count;

    /// <summary>What follows is noted by <see cref="Took"/>.</summary>
    internal void Begin(long ticks)
    {
        _lastTicks = ticks;
        _costs.Begin(ticks);
        if (set.NowMs < _alertUntilMs) _lastCpu = Libc.ThreadCpuTicks();
    }

    /// <summary>Whether what was handed out since <see cref="Begin"/> or <see cref="Took"/> took as much as one connection gets at a time.</summary>
    internal bool TookATurn() => Stopwatch.GetTimestamp() - _lastTicks > TurnTicks;

    /// <summary>Whether a whole request must wait for its turn.</summary>
    internal bool MustWait(Connection connection, ReadOnlySpan<byte> frame)
    {
        Look(connection, frame);
        if (!connection.IsCostly && !_costs.IsCostly(_lastKey, set.NowMs)) return false;
        return Waiting > 0 || Stopwatch.GetTimestamp() < _mayRunAt;
    }

    /// <summary>Which API the request is of that is handed out next.</summary>
    internal void Look(Connection connection, ReadOnlySpan<byte> frame)
    {
        int key = ApiCosts.KeyOf(BinaryPrimitives.ReadInt16BigEndian(frame));
        connection.LastKey = key;
        if (key != _lastKey) _costs.Note(_lastKey, Stopwatch.GetTimestamp(), set.NowMs);
        _lastKey = key;
        _costs.Count();
    }

    /// <summary>Has a connection's request wait; false when too many wait already.</summary>
    internal bool TryWait(Connection connection, int bytes)
    {
        if (_heldBytes + bytes > set.Limits.ReceiveBytesMax / 4) return false;
        _heldBytes += bytes;
        (connection.IsCostly ? _ofCostlyConnection : _ofCostlyApi).Enqueue(connection);
        return true;
    }

    /// <summary>A request that waited is handed out, or its connection is gone.</summary>
    internal void Release(int bytes) => _heldBytes -= bytes;

    /// <summary>Notes what the requests took that were handed out since the event before.</summary>
    internal void Took(Connection connection, long requests)
    {
        long now = Stopwatch.GetTimestamp();
        long ticks = now - _lastTicks;
        _lastTicks = now;
        if (requests > 0) _costs.Note(_lastKey, now, set.NowMs);
        long cpuTicks = 0;
        if (ticks < CostlyTicks || ticks < CostlyTicks * requests || !TookProcessor(requests, out cpuTicks))
        {
            // Bytes alone, of a request that is arriving or must wait, say nothing.
            if (requests == 0) return;
            // What this one took of the processor is not to be held against the next one.
            if (set.NowMs < _alertUntilMs) _lastCpu = Libc.ThreadCpuTicks();
            connection.LongInARow = 0;
            if (_costs.IsCostly(_lastKey, set.NowMs)) Rest(now, Math.Min(ticks, RestedTicksMax));
            else _cheapTicks += ticks;
            return;
        }
        connection.LongInARow++;
        _costs.Mark(_lastKey, set.NowMs + MarkMs);
        Rest(now, Math.Min(ticks, cpuTicks * StretchMax));
    }

    /// <summary>Notes what it took to send answers that are large.</summary>
    internal void Sent(int key, long ticks)
    {
        _costs.Add(key, ticks, requests: 1, set.NowMs);
        if (!_costs.IsCostly(key, set.NowMs)) return;
        _costTicks += Math.Min(ticks, RestedTicksMax);
        _mayRunAt = Stopwatch.GetTimestamp() + RestOf(_costTicks);
    }

    /// <summary>The end of a turn: the next of those that wait, when its time has come; several where nothing else wants the loop.</summary>
    internal void Resume()
    {
        long began = Waiting == 0 ? 0 : Stopwatch.GetTimestamp();
        for (long now = began; Waiting > 0 && now >= _mayRunAt && now - began < CostlyTicks; now = Stopwatch.GetTimestamp())
        {
            // In turns: whoever was only once found costly does not wait behind a crowd that asks for what always is.
            (Queue<Connection> first, Queue<Connection> second) = _isTurnOfApi ? (_ofCostlyApi, _ofCostlyConnection) : (_ofCostlyConnection, _ofCostlyApi);
            _isTurnOfApi = !_isTurnOfApi;
            if (TryRun(first) || TryRun(second)) continue;
            // They have to take their answers first.
            _mayRunAt = Stopwatch.GetTimestamp() + BlockedTicks;
        }
    }

    private bool TryRun(Queue<Connection> waiting)
    {
        for (int left = waiting.Count; left > 0; left--)
        {
            Connection next = waiting.Dequeue();
            if (next.IsClosed) continue;
            if (!next.MayDispatchHeld)
            {
                waiting.Enqueue(next);
                continue;
            }
            Begin(Stopwatch.GetTimestamp());
            next.DispatchHeld();
            // While others wait it is known what they cost.
            if (waiting == _ofCostlyApi && Waiting > 0) _costs.Mark(_lastKey, set.NowMs + MarkMs);
            Took(next, 1);
            return true;
        }
        return false;
    }

    private void Rest(long now, long ticks)
    {
        _costTicks = ticks;
        _cheapTicksBefore = _cheapTicks;
        _cheapTicks = 0;
        _mayRunAt = now + RestOf(ticks);
    }

    private long RestOf(long ticks) => Math.Min(ticks * RestFactor, _cheapTicksBefore * CheapWeight);

    /// <summary>
    /// Whether it was the processor's time rather than the clock's, which goes on while other processes have the processor. That costs a
    /// system call, and is looked at only for a while after something took long.
    /// </summary>
    private bool TookProcessor(long requests, out long cpuTicks)
    {
        bool isAlert = set.NowMs < _alertUntilMs;
        _alertUntilMs = set.NowMs + MarkMs;
        long cpu = Libc.ThreadCpuTicks();
        cpuTicks = cpu - _lastCpu;
        _lastCpu = cpu;
        return isAlert && cpuTicks >= CostlyTicks * Math.Max(1, requests);
    }
}
