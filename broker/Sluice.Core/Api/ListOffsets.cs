using Sluice.Core.Listing;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>ListOffsets: the earliest, latest or largest-timestamp offset of partitions, or the first at or after a time.</summary>
internal sealed class ListOffsets() : ApiHandler<ListOffsetsRequest>(ApiKey.ListOffsets, 1, 11)
{
    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, ListOffsetsRequest request) =>
        new ListOffsetsOperation(context, request).Start(shard);
}
