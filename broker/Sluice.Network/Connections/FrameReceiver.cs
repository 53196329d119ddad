using Sluice.Network.BackPressure;
using Sluice.Network.Native;

namespace Sluice.Network.Connections;

/// <summary>
/// Cuts a connection's bytes into frames. Bytes arrive in the loop's scratch and are copied into a buffer of the frame's own;
/// once a frame is begun its rest arrives in that buffer directly, and what follows it in the scratch, by the same call. The
/// buffer grows only as bytes arrive, so that a lie in the length costs nothing, and a quiet connection holds no buffer at all.
/// <see cref="ArrivingFrames"/> watches that a frame which has begun goes on.
/// </summary>
internal sealed class FrameReceiver(Connection connection, ConnectionSet set)
{
    private const int LengthBytes = 4;
    private const int GrowthFactor = 4;

    /// <summary>A connection whose frames were lately of some size gets a buffer of that size at once, up to here, while memory is ample.</summary>
    private const int TrustedBytesMax = 4 * 1024 * 1024;

    /// <summary>What is received at once of a connection that has no frame begun, while arriving frames hold all that they may.</summary>
    private const int BeginningBytesWhenShort = 4 * 1024;

    private byte[]? _frame;
    private int _frameLength;
    private int _received;
    private int _prefix;
    private int _prefixBytes;
    private byte[]? _stash;
    private int _stashStart;
    private int _stashEnd;
    private int _usualFrame;
    private bool _isProven;
    private bool _isHeld;
    private bool _hasHandedOut;

    /// <summary>Bytes were received that wait until further requests may be handed out.</summary>
    internal bool HasStash => _stash is not null;

    /// <summary>The frame needs a larger buffer than there is memory for now.</summary>
    internal bool AwaitsMemory { get; set; }

    internal bool HasPartialFrame => _frame is not null || _prefixBytes > 0;

    /// <summary>A whole frame waits for its turn.</summary>
    internal bool IsHeld => _isHeld;

    /// <summary>How the frame comes in, when it does so in pieces.</summary>
    internal FrameArrival? Arrival { get; private set; }

    /// <summary>Receives once and hands out the frames that became whole: the bytes received, 0 at the end, or minus the error.</summary>
    internal int Receive(int socket)
    {
        byte[] scratch = set.ReceiveScratch;
        _hasHandedOut = false;
        if (_frame is null)
        {
            int got = SocketCalls.Receive(socket, set.Memory.IsArrivalShort ? scratch.AsSpan(0, BeginningBytesWhenShort) : scratch);
            if (got > 0) Parse(scratch.AsSpan(0, got));
            return got;
        }
        if (!EnsureCapacity(_received + 1))
        {
            set.Unsettle(connection);
            return -Errno.Again;
        }
        int room = Math.Min(_frame.Length, _frameLength) - _received;
        Span<byte> rest = _frame.AsSpan(_received, room);
        bool reachesEnd = _received + room == _frameLength;
        int total = reachesEnd ? SocketCalls.Receive(socket, rest, scratch) : SocketCalls.Receive(socket, rest);
        if (total <= 0) return total;
        _received += Math.Min(total, room);
        if (Arrival is { IsListed: true } arrival) arrival.ReceivedBytes = _received;
        if (_received == _frameLength) HandOut();
        if (total > room) Parse(scratch.AsSpan(0, total - room));
        return total;
    }

    /// <summary>Goes on with the bytes that waited.</summary>
    internal void ParseStash()
    {
        byte[] stash = _stash!;
        _hasHandedOut = false;
        Span<byte> waiting = stash.AsSpan(_stashStart.._stashEnd);
        _stash = null;
        Span<byte> left = ParseFrames(waiting);
        if (left.IsEmpty || connection.IsClosed)
        {
            set.Buffers.Return(stash);
            return;
        }
        _stash = stash;
        _stashStart = _stashEnd - left.Length;
    }

    /// <summary>Gives back what an ended connection held.</summary>
    internal void Release()
    {
        if (_frame is not null) set.Buffers.Return(_frame);
        if (_isHeld) set.Turns.Release(connection, _frameLength);
        _isHeld = false;
        if (Arrival is { IsListed: true } arrival) set.Arriving.Remove(arrival);
        if (_stash is not null) set.Buffers.Return(_stash);
        _frame = _stash = null;
    }

    /// <summary>What a connection sends at once may be thousands of requests: the others come between.</summary>
    private bool HadItsTurn => _hasHandedOut && set.Turns.TookATurn();

    private void Parse(Span<byte> bytes)
    {
        Span<byte> left = ParseFrames(bytes);
        if (left.IsEmpty || connection.IsClosed) return;
        _stash = set.Buffers.Rent(left.Length);
        left.CopyTo(_stash);
        _stashStart = 0;
        _stashEnd = left.Length;
    }

    /// <summary>Answers the bytes that may not be handed out yet.</summary>
    private Span<byte> ParseFrames(Span<byte> bytes)
    {
        while (!bytes.IsEmpty && !connection.IsClosed)
        {
            if (!connection.MayDispatch || HadItsTurn) return bytes;
            if (_frame is null && !TryBegin(ref bytes)) return default;
            int take = Math.Min(_frameLength - _received, bytes.Length);
            if (!EnsureCapacity(_received + take))
            {
                set.Unsettle(connection);
                WatchArrival();
                return bytes;
            }
            bytes[..take].CopyTo(_frame.AsSpan(_received));
            _received += take;
            bytes = bytes[take..];
            if (_received == _frameLength) HandOut();
        }
        if (!connection.IsClosed) WatchArrival();
        return default;
    }

    /// <summary>Has a frame that is not whole watched, and its progress noted.</summary>
    private void WatchArrival()
    {
        if (_frame is null || _isHeld) return;
        Arrival ??= new FrameArrival();
        if (Arrival.IsListed)
        {
            Arrival.ReceivedBytes = _received;
            return;
        }
        Arrival.Begin(_frameLength, _frame.Length, _received);
        set.Arriving.Add(connection, Arrival, set.NowMs);
    }

    /// <summary>Reads the length and begins a frame; false when the length is not whole yet or is refused.</summary>
    private bool TryBegin(ref Span<byte> bytes)
    {
        while (_prefixBytes < LengthBytes)
        {
            if (bytes.IsEmpty) return false;
            _prefix = (_prefix << 8) | bytes[0];
            _prefixBytes++;
            bytes = bytes[1..];
        }
        if (FrameDiagnosis.Refusal(_prefix, set.Limits, provenClient: _isProven) is { } refusal)
        {
            connection.Close(CloseReason.BadRequest, refusal);
            return false;
        }
        _prefixBytes = 0;
        _frameLength = _prefix;
        _received = 0;
        int trusted = set.Memory.IsAmple ? Math.Min(_usualFrame, TrustedBytesMax) : 0;
        int wanted = Math.Min(_frameLength, Math.Max(bytes.Length * GrowthFactor, trusted));
        _frame = set.Buffers.Rent(set.Memory.MayBegin(wanted) ? wanted : Math.Min(_frameLength, bytes.Length));
        return true;
    }

    /// <summary>Hands out the frame that waited for its turn.</summary>
    internal void DispatchHeld()
    {
        _isHeld = false;
        set.Turns.Release(connection, _frameLength);
        Run();
    }

    private void HandOut()
    {
        set.Memory.EndGrowth(connection);
        if (Arrival is { IsListed: true } arrival) set.Arriving.Remove(arrival);
        if (set.Turns.IsWork(connection, _frame, _frameLength))
        {
            Dispatch();
        }
        else if (set.Turns.MayRun(connection))
        {
            Run();
        }
        else if (set.Turns.TryHold(_frameLength))
        {
            _isHeld = true;
            set.Unsettle(connection);
        }
        else
        {
            connection.Close(CloseReason.Overload, "too many requests wait that take the broker long");
        }
    }

    /// <summary>Hands out a frame that is measured.</summary>
    private void Run()
    {
        short api = RequestTurns.ApiOf(_frame);
        set.Turns.BeginRun(connection);
        Dispatch();
        set.Turns.Ran(connection, api, _frameLength);
    }

    private void Dispatch()
    {
        byte[] frame = _frame!;
        _frame = null;
        _hasHandedOut = true;
        connection.Dispatch(frame, _frameLength);
        // Only now: a first request that is refused proves nothing.
        if (connection.IsClosed) return;
        _isProven = true;
        _usualFrame = Math.Max(_frameLength, _usualFrame / 2);
    }

    /// <summary>Grows the frame's buffer in proportion to what arrived; false while there is no memory for it.</summary>
    private bool EnsureCapacity(int needed)
    {
        byte[] frame = _frame!;
        AwaitsMemory = false;
        if (needed <= frame.Length) return true;
        int size = (int)Math.Min(_frameLength, Math.Max(needed, (long)frame.Length * GrowthFactor));
        if (!set.Memory.MayGrow(connection, frame.Length, size, set.NowMs))
        {
            AwaitsMemory = true;
            return false;
        }
        byte[] larger = set.Buffers.Rent(size);
        frame.AsSpan(0, _received).CopyTo(larger);
        set.Buffers.Return(frame);
        _frame = larger;
        if (Arrival is { IsListed: true } arrival) set.Arriving.Grow(arrival, larger.Length);
        return true;
    }
}
