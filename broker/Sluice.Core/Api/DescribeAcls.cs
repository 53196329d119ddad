using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>DescribeAcls: refused, as by Kafka without an authorizer.</summary>
internal sealed class DescribeAcls() : ApiHandler<DescribeAclsRequest>(ApiKey.DescribeAcls, DescribeAclsRequest.MinVersion, DescribeAclsRequest.MaxVersion)
{
    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, DescribeAclsRequest request)
    {
        // Kafka takes a filter for "unknown" for a malformed request.
        if (request.ResourceTypeFilter == 0 || request.PatternTypeFilter == 0 || request.Operation == 0 || request.PermissionType == 0)
            context.CloseConnection("DescribeAcls with a filter for what is unknown");
        else
            context.Respond(new DescribeAclsResponse { ErrorCode = NoAuthorizer.Error, ErrorMessage = "No Authorizer is configured on the broker" });
    }
}
