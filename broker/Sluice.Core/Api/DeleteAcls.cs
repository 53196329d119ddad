using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>DeleteAcls: refused, as by Kafka without an authorizer.</summary>
internal sealed class DeleteAcls() : ApiHandler<DeleteAclsRequest>(ApiKey.DeleteAcls, DeleteAclsRequest.MinVersion, DeleteAclsRequest.MaxVersion)
{
    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, DeleteAclsRequest request) => context.Respond(new DeleteAclsResponse
    {
        FilterResults = request.Filters.ConvertAll(_ => new DeleteAclsResponse.DeleteAclsFilterResult { ErrorCode = NoAuthorizer.Error, ErrorMessage = NoAuthorizer.Message }),
    });
}
