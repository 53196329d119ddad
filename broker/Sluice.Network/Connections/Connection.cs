using System.Net;
using Sluice.Network.BackPressure;
using Sluice.Network.Native;
using Sluice.Network.Scheduling;
using Sluice.Protocol;

namespace Sluice.Network.Connections;

/// <summary>
/// One client: its socket, the requests in flight in order, and the rules of back-pressure. All members are for the thread of
/// its loop, except those that never change.
/// </summary>
public sealed class Connection : IPollTarget, IFlow, IPeer
{
    /// <summary>A value of <see cref="WorksFromMs"/>.</summary>
    internal const long WorksNotYet = long.MaxValue;

    private static long s_lastId;

    private readonly ConnectionSet _set;
    private readonly int _socket;
    private readonly IAdmission _admission;
    private readonly FrameReceiver _receiver;
    private readonly FrameSender _sender;
    private int _registration = -1;
    private PollEvents _interest;
    private int _requestBytesHeld;
    private bool _peerFinished;
    private bool _closing;
    private bool _isStarved;
    private FlowAccount _account;

    internal Connection(ConnectionSet set, int socket, IPEndPoint peer, ListenerOptions listener, IAdmission admission)
    {
        _set = set;
        _socket = socket;
        _admission = admission;
        Peer = peer;
        Listener = listener;
        Id = Interlocked.Increment(ref s_lastId);
        _receiver = new FrameReceiver(this, set);
        _sender = new FrameSender(set, socket);
    }

    /// <summary>A number that no other connection of this process has or had.</summary>
    public long Id { get; }

    /// <summary>The client's address.</summary>
    public IPEndPoint Peer { get; }

    /// <summary>The listener that accepted it.</summary>
    public ListenerOptions Listener { get; }

    /// <summary>The connection is gone: answers are discarded.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Requests that were not yet answered.</summary>
    public int RequestsOpen { get; private set; }

    /// <summary>Whatever the handler wants to find again with its connection.</summary>
    public object? State { get; set; }

    internal bool IsUnsettled { get; set; }

    internal bool IsListed { get; set; }

    /// <summary>
    /// From when on what it asks for the work of clients does not wait for its turn; <see cref="WorksNotYet"/> before the first such request.
    /// </summary>
    internal long WorksFromMs { get; set; } = WorksNotYet;

    /// <summary>A request took long; until then a second one makes it one of those whose requests wait.</summary>
    internal long SuspectUntilMs { get; set; }

    /// <summary>What it was served last did not have to wait for its turn.</summary>
    internal bool LastWasWork { get; set; }

    ref FlowAccount IFlow.Account => ref _account;

    FrameArrival? IPeer.Arrival => _receiver.Arrival;

    bool IPeer.IsReading => IsReading;

    long IPeer.AnswerBytesHeld => _sender.AnswerBytesHeld;

    bool IPeer.IsStarved
    {
        get => _isStarved;
        set => _isStarved = value;
    }

    bool IPeer.IsMuted { get; set; }

    internal long ListedAtMs { get; set; }

    internal Connection? OlderInList { get; set; }

    internal Connection? NewerInList { get; set; }

    internal int Socket => _socket;

    /// <summary>Bytes that the client sends are received.</summary>
    internal bool IsReading => (_interest & PollEvents.Readable) != 0 && !IsUnsettled && !_isStarved;

    /// <summary>Nobody owes anybody an answer, or the peer does not take what it was sent.</summary>
    internal bool IsIdle => RequestsOpen == 0 || _sender.IsBlocked;

    /// <summary>A further request may be handed out now.</summary>
    internal bool MayDispatch => !_receiver.IsHeld && MayDispatchHeld;

    /// <summary>The request that waits for its turn may be handed out, as far as this connection is concerned.</summary>
    internal bool MayDispatchHeld =>
        !_closing && !IsClosed && !_set.IsDraining && TakesAnswers
        && _sender.Queued < (_set.Memory.IsBusy ? 1 : _set.Limits.RequestsInFlightMax)
        && _requestBytesHeld < _set.Limits.RequestBytesInFlightMax;

    /// <summary>Whoever does not take the answers that there are is not made more.</summary>
    private bool TakesAnswers =>
        !_sender.IsBlocked
        && _sender.AnswerBytesHeld < _set.Limits.AnswerBytesAtOnceMax
        && _sender.UnsentBytes < (_set.Answers.IsShort ? 1 : _set.Limits.UnsentBytesMax);

    private bool WantsToRead => MayDispatch && !_peerFinished && !_isStarved && !_receiver.HasStash;

    /// <summary>
    /// Closes the connection at once. To close it after earlier answers are sent, use <see cref="RequestSlot.CompleteWithClose"/>.
    /// </summary>
    /// <param name="reason">The kind of end.</param>
    /// <param name="detail">A sentence for the log: what was seen.</param>
    public void Close(CloseReason reason, string detail)
    {
        if (IsClosed) return;
        IsClosed = true;
        if (_registration >= 0) _set.Poller.Unregister(_registration);
        _ = Libc.Close(_socket);
        _receiver.Release();
        _sender.Release();
        _set.Memory.EndGrowth(this);
        _set.Remove(this);
        _admission.Release();
        _set.Handler.OnClosed(this);
        _set.Events.ConnectionClosed(this, reason, detail);
    }

    int IPeer.StalledPeriods(long bytesMin) => _sender.StalledPeriods(bytesMin);

    void IPeer.GoOn()
    {
        _receiver.AwaitsMemory = false;
        _set.Unsettle(this);
    }

    void IPollTarget.OnReady(PollEvents events)
    {
        if (_receiver.IsHeld && (events & PollEvents.PeerFinished) != 0)
        {
            _set.Turns.GoLast(this);
            _set.Unsettle(this);
        }
        bool readable = (events & PollEvents.Readable) != 0 && (_interest & PollEvents.Readable) != 0;
        if (readable) Read();
        if (IsClosed) return;
        if ((events & PollEvents.Writable) != 0)
        {
            _sender.IsBlocked = false;
            _set.Unsettle(this);
        }
        // With data to read, the error comes out of the read that follows the data.
        if (!readable && (events & (PollEvents.Error | PollEvents.HangUp)) != 0)
            Close(CloseReason.PeerGone, "the connection was reset");
    }

    /// <summary>Begins to watch the socket. Where the kernel refuses that, only this connection ends.</summary>
    internal void Start()
    {
        _interest = PollEvents.Readable;
        int errno = _set.Poller.TryRegister(_socket, _interest, this, out _registration);
        if (errno != 0) Close(CloseReason.Failure, $"the connection cannot be watched: {Errno.Describe(errno)}");
    }

    /// <summary>Hands a whole frame to the handler. Malformed bytes end the connection, after the answers before them.</summary>
    internal void Dispatch(byte[] buffer, int length)
    {
        RequestSlot slot = _set.RentSlot();
        slot.Begin(this, buffer);
        _sender.Enqueue(slot);
        _requestBytesHeld += buffer.Length;
        _set.Memory.RequestBytes += buffer.Length;
        RequestsOpen++;
        _set.Counters.RequestsCount++;
        try
        {
            _set.Handler.OnRequest(this, slot, new ReadOnlyMemory<byte>(buffer, 0, length));
        }
        catch (ProtocolException malformed) when (slot.State == SlotState.Open)
        {
            slot.CompleteWithClose(CloseReason.BadRequest, malformed.Message);
        }
        _set.Unsettle(this);
    }

    /// <summary>Hands out the request that waited for its turn.</summary>
    internal void DispatchHeld()
    {
        _receiver.DispatchHeld();
        _set.Unsettle(this);
    }

    internal void OnRequestReleased(int bytes)
    {
        _requestBytesHeld -= bytes;
        _set.Memory.RequestBytes -= bytes;
        RequestsOpen--;
    }

    internal void OnSlotCompleted(RequestSlot slot)
    {
        if (IsClosed)
        {
            _set.ReturnSlot(slot);
            return;
        }
        _sender.OnCompleted(slot);
        // What follows a request that ends the connection would not be answered.
        if (slot.State == SlotState.ClosesConnection) _closing = true;
        _set.Unsettle(this);
    }

    /// <summary>The end of a turn in which something happened here: sends, reads on, and tells epoll what is awaited.</summary>
    internal void Settle()
    {
        if (IsClosed) return;
        if (!SendAnswers()) return;
        if (_receiver.HasStash && MayDispatch && !_isStarved)
        {
            _set.Turns.Begin(System.Diagnostics.Stopwatch.GetTimestamp());
            _receiver.ParseStash();
            _set.Turns.Took(this);
            if (IsClosed) return;
        }
        if (_receiver.IsHeld) _set.Turns.Line(this);
        if (_sender.Queued == 0 && EndOfQuietConnection()) return;
        UpdateInterest();
    }

    private void Read()
    {
        if (!WantsToRead)
        {
            // Decided since epoll was last told; the end of the turn tells it.
            _set.Unsettle(this);
            return;
        }
        int result = _receiver.Receive(_socket);
        _set.Turns.Took(this);
        if (IsClosed) return;
        if (result > 0)
        {
            _set.Counters.BytesReceivedCount += result;
            _set.Touch(this);
        }
        else if (result == 0)
        {
            _peerFinished = true;
            _set.Unsettle(this);
        }
        else if (result != -Errno.Again)
        {
            Fail(-result);
        }
    }

    /// <summary>False when the connection ended.</summary>
    private bool SendAnswers()
    {
        // Who asked for much has it sent at their own cost.
        bool isLarge = !LastWasWork && _sender.AnswerBytesHeld >= RequestTurns.LargeAnswerBytes;
        long began = isLarge ? System.Diagnostics.Stopwatch.GetTimestamp() : 0;
        FlushOutcome outcome = _sender.Flush();
        if (isLarge) _set.Turns.Sent(this, System.Diagnostics.Stopwatch.GetTimestamp() - began);
        if (outcome.FileFailure is not null) Close(CloseReason.Failure, $"an answer cannot be completed: {outcome.FileFailure}");
        else if (outcome.Close is var (reason, detail)) Close(reason, detail);
        else if (outcome.Errno != 0) Fail(outcome.Errno);
        if (IsClosed) return false;
        if (_sender.TookBytes) _set.Touch(this);
        if (outcome.HasMore) _set.Unsettle(this);
        return true;
    }

    /// <summary>Everything is answered and sent: is this the end?</summary>
    private bool EndOfQuietConnection()
    {
        if (_set.IsDraining)
        {
            Close(CloseReason.Stopping, "the broker is stopping");
            return true;
        }
        if (!_peerFinished || _receiver.HasStash || _receiver.IsHeld) return false;
        if (_receiver.HasPartialFrame) Close(CloseReason.PeerGone, "the client closed the connection in the middle of a request");
        else Close(CloseReason.PeerClosed, "the client closed the connection");
        return true;
    }

    private void UpdateInterest()
    {
        if (_receiver.AwaitsMemory) _set.Memory.WaitToGrow(this);
        else if (WantsToRead && _set.Memory.IsShort && !_receiver.HasPartialFrame) _set.Memory.WaitToBegin(this);
        if (!MayDispatch && _set.Memory.MutesEach) _set.Memory.WaitToGoOn(this);
        PollEvents interest = WantsToRead ? PollEvents.Readable : PollEvents.None;
        if (_receiver.IsHeld && !_account.IsLast) interest |= PollEvents.PeerFinished;
        if (_sender.IsBlocked) interest |= PollEvents.Writable;
        if (interest == _interest) return;
        _interest = interest;
        int errno = _set.Poller.SetInterest(_registration, _socket, interest);
        if (errno != 0) Close(CloseReason.Failure, $"the connection cannot be watched: {Errno.Describe(errno)}");
    }

    private void Fail(int errno)
    {
        if (Errno.IsConnectionGone(errno)) Close(CloseReason.PeerGone, $"the client is gone: {Errno.Describe(errno)}");
        else Close(CloseReason.Failure, $"the socket failed: {Errno.Describe(errno)}");
    }
}
