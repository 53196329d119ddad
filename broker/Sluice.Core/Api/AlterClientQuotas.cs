using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Entry = Sluice.Protocol.Messages.AlterClientQuotasRequest.EntryData;

namespace Sluice.Core.Api;

/// <summary>
/// AlterClientQuotas (KIP-546). No quota is enforced, so none can be set; to take one away that nobody has is no error, as in Kafka.
/// </summary>
internal sealed class AlterClientQuotas()
    : ApiHandler<AlterClientQuotasRequest>(ApiKey.AlterClientQuotas, AlterClientQuotasRequest.MinVersion, AlterClientQuotasRequest.MaxVersion)
{
    private const string User = "user";
    private const string ClientId = "client-id";
    private const string Ip = "ip";

    private static readonly string[] OfUsersAndClients = ["producer_byte_rate", "consumer_byte_rate", "request_percentage", "controller_mutation_rate"];
    private static readonly string[] OfAddresses = ["connection_creation_rate"];

    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, AlterClientQuotasRequest request)
    {
        var response = new AlterClientQuotasResponse();
        foreach (Entry entry in request.Entries)
        {
            string? error = CheckEntity(entry) ?? CheckOperations(entry);
            response.Entries.Add(new()
            {
                ErrorCode = error is null ? ErrorCode.None : ErrorCode.InvalidRequest,
                ErrorMessage = error,
                Entity = entry.Entity.ConvertAll(e => new AlterClientQuotasResponse.EntityData { EntityType = e.EntityType, EntityName = e.EntityName }),
            });
        }
        context.Respond(response);
    }

    private static string? CheckEntity(Entry entry)
    {
        if (entry.Entity.Count == 0) return "Invalid empty client quota entity";
        foreach (AlterClientQuotasRequest.EntityData part in entry.Entity)
        {
            if (part.EntityType is not (User or ClientId or Ip)) return $"Unhandled client quota entity type: {part.EntityType}";
            if (part.EntityName is { Length: 0 }) return $"Empty {part.EntityType} not supported";
        }
        bool hasIp = entry.Entity.Exists(e => e.EntityType == Ip);
        return hasIp && entry.Entity.Exists(e => e.EntityType != Ip)
            ? "Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId"
            : null;
    }

    private static string? CheckOperations(Entry entry)
    {
        string[] known = entry.Entity.Exists(e => e.EntityType == Ip) ? OfAddresses : OfUsersAndClients;
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (AlterClientQuotasRequest.OpData operation in entry.Ops)
        {
            if (!keys.Add(operation.Key)) return $"Ignoring duplicate entity ClientQuotaEntity(entries={{{string.Join(", ", entry.Entity.Select(e => $"{e.EntityType}={e.EntityName}"))}}})";
            if (operation.Remove) continue;
            if (!known.Contains(operation.Key)) return $"Invalid configuration key {operation.Key}";
            if (operation.Key.EndsWith("_byte_rate", StringComparison.Ordinal) && operation.Value != Math.Floor(operation.Value))
                return $"{operation.Key} cannot be a fractional value.";
            return FormattableString.Invariant($"The quota {operation.Key}={operation.Value} cannot be set: this broker enforces no quotas.");
        }
        return null;
    }
}
