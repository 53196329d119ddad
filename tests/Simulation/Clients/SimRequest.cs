using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol.Frames;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;
using Sluice.Storage.Disk;

namespace Simulation.Clients;

/// <summary>
/// A request of a simulated client. It goes through the bytes of the protocol both ways, as over a network, and its answer is taken out
/// of the files at once, so that a crash cannot change what a client has seen.
/// </summary>
internal sealed class SimRequest : RequestContext
{
    private readonly Action<IMessage> _onResponse;
    private readonly Action<string> _onEnd;

    /// <summary>Why a connection is cut when a file cannot be read while its bytes are sent, as sendfile does it.</summary>
    public const string CutWhileSending = "the records could not be read while they were sent";

    /// <param name="request">The request.</param>
    /// <param name="version">The version to speak.</param>
    /// <param name="clientId">The client's name.</param>
    /// <param name="connection">The client's connection.</param>
    /// <param name="onResponse">Called with the answer.</param>
    /// <param name="onEnd">Called when there is no answer and the connection was closed ("" when the request has none).</param>
    public SimRequest(IRequest request, short version, string clientId, ConnectionInfo connection, Action<IMessage> onResponse, Action<string> onEnd)
    {
        Key = request.ApiKey;
        Version = version;
        ClientId = clientId;
        Connection = connection;
        Body = request.ToBytes(version);
        _onResponse = onResponse;
        _onEnd = onEnd;
    }

    /// <summary>Called when a shard begins with the request.</summary>
    public Action<Shard>? OnHandled { get; init; }

    /// <summary>Whether the request was completed.</summary>
    public bool IsCompleted { get; private set; }

    /// <inheritdoc/>
    public override void Respond(IMessage response, short version)
    {
        Complete();
        byte[]? bytes = Encode(response, version);
        if (bytes is null)
        {
            _onEnd(CutWhileSending);
            return;
        }
        IMessage copy = ApiTable.Get(Key).NewResponse();
        int header = bytes.Length - response.Size(version);
        copy.ReadAll(bytes.AsMemory(header), version);
        _onResponse(copy);
    }

    private byte[]? Encode(IMessage response, short version)
    {
        try
        {
            using ResponseFrame frame = ResponseFrame.Encode(response, version, CorrelationId, ApiTable.Get(Key).ResponseHeaderVersion(version));
            return frame.ToArray();
        }
        catch (DiskException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public override void RespondNothing()
    {
        Complete();
        _onEnd("");
    }

    /// <inheritdoc/>
    public override void CloseConnection(string reason)
    {
        Complete();
        _onEnd(reason);
    }

    /// <inheritdoc/>
    public override void Fail(string reason) => throw new Runs.Violation(reason);

    private void Complete()
    {
        if (IsCompleted) throw new Runs.Violation($"{Key} was completed twice");
        IsCompleted = true;
        // The frame's memory goes back to its pool: whoever still looks at it sees rubbish.
        System.Runtime.InteropServices.MemoryMarshal.AsMemory(Body).Span.Fill(0xDD);
    }
}
