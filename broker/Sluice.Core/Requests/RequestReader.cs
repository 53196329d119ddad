using Sluice.Core.Shards;
using Sluice.Protocol;

namespace Sluice.Core.Requests;

/// <summary>Reads a request's body, whole: bytes left over mean that client and broker disagree on the format.</summary>
internal static class RequestReader
{
    /// <exception cref="ProtocolException">The body is malformed, or longer than its message.</exception>
    public static void Read(Shard shard, RequestContext context, IMessage request)
    {
        var reader = new WireReader(context.Body, AllocationBudget.ForUntrusted(context.Body.Length), shard.Strings);
        request.Read(ref reader, context.Version);
        reader.ExpectEnd();
    }
}
