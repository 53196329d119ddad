using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>CreateAcls: refused, as by Kafka without an authorizer.</summary>
internal sealed class CreateAcls() : ApiHandler<CreateAclsRequest>(ApiKey.CreateAcls, CreateAclsRequest.MinVersion, CreateAclsRequest.MaxVersion)
{
    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, CreateAclsRequest request) => context.Respond(new CreateAclsResponse
    {
        Results = request.Creations.ConvertAll(_ => new CreateAclsResponse.AclCreationResult { ErrorCode = NoAuthorizer.Error, ErrorMessage = NoAuthorizer.Message }),
    });
}
