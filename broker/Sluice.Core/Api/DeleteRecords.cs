using Sluice.Core.Deleting;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>DeleteRecords: moves the first offset of partitions forward (KIP-107). Durable when it is answered.</summary>
internal sealed class DeleteRecords() : ApiHandler<DeleteRecordsRequest>(ApiKey.DeleteRecords, 0, 2)
{
    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, DeleteRecordsRequest request) =>
        new DeleteRecordsOperation(context, request).Start(shard);
}
