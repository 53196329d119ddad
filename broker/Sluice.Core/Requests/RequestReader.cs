using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Wire;

namespace Sluice.Core.Requests;

/// <summary>
/// Reads a request's body. Bytes after the message are passed over, as Apache Kafka does: librdkafka up to 2.16 writes the null list of
/// topics of a Metadata request of version 9 or later in four bytes instead of one, and so sends three bytes too many.
/// </summary>
internal static class RequestReader
{
    /// <exception cref="ProtocolException">The body is malformed, or shorter than its message.</exception>
    public static void Read(Shard shard, RequestContext context, IMessage request)
    {
        long budget = Math.Min(AllocationBudget.ForUntrusted(context.Body.Length), shard.Node.Limits.RequestObjectBytesMax);
        var reader = new WireReader(context.Body, budget, shard.Strings);
        request.Read(ref reader, context.Version);
        context.HoldObjects(budget - reader.Budget);
    }
}
