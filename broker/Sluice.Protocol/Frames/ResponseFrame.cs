using Sluice.Protocol.Messages;

namespace Sluice.Protocol.Frames;

/// <summary>An encoded response.</summary>
public sealed class ResponseFrame : EncodedFrame
{
    private ResponseFrame(ResponseHeader header, short headerVersion, IMessage body, short version)
        : base(header, headerVersion, body, version)
    {
    }

    /// <summary>
    /// Encodes a response with its header. The frame takes over the retains that records in files hold; when encoding fails, they
    /// stay with the caller.
    /// </summary>
    /// <exception cref="MessageFieldException">The message cannot be written in that version.</exception>
    public static ResponseFrame Encode(IMessage message, short apiVersion, int correlationId, short headerVersion) =>
        new(new ResponseHeader { CorrelationId = correlationId }, headerVersion, message, apiVersion);
}
