using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;
using Sluice.Protocol.Wire;

namespace Sluice.Client;

/// <summary>A request that was sent and waits for its answer.</summary>
internal abstract class PendingRequest(ApiKey key, short version, int correlationId)
{
    public ApiKey Key { get; } = key;

    public short Version { get; } = version;

    public int CorrelationId { get; } = correlationId;

    /// <summary>Whether the answer's frame comes in pooled memory that the caller gives back.</summary>
    public virtual bool SharesFrame => false;

    /// <summary>Reads the answer out of its frame and hands it to the caller.</summary>
    /// <exception cref="ProtocolException">It is not an answer to this request.</exception>
    public void Complete(ReadOnlyMemory<byte> bytes, FrameBuffer? frame)
    {
        var reader = new WireReader(bytes, AllocationBudget.ForTrusted(bytes.Length));
        var header = new ResponseHeader();
        header.Read(ref reader, ApiTable.Get(Key).ResponseHeaderVersion(Version));
        if (header.CorrelationId != CorrelationId)
        {
            throw new ProtocolException($"an answer with correlation id {header.CorrelationId} came where {CorrelationId} was due");
        }

        CompleteBody(ref reader, frame);
    }

    /// <summary>Tells the caller that no answer will come.</summary>
    public abstract void Fail(Exception reason);

    /// <summary>Reads the body.</summary>
    protected abstract void CompleteBody(ref WireReader reader, FrameBuffer? frame);
}

/// <inheritdoc/>
internal class PendingRequest<TResponse>(ApiKey key, short version, int correlationId) : PendingRequest(key, version, correlationId)
    where TResponse : class, IResponse, new()
{
    private readonly TaskCompletionSource<TResponse> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<TResponse> Answer => _answer.Task;

    public override void Fail(Exception reason) => _answer.TrySetException(reason);

    protected override void CompleteBody(ref WireReader reader, FrameBuffer? frame) => _answer.TrySetResult(ReadBody(ref reader));

    protected TResponse ReadBody(ref WireReader reader)
    {
        var response = new TResponse();
        // When the broker does not know the version asked for, it answers in version 0, whose error code comes first (KIP-511).
        WireReader ahead = reader;
        bool unknownVersion = Key == ApiKey.ApiVersions && Version > 0 && (ErrorCode)ahead.ReadInt16() == ErrorCode.UnsupportedVersion;
        response.Read(ref reader, unknownVersion ? (short)0 : Version);
        reader.ExpectEnd();
        return response;
    }
}

/// <summary>An answer together with the memory that its fields of bytes lie in.</summary>
internal readonly record struct FramedResponse<TResponse>(TResponse Response, FrameBuffer Frame);

/// <summary>A request whose answer keeps its frame: the caller releases it. What follows its await must not block.</summary>
internal sealed class FramedPendingRequest<TResponse>(ApiKey key, short version, int correlationId) : PendingRequest<TResponse>(key, version, correlationId)
    where TResponse : class, IResponse, new()
{
    // The caller goes on where the answer was received: its next request leaves without waiting for another thread to wake up.
    private readonly TaskCompletionSource<FramedResponse<TResponse>> _answer = new();

    public override bool SharesFrame => true;

    public Task<FramedResponse<TResponse>> FramedAnswer => _answer.Task;

    public override void Fail(Exception reason) => _answer.TrySetException(reason);

    protected override void CompleteBody(ref WireReader reader, FrameBuffer? frame)
    {
        TResponse response = ReadBody(ref reader);
        // A caller that no longer waits leaves the buffer to the garbage collector.
        _answer.TrySetResult(new FramedResponse<TResponse>(response, frame!));
    }
}
