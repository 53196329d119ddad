using Sluice.Protocol;

namespace Sluice.Core.Requests;

/// <summary>Reads a request's body, whole: bytes left over mean that client and broker disagree on the format.</summary>
internal static class RequestReader
{
    /// <exception cref="ProtocolException">The body is malformed, or longer than its message.</exception>
    public static void Read(RequestContext context, IMessage request)
    {
        var reader = new WireReader(context.Body);
        request.Read(ref reader, context.Version);
        if (reader.Remaining > 0)
            throw new ProtocolException($"{context.Key} version {context.Version}: {reader.Remaining} bytes after the end of the request");
    }
}
