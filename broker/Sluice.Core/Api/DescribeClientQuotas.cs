using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>DescribeClientQuotas (KIP-546): there are none, which is the answer to every filter that is well formed.</summary>
internal sealed class DescribeClientQuotas()
    : ApiHandler<DescribeClientQuotasRequest>(ApiKey.DescribeClientQuotas, DescribeClientQuotasRequest.MinVersion, DescribeClientQuotasRequest.MaxVersion)
{
    private const sbyte MatchExact = 0;
    private const sbyte MatchDefault = 1;
    private const sbyte MatchSpecified = 2;
    private const string Ip = "ip";

    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, DescribeClientQuotasRequest request)
    {
        string? error = Check(request.Components);
        string? unknown = request.Components.Find(c => c.EntityType is not ("user" or "client-id" or Ip))?.EntityType;
        context.Respond(error is not null
            ? new DescribeClientQuotasResponse { ErrorCode = ErrorCode.InvalidRequest, ErrorMessage = error, Entries = null }
            : unknown is not null
            ? new DescribeClientQuotasResponse { ErrorCode = ErrorCode.UnsupportedVersion, ErrorMessage = $"Unsupported entity type {unknown}", Entries = null }
            : new DescribeClientQuotasResponse { Entries = [] });
    }

    private static string? Check(List<DescribeClientQuotasRequest.ComponentData> components)
    {
        var types = new HashSet<string>(StringComparer.Ordinal);
        foreach (DescribeClientQuotasRequest.ComponentData component in components)
        {
            if (component.EntityType.Length == 0) return "Invalid empty entity type.";
            if (!types.Add(component.EntityType)) return $"Entity type {component.EntityType} cannot appear more than once in the filter.";
            switch (component.MatchType)
            {
                case MatchExact when component.Match is null: return "Request specified MATCH_TYPE_EXACT, but set match string to null.";
                case MatchDefault when component.Match is not null: return "Request specified MATCH_TYPE_DEFAULT, but also specified a match string.";
                case MatchSpecified when component.Match is not null: return "Request specified MATCH_TYPE_SPECIFIED, but also specified a match string.";
                case MatchExact or MatchDefault or MatchSpecified: break;
                default: return $"Unknown match type {component.MatchType}";
            }
        }
        return types.Contains(Ip) && types.Overlaps(["user", "client-id"])
            ? "Invalid entity filter component combination. IP filter component should not be used with user or clientId filter component."
            : null;
    }
}
