using Sluice.Protocol.Frames;

namespace Sluice.Network.Connections;

/// <summary>
/// The place of one request among its connection's answers. Pooled: it must not be touched after it was completed. All members
/// are for the loop's thread.
/// </summary>
public sealed class RequestSlot
{
    /// <summary>About what a request takes beside its frame, however short: the slot, the context, the objects of its handler.</summary>
    private const int OwnBytes = 1024;

    private readonly ConnectionSet _owner;
    private byte[]? _request;
    private Connection? _connection;
    private long _objectBytes;

    internal RequestSlot(ConnectionSet owner) => _owner = owner;

    /// <summary>The connection that asked; it may have closed in the meantime.</summary>
    public Connection Connection => _connection ?? throw new InvalidOperationException("The slot was completed before.");

    internal RequestSlot? Next { get; set; }

    internal SlotState State { get; private set; }

    internal ResponseFrame? Response { get; private set; }

    internal (CloseReason Reason, string Detail) Close { get; private set; }

    /// <summary>Answers the request and frees its bytes. The slot owns the frame from here on.</summary>
    /// <param name="response">The answer; null when the request has none (produce with acks=0).</param>
    public void Complete(ResponseFrame? response)
    {
        Connection connection = Finish(SlotState.Answered);
        Response = response;
        if (response is not null) _owner.Answers.HeldBytes += response.Buffer.Length;
        connection.OnSlotCompleted(this);
    }

    /// <summary>Closes the connection instead of an answer, once the answers before it are sent.</summary>
    /// <param name="reason">The kind of end.</param>
    /// <param name="detail">Why, for the log.</param>
    public void CompleteWithClose(CloseReason reason, string detail)
    {
        Connection connection = Finish(SlotState.ClosesConnection);
        Close = (reason, detail);
        connection.OnSlotCompleted(this);
    }

    /// <summary>Notes that the request was read into objects, which live until it completes and count as its memory.</summary>
    /// <param name="bytes">What the objects take.</param>
    public void HoldObjects(long bytes)
    {
        _objectBytes += bytes;
        _owner.Memory.RequestObjectBytes += bytes;
    }

    internal void Begin(Connection connection, byte[] request)
    {
        _connection = connection;
        _request = request;
        State = SlotState.Open;
        HoldObjects(OwnBytes);
    }

    /// <summary>Empties the slot for its next use.</summary>
    internal void Reset()
    {
        if (Response is not null)
        {
            _owner.Answers.HeldBytes -= Response.Buffer.Length;
            Response.Dispose();
            Response = null;
        }
        Close = default;
        Next = null;
        _connection = null;
        State = SlotState.Free;
    }

    private Connection Finish(SlotState state)
    {
        if (State != SlotState.Open) throw new InvalidOperationException("A request is completed once; this slot is not open.");
        if (!_owner.Thread.IsCurrent && !_owner.Thread.Ended.IsCompleted) throw new InvalidOperationException("A request is completed on the thread of its connection's loop.");
        State = state;
        byte[] request = _request!;
        _request = null;
        _owner.Memory.RequestObjectBytes -= _objectBytes;
        _objectBytes = 0;
        _connection!.OnRequestReleased(request.Length);
        _owner.Buffers.Return(request);
        return _connection;
    }
}

internal enum SlotState
{
    Free,
    Open,
    Answered,
    ClosesConnection,
}
