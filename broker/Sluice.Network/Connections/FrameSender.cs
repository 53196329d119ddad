using Sluice.Network.Native;
using Sluice.Protocol.Frames;

namespace Sluice.Network.Connections;

/// <summary>
/// A connection's requests in order, and what of their answers is sent. Small pieces of many answers are gathered in the loop's
/// scratch and leave by one call; large ones leave from where they are, and records in files by sendfile. A cursor remembers how far
/// the kernel took them.
/// </summary>
internal sealed class FrameSender(ConnectionSet set, int socket)
{
    private const int FileFailed = int.MinValue;

    /// <summary>Pieces up to here are copied into the scratch: one call for many of them costs less than a call for each.</summary>
    private const int GatheredBytesMax = 8 * 1024;

    /// <summary>
    /// Records in a file up to here are read from the page cache into the scratch rather than sent by sendfile: one read instead of the
    /// four calls that a header, a file and a trailer in one packet take.
    /// </summary>
    private const int CopiedFileBytesMax = 4 * 1024;

    /// <summary>
    /// Bytes of answers from memory that the kernel takes beyond what is on its way to the peer. Those of records in files are pages of its
    /// cache, and as many as it likes.
    /// </summary>
    internal const int KernelBytesMax = 128 * 1024;

    private RequestSlot? _head;
    private RequestSlot? _tail;
    private FrameCursor _sent;
    private bool _corked;
    private bool _isUnlimited;
    private string? _fileFailure;
    private long _takenBytes;
    private long _takenBytesSeen;
    private int _stalledPeriods;

    /// <summary>Requests that are open, or whose answer is not wholly sent.</summary>
    internal int Queued { get; private set; }

    /// <summary>Bytes of finished answers that the kernel has not taken.</summary>
    internal long UnsentBytes { get; private set; }

    /// <summary>Bytes of finished answers in memory, those of an answer that is half sent wholly.</summary>
    internal long AnswerBytesHeld { get; private set; }

    /// <summary>The kernel takes no more until the peer reads.</summary>
    internal bool IsBlocked { get; set; }

    /// <summary>The last flush moved bytes.</summary>
    internal bool TookBytes { get; private set; }

    internal void Enqueue(RequestSlot slot)
    {
        if (_tail is null) _head = slot;
        else _tail.Next = slot;
        _tail = slot;
        Queued++;
    }

    internal int StalledPeriods(long bytesMin)
    {
        bool isStalled = IsBlocked && _takenBytes - _takenBytesSeen < bytesMin;
        _takenBytesSeen = _takenBytes;
        return _stalledPeriods = isStalled ? _stalledPeriods + 1 : 0;
    }

    internal void OnCompleted(RequestSlot slot)
    {
        if (slot.Response is not { } answer) return;
        UnsentBytes += answer.WireLength;
        AnswerBytesHeld += answer.Buffer.Length;
    }

    /// <summary>
    /// Sends what is answered, in order, as far as the kernel and the turn's share allow.
    /// </summary>
    internal FlushOutcome Flush()
    {
        TookBytes = false;
        if (IsBlocked) return default;
        int left = set.Limits.SendBytesATurnMax;
        int result = 0;
        while (true)
        {
            SkipSent();
            if (_head is null || _head.State == SlotState.Open) break;
            if (_head.State == SlotState.ClosesConnection) return Ended(new FlushOutcome { Close = _head.Close });
            if (left <= 0) return Ended(new FlushOutcome { HasMore = true });
            result = SendNext();
            if (result <= 0) break;
            Advance(result);
            left -= result;
        }
        if (result == FileFailed) return Ended(new FlushOutcome { FileFailure = _fileFailure });
        IsBlocked = result == -Errno.Again;
        return Ended(new FlushOutcome { Errno = result >= 0 || IsBlocked ? 0 : -result });
    }

    /// <summary>Lets go of all answers; requests that are still open return to the pool when they complete.</summary>
    internal void Release()
    {
        while (_head is { } slot)
        {
            _head = slot.Next;
            slot.Next = null;
            if (slot.State != SlotState.Open) set.ReturnSlot(slot);
        }
        _tail = null;
        Queued = 0;
        UnsentBytes = 0;
        AnswerBytesHeld = 0;
    }

    private FlushOutcome Ended(FlushOutcome outcome)
    {
        Cork(false);
        return outcome;
    }

    /// <summary>Sends the next piece or pieces: how many bytes the kernel took, or minus the error.</summary>
    private int SendNext()
    {
        ResponseFrame frame = _head!.Response!;
        FramePiece piece = _sent.Piece(frame);
        if (piece.IsFile && piece.Length > CopiedFileBytesMax) return SendFile(frame, piece);
        LimitKernel(true);
        if (!piece.IsFile && piece.Length > GatheredBytesMax)
            return Count(SocketCalls.Send(socket, piece.Bytes(frame), MoreFollows(frame, piece)));
        int gathered = Gather(out bool more);
        if (gathered == FileFailed) return FileFailed;
        return Count(SocketCalls.Send(socket, set.SendScratch.AsSpan(0, gathered), more));
    }

    private int SendFile(ResponseFrame frame, FramePiece piece)
    {
        LimitKernel(false);
        // Without a cork the kernel sends the file's last packet short, and the trailer in one of its own.
        if (MoreFollows(frame, piece)) Cork(true);
        int count = Math.Min(piece.Length, set.Limits.SendBytesATurnMax);
        int sent = SocketCalls.SendFile(socket, piece.File!.Descriptor, piece.Position, count);
        if (sent == 0)
        {
            _fileFailure = "a segment file ended before the records that were promised from it";
            return FileFailed;
        }
        if (sent > 0) set.Counters.BytesSentFromFilesCount += sent;
        return Count(sent);
    }

    /// <summary>Copies small pieces, of as many answers as are ready and fit, into the scratch.</summary>
    private int Gather(out bool more)
    {
        Span<byte> scratch = set.SendScratch;
        int length = 0;
        FrameCursor cursor = _sent;
        RequestSlot? slot = _head;
        while (slot is not null && slot.State == SlotState.Answered)
        {
            if (slot.Response is { } frame)
            {
                while (!cursor.IsAtEnd(frame))
                {
                    FramePiece piece = cursor.Piece(frame);
                    int pieceMax = piece.IsFile ? CopiedFileBytesMax : GatheredBytesMax;
                    if (piece.Length > pieceMax || piece.Length > scratch.Length - length)
                    {
                        more = true;
                        return length;
                    }
                    if (!TryCopy(frame, piece, scratch[length..]))
                    {
                        more = false;
                        return FileFailed;
                    }
                    length += piece.Length;
                    cursor.Advance(frame, piece.Length);
                }
            }
            cursor = default;
            slot = slot.Next;
        }
        more = false;
        return length;
    }

    /// <summary>A file that cannot be read ends this connection; its log learns of it by the read that its shard makes.</summary>
    private bool TryCopy(ResponseFrame frame, FramePiece piece, Span<byte> destination)
    {
        try
        {
            piece.CopyTo(frame, destination);
            return true;
        }
        catch (Exception failure)
        {
            _fileFailure = $"records could not be read: {failure.Message}";
            return false;
        }
    }

    /// <summary>Whether anything is ready to leave after this piece.</summary>
    private bool MoreFollows(ResponseFrame frame, FramePiece piece)
    {
        FrameCursor after = _sent;
        after.Advance(frame, piece.Length);
        if (!after.IsAtEnd(frame)) return true;
        return _head!.Next is { State: SlotState.Answered, Response: not null };
    }

    private int Count(int sent)
    {
        if (sent <= 0) return sent;
        TookBytes = true;
        UnsentBytes -= sent;
        _takenBytes += sent;
        set.Counters.BytesSentCount += sent;
        return sent;
    }

    private void Advance(int bytes)
    {
        while (bytes > 0)
        {
            SkipSent();
            ResponseFrame frame = _head!.Response!;
            int taken = _sent.Advance(frame, bytes);
            bytes -= taken;
        }
    }

    /// <summary>Frees the answers that are wholly sent and the requests that have none.</summary>
    private void SkipSent()
    {
        while (_head is { State: SlotState.Answered } slot)
        {
            if (slot.Response is { } frame && !_sent.IsAtEnd(frame)) return;
            _head = slot.Next;
            if (_head is null) _tail = null;
            Queued--;
            _sent = default;
            AnswerBytesHeld -= slot.Response?.Buffer.Length ?? 0;
            set.ReturnSlot(slot);
        }
    }

    /// <summary>
    /// Whoever is sent records from files gets from memory what goes around them, which is little: only an answer that is large in memory
    /// brings the limit back.
    /// </summary>
    private void LimitKernel(bool on)
    {
        if (_isUnlimited != on || (on && AnswerBytesHeld < KernelBytesMax / 2)) return;
        _isUnlimited = !on;
        _ = SocketCalls.SetOption(socket, Linux.LevelTcp, Linux.OptionTcpNotSentLowWater, on ? KernelBytesMax : 0);
    }

    private void Cork(bool on)
    {
        if (_corked == on) return;
        _corked = on;
        _ = SocketCalls.SetOption(socket, Linux.LevelTcp, Linux.OptionTcpCork, on ? 1 : 0);
    }
}

/// <summary>What stopped a flush; nothing of it set: all that was ready is sent, or the kernel takes no more now.</summary>
internal readonly record struct FlushOutcome
{
    /// <summary>The socket failed.</summary>
    public int Errno { get; init; }

    /// <summary>Records could not be had from their file, so that the answer begun cannot be completed.</summary>
    public string? FileFailure { get; init; }

    /// <summary>The next request in order closes the connection.</summary>
    public (CloseReason Reason, string Detail)? Close { get; init; }

    /// <summary>The turn's share is used up: flush again next turn.</summary>
    public bool HasMore { get; init; }
}
