using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;

namespace Sluice.Protocol.Frames;

/// <summary>An encoded request.</summary>
public sealed class RequestFrame : EncodedFrame
{
    private RequestFrame(RequestHeader header, short headerVersion, IMessage body, short version)
        : base(header, headerVersion, body, version)
    {
    }

    /// <summary>Encodes a request with its header.</summary>
    /// <exception cref="MessageFieldException">The message cannot be written in that version.</exception>
    public static RequestFrame Encode(IRequest request, short apiVersion, int correlationId, string? clientId)
    {
        var header = new RequestHeader
        {
            RequestApiKey = (short)request.ApiKey,
            RequestApiVersion = apiVersion,
            CorrelationId = correlationId,
            ClientId = clientId,
        };
        return new RequestFrame(header, ApiTable.Get(request.ApiKey).RequestHeaderVersion(apiVersion), request, apiVersion);
    }
}
