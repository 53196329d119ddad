using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Result = Sluice.Protocol.Messages.DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult;

namespace Sluice.Core.Api;

/// <summary>DescribeUserScramCredentials (KIP-554): nobody has a password here, because there is no SASL.</summary>
internal sealed class DescribeUserScramCredentials()
    : ApiHandler<DescribeUserScramCredentialsRequest>(
        ApiKey.DescribeUserScramCredentials, DescribeUserScramCredentialsRequest.MinVersion, DescribeUserScramCredentialsRequest.MaxVersion)
{
    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, DescribeUserScramCredentialsRequest request)
    {
        var response = new DescribeUserScramCredentialsResponse();
        foreach (var user in (request.Users ?? []).GroupBy(u => u.Name, StringComparer.Ordinal))
        {
            response.Results.Add(user.Count() > 1
                ? new Result { User = user.Key, ErrorCode = ErrorCode.DuplicateResource, ErrorMessage = $"Cannot describe SCRAM credentials for the same user twice in a single request: {user.Key}" }
                : new Result { User = user.Key, ErrorCode = ErrorCode.ResourceNotFound, ErrorMessage = $"Attempt to describe a user credential that does not exist: {user.Key}" });
        }
        context.Respond(response);
    }
}
