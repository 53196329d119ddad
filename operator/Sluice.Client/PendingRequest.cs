using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Client;

/// <summary>A request that was sent and waits for its answer.</summary>
internal abstract class PendingRequest(ApiKey key, short version, int correlationId)
{
    public ApiKey Key { get; } = key;

    public short Version { get; } = version;

    /// <summary>Reads the answer out of its frame and hands it to the caller.</summary>
    /// <exception cref="ProtocolException">It is not an answer to this request.</exception>
    public void Complete(ReadOnlyMemory<byte> frame)
    {
        var reader = new WireReader(frame, AllocationBudget.ForTrusted(frame.Length));
        var header = new ResponseHeader();
        header.Read(ref reader, ApiTable.Get(Key).ResponseHeaderVersion(Version));
        if (header.CorrelationId != correlationId)
        {
            throw new ProtocolException($"an answer with correlation id {header.CorrelationId} came where {correlationId} was due");
        }

        CompleteBody(ref reader);
    }

    /// <summary>Tells the caller that no answer will come.</summary>
    public abstract void Fail(Exception reason);

    /// <summary>Reads the body.</summary>
    protected abstract void CompleteBody(ref WireReader reader);
}

/// <inheritdoc/>
internal sealed class PendingRequest<TResponse>(ApiKey key, short version, int correlationId) : PendingRequest(key, version, correlationId)
    where TResponse : class, IResponse, new()
{
    private readonly TaskCompletionSource<TResponse> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<TResponse> Answer => _answer.Task;

    public override void Fail(Exception reason) => _answer.TrySetException(reason);

    protected override void CompleteBody(ref WireReader reader)
    {
        var response = new TResponse();
        // When the broker does not know the version asked for, it answers in version 0, whose error code comes first (KIP-511).
        WireReader ahead = reader;
        bool unknownVersion = Key == ApiKey.ApiVersions && Version > 0 && (ErrorCode)ahead.ReadInt16() == ErrorCode.UnsupportedVersion;
        response.Read(ref reader, unknownVersion ? (short)0 : Version);
        reader.ExpectEnd();
        _answer.TrySetResult(response);
    }
}
