using System.Buffers.Binary;
using System.Diagnostics;
using Sluice.Network.Native;
using Sluice.Network.Scheduling;

namespace Sluice.Network.Connections;

/// <summary>
/// Keeps requests that take the loop long, or that are not what clients ask all the time, from taking all of it: they are measured, and
/// wait for their turn where there is other work (<see cref="FairSchedule{TFlow}"/>). All others run as they come and cost no look at the
/// clock of their own. A connection whose requests for <see cref="ClientWork"/> take long is one of those that wait, and a new one is
/// until its first such request has run. Between two turns of the loop no more of them run than take half a millisecond, beside the last.
/// </summary>
internal sealed class RequestTurns(ConnectionSet set)
{
    /// <summary>For how long a connection counts as one whose requests take long, and the processor's time is looked at.</summary>
    private const int MarkMs = 1000;

    /// <summary>Answers from here on cost as much to send as to make.</summary>
    internal const int LargeAnswerBytes = 16 * 1024;

    /// <summary>A request takes long from here on, beside a nanosecond for each of its bytes.</summary>
    private static readonly long LongTicks = Stopwatch.Frequency / 2000;

    /// <summary>What a connection gets at a time of requests that it sent at once.</summary>
    private static readonly long TurnTicks = Stopwatch.Frequency / 4000;

    private readonly FairSchedule<Connection> _schedule = new(Stopwatch.Frequency);
    private long _lastTicks;
    private long _lastCpu;
    private long _alertUntilMs;
    private long _heldBytes;
    private long _ranTicks;
    private long _requests;
    private long _bytes;

    /// <summary>When the next of those that wait may run, on the loops' clock; 0 when it may run now.</summary>
    internal long NextDeadlineMs => _schedule.NextAt switch
    {
        long.MaxValue => long.MaxValue,
        long at when at <= Stopwatch.GetTimestamp() => 0,
        long at => (at / (Stopwatch.Frequency / 1000)) + 1,
    };

    /// <summary>Connections whose request waits for its turn.</summary>
    internal int Waiting => _schedule.Waiting;

    /// <summary>A turn of the loop begins.</summary>
    internal void BeginTurn(long ticks)
    {
        _ranTicks = 0;
        Begin(ticks);
    }

    /// <summary>What follows is noted by <see cref="Took"/>.</summary>
    internal void Begin(long ticks)
    {
        _lastTicks = ticks;
        if (set.NowMs < _alertUntilMs) _lastCpu = Libc.ThreadCpuTicks();
    }

    /// <summary>Whether what was handed out since <see cref="Begin"/> or <see cref="Took"/> took as much as one connection gets at a time.</summary>
    internal bool TookATurn() => Stopwatch.GetTimestamp() - _lastTicks > TurnTicks;

    /// <summary>Whether a whole request is handed out as it comes.</summary>
    internal bool IsWork(Connection connection, ReadOnlySpan<byte> frame, int bytes)
    {
        short api = ApiOf(frame);
        if (!(ClientWork.Includes(api) ? set.NowMs >= connection.WorksFromMs : ClientWork.IsGreeting(api, bytes))) return false;
        _requests++;
        _bytes += bytes;
        return true;
    }

    /// <summary>Whether a request that is not work may be run now.</summary>
    internal bool MayRun(Connection connection) => _ranTicks < LongTicks && _schedule.MayRun(connection, Stopwatch.GetTimestamp());

    /// <summary>Whether a request may wait; not when those that do hold too much, of which the ones go first whose clients hung up.</summary>
    internal bool TryHold(int bytes)
    {
        long max = set.Limits.ReceiveBytesMax / 4;
        while (_heldBytes + bytes > max && _schedule.Last is { } gone)
            gone.Close(CloseReason.PeerClosed, "the client closed the connection, and others need the memory of its request, which waited for its turn");
        if (_heldBytes + bytes > max) return false;
        _heldBytes += bytes;
        return true;
    }

    /// <summary>
    /// The client has hung up, or has only finished to write: nobody can tell, so that its requests are served when there is nobody else
    /// whose turn it is.
    /// </summary>
    internal void GoLast(Connection connection) => _schedule.GoLast(connection);

    /// <summary>A connection has a request that waits: it stands in line while it could be served.</summary>
    internal void Line(Connection connection)
    {
        if (connection.MayDispatchHeld) _schedule.Wait(connection);
        else _schedule.Leave(connection);
    }

    /// <summary>A request that waited is handed out, or its connection is gone.</summary>
    internal void Release(Connection connection, int bytes)
    {
        _heldBytes -= bytes;
        _schedule.Leave(connection);
    }

    /// <summary>A request that is not work is handed out: what was before is noted, and it is measured alone, until <see cref="Ran"/>.</summary>
    internal void BeginRun(Connection connection)
    {
        Took(connection);
        _lastCpu = Libc.ThreadCpuTicks();
    }

    /// <summary>Notes what a request took that is not work.</summary>
    internal void Ran(Connection connection, short api, int bytes)
    {
        long now = Stopwatch.GetTimestamp(), cpu = Libc.ThreadCpuTicks();
        long ticks = now - _lastTicks, cpuTicks = cpu - _lastCpu;
        _lastTicks = now;
        _lastCpu = cpu;
        _ranTicks += ticks;
        bool isWork = ClientWork.Includes(api), isLong = IsLong(cpuTicks, 1, bytes);
        connection.LastWasWork = isWork && !isLong;
        if (isWork && connection.WorksFromMs == Connection.WorksNotYet) connection.WorksFromMs = 0;
        if (isWork && isLong) Mark(connection);
        if (isWork && !isLong && connection.WorksFromMs <= set.NowMs) _schedule.Worked(ticks);
        else _schedule.Ran(connection, ticks, now);
    }

    /// <summary>Notes what was handed out since the event before.</summary>
    internal void Took(Connection connection)
    {
        long now = Stopwatch.GetTimestamp();
        long ticks = now - _lastTicks;
        _lastTicks = now;
        long requests = _requests, bytes = _bytes;
        _requests = _bytes = 0;
        // Bytes alone, of a request that is arriving or must wait, say nothing.
        if (requests == 0) return;
        connection.LastWasWork = true;
        _schedule.Worked(ticks);
        bool isLong = IsLong(ticks, requests, bytes);
        bool isAlert = set.NowMs < _alertUntilMs;
        if (!isLong && !isAlert) return;
        // The clock goes on while other processes have the processor. Its own time costs a system call, and is looked at only for a while
        // after something took long.
        long cpu = Libc.ThreadCpuTicks();
        if (isLong && isAlert && IsLong(cpu - _lastCpu, requests, bytes)) Mark(connection);
        if (isLong) _alertUntilMs = set.NowMs + MarkMs;
        _lastCpu = cpu;
    }

    /// <summary>Notes what it took to send answers that are large.</summary>
    internal void Sent(Connection connection, long ticks) => _schedule.RanOn(connection, ticks, Stopwatch.GetTimestamp());

    /// <summary>The end of a turn: those that wait whose time has come.</summary>
    internal void Resume()
    {
        if (Waiting == 0) return;
        long began = Stopwatch.GetTimestamp();
        while (_ranTicks < LongTicks && _schedule.Next(Math.Max(began, _lastTicks)) is { } next)
        {
            if (next.MayDispatchHeld) next.DispatchHeld();
            // Settling it sees what it waits for, and that it stands in line again.
            else set.Unsettle(next);
        }
    }

    /// <summary>The API that a whole request asks for.</summary>
    internal static short ApiOf(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadInt16BigEndian(frame);

    private static bool IsLong(long ticks, long requests, long bytes) =>
        ticks >= LongTicks && ticks >= (LongTicks * requests) + (bytes * Stopwatch.Frequency / 1_000_000_000);

    /// <summary>A single request may have taken long for reasons of the broker's own: of the second one within a while it is the connection's.</summary>
    private void Mark(Connection connection)
    {
        if (set.NowMs < connection.SuspectUntilMs) connection.WorksFromMs = set.NowMs + MarkMs;
        connection.SuspectUntilMs = set.NowMs + MarkMs;
    }
}
