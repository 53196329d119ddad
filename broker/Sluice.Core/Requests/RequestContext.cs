using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Requests;

/// <summary>
/// One request on its way through a shard. Exactly one of <see cref="Respond(IMessage)"/>, <see cref="RespondNothing"/> and
/// <see cref="CloseConnection"/> is called, once, at any later time, on the shard that received the request. Answers leave a connection
/// in the order of its requests, whatever the order of completion.
/// </summary>
public abstract class RequestContext
{
    /// <summary>Which API is called.</summary>
    public ApiKey Key { get; protected set; }

    /// <summary>The version of the request's body, which is the answer's too.</summary>
    public short Version { get; protected set; }

    /// <summary>The client's number for the request, given back in the answer's header.</summary>
    public int CorrelationId { get; protected set; }

    /// <summary>The client's own name for itself; anything, or null.</summary>
    public string? ClientId { get; protected set; }

    /// <summary>
    /// The request's bytes after its header. Valid until the request is completed, and ours alone: Produce patches offsets into them.
    /// </summary>
    public ReadOnlyMemory<byte> Body { get; protected set; }

    /// <summary>The connection that the request came over.</summary>
    public ConnectionInfo Connection { get; protected set; } = new();

    /// <summary>
    /// From here on the request changes what outlives it. An exception before that fails this request alone; one after it may have left
    /// something half changed, and ends the process.
    /// </summary>
    public bool ChangesState { get; private set; }

    /// <summary>Says that the request is about to change what outlives it; see <see cref="ChangesState"/>.</summary>
    public void BeginChange() => ChangesState = true;

    /// <summary>Notes the memory that the request was read into; it counts against the broker's limit until the request completes.</summary>
    /// <param name="bytes">What its objects take.</param>
    public virtual void HoldObjects(long bytes)
    {
    }

    /// <summary>
    /// Ends a request that an error of the broker's own stopped: its connection is closed, and what is still answered to it is dropped.
    /// </summary>
    /// <param name="reason">For the log.</param>
    public virtual void Fail(string reason) => CloseConnection(reason);

    /// <summary>Completes the request with an answer in the request's version. The message is written out before this returns.</summary>
    public void Respond(IMessage response) => Respond(response, Version);

    /// <summary>Completes the request with an answer in another version than was asked: ApiVersions alone does so (KIP-511).</summary>
    public abstract void Respond(IMessage response, short version);

    /// <summary>Completes a request that has no answer: Produce with acks=0.</summary>
    public abstract void RespondNothing();

    /// <summary>Completes the request by closing its connection, where the protocol has no way to say an error.</summary>
    /// <param name="reason">For the log: what was wrong, with the value.</param>
    public abstract void CloseConnection(string reason);
}
