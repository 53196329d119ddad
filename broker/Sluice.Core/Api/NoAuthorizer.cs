using Sluice.Protocol;

namespace Sluice.Core.Api;

/// <summary>What the requests for access control lists are answered while nothing decides who may do what: Kafka's words for it.</summary>
internal static class NoAuthorizer
{
    public const ErrorCode Error = ErrorCode.SecurityDisabled;

    public const string Message = "No Authorizer is configured.";
}
