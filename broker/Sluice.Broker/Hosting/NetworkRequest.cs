using System.Diagnostics;
using Sluice.Core.Requests;
using Sluice.Network;
using Sluice.Network.Connections;
using Sluice.Protocol;
using Sluice.Protocol.Frames;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;
using Sluice.Protocol.Wire;

namespace Sluice.Broker.Hosting;

/// <summary>
/// A request of the network on its way through a shard. Not pooled: a late second answer must be found out, not reach whoever got
/// the object next.
/// </summary>
internal sealed class NetworkRequest : RequestContext, IErrorCollector
{
    private readonly ShardLoop _loop;
    private readonly long _began = Stopwatch.GetTimestamp();
    private RequestSlot? _slot;
    private bool _hasFailed;

    private NetworkRequest(ShardLoop loop, RequestSlot slot)
    {
        _loop = loop;
        _slot = slot;
    }

    /// <summary>Reads the header; the body stays where it is, in the frame.</summary>
    /// <exception cref="ProtocolException">The header is malformed.</exception>
    internal static NetworkRequest Read(ShardLoop loop, Connection connection, RequestSlot slot, ReadOnlyMemory<byte> frame, Utf8StringCache strings)
    {
        var reader = new WireReader(frame, AllocationBudget.Base, strings);
        var request = new NetworkRequest(loop, slot)
        {
            Key = (ApiKey)reader.ReadInt16(),
            Version = reader.ReadInt16(),
            CorrelationId = reader.ReadInt32(),
            Connection = ConnectionState.Of(connection).Info,
        };
        // An API that nobody knows has no header that could be read further; its handler, or the lack of one, closes the connection.
        if (ApiTable.Find(request.Key) is not { } api) return request;
        request.ClientId = reader.ReadString(compact: false);
        if (api.RequestHeaderVersion(request.Version) >= 2) reader.SkipTags();
        request.Body = frame[reader.Position..];
        return request;
    }

    public override void Respond(IMessage response, short version)
    {
        if (TryEncode(response, version) is not { } frame) return;
        if (_hasFailed)
        {
            // The files of the answer are let go with it.
            frame.Dispose();
            return;
        }
        (response as IResponse)?.CollectErrors(this);
        Take().Complete(frame);
    }

    void IErrorCollector.Add(ErrorCode error) => _loop.OnError(Key, error);

    public override void RespondNothing()
    {
        if (!_hasFailed) Take().Complete(null);
    }

    public override void CloseConnection(string reason)
    {
        if (!_hasFailed) Take().CompleteWithClose(CloseReason.BadRequest, reason);
    }

    public override void Fail(string reason)
    {
        if (_hasFailed) return;
        _hasFailed = true;
        _loop.OnError(Key, ErrorCode.UnknownServerError);
        // Where the failure came after the answer there is nothing left to end.
        if (_slot is not null) Take().CompleteWithClose(CloseReason.Failure, reason);
    }

    public override void HoldObjects(long bytes) => _slot?.HoldObjects(bytes);

    /// <summary>An answer that cannot be written, such as one larger than a frame can be, fails its request and nothing else.</summary>
    private ResponseFrame? TryEncode(IMessage response, short version)
    {
        try
        {
            return ResponseFrame.Encode(response, version, CorrelationId, ApiTable.Get(Key).ResponseHeaderVersion(version));
        }
        catch (Exception e)
        {
            string failure = $"the answer to {Key} version {Version} of client {ClientId} at {Connection.ClientHost} cannot be written: {e.Message}";
            _loop.OnFailedRequest(failure, e);
            Fail(failure);
            return null;
        }
    }

    private RequestSlot Take()
    {
        RequestSlot slot = _slot ?? throw new InvalidOperationException($"{Key} request {CorrelationId} was completed twice");
        _slot = null;
        _loop.OnCompleted(Key, Stopwatch.GetElapsedTime(_began));
        return slot;
    }
}
