using Sluice.Core.Configuration;
using Sluice.Core.Groups;
using Sluice.Core.Groups.Coordination;
using Sluice.Core.Metadata.Images;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using CoordinatorAnswer = Sluice.Protocol.Messages.FindCoordinatorResponse.Coordinator;

namespace Sluice.Core.Api;

/// <summary>
/// FindCoordinator: which broker serves a group, for one group or several (KIP-699). The topic that holds the groups is made when the
/// first client asks; it is answered when the topic is there.
/// </summary>
internal sealed class FindCoordinator() : ApiHandler<FindCoordinatorRequest>(ApiKey.FindCoordinator, FindCoordinatorRequest.MinVersion, FindCoordinatorRequest.MaxVersion)
{
    private const short BatchVersion = 4;
    private const short ShareVersion = 6;
    private const sbyte Group = 0;
    private const sbyte Transaction = 1;
    private const sbyte Share = 2;
    private const string NotAvailable = "The coordinator is not available.";

    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, FindCoordinatorRequest request)
    {
        List<string> keys = context.Version >= BatchVersion ? request.CoordinatorKeys : [request.Key];
        if (request.KeyType != Group || keys.Count == 0)
        {
            (ErrorCode error, string message) = Refusal(request.KeyType, context.Version);
            context.Respond(Answer(context, keys.ConvertAll(key => Failed(key, error, message))));
            return;
        }
        OffsetsTopic.Ensure(shard, error => context.Respond(Answer(context, keys.ConvertAll(key => error == ErrorCode.None ? Find(shard, context, key) : Failed(key, error, NotAvailable)))));
    }

    private static (ErrorCode Error, string Message) Refusal(sbyte keyType, short version) => keyType switch
    {
        // Any other error is tried again until the client's time is over, with a message that says nothing. librdkafka, which asks with the
        // versions for one coordinator alone, takes only a missing right for final; the newer Java client shows the message with any other.
        Transaction => (version < BatchVersion ? ErrorCode.TransactionalIdAuthorizationFailed : ErrorCode.UnsupportedVersion, "This broker does not serve transactions: use an idempotent producer without transactional.id."),
        Share when version >= ShareVersion => (ErrorCode.UnsupportedVersion, "This broker does not serve share groups: use a consumer group."),
        _ => (ErrorCode.InvalidRequest, $"{keyType} is not a type of coordinator."),
    };

    private static CoordinatorAnswer Find(Shard shard, RequestContext context, string key)
    {
        TopicImage? topic = shard.Image.Topics.ByName(OffsetsTopic.Name);
        if (topic is null) return Failed(key, ErrorCode.CoordinatorNotAvailable, NotAvailable);
        PartitionImage partition = topic.Partitions[GroupPartitioner.PartitionOf(key, topic.Partitions.Length)];
        BrokerImage? leader = shard.Image.Brokers.Find(partition.Leader);
        ListenerEndpoint? endpoint = leader is { IsFenced: false } ? leader.Endpoint(context.Connection.ListenerName) : null;
        return endpoint is null || shard.Node.Offline.Contains(topic.Id, partition.Id)
            ? Failed(key, ErrorCode.CoordinatorNotAvailable, NotAvailable)
            : new CoordinatorAnswer { Key = key, NodeId = leader!.Id, Host = endpoint.Host, Port = endpoint.Port, ErrorMessage = "" };
    }

    private static CoordinatorAnswer Failed(string key, ErrorCode error, string message) =>
        new() { Key = key, ErrorCode = error, ErrorMessage = message, NodeId = -1, Host = "", Port = -1 };

    private static FindCoordinatorResponse Answer(RequestContext context, List<CoordinatorAnswer> coordinators)
    {
        if (context.Version >= BatchVersion) return new FindCoordinatorResponse { Coordinators = coordinators };
        CoordinatorAnswer only = coordinators[0];
        // Kafka's own words, in the versions for one coordinator alone.
        if (only.ErrorCode == ErrorCode.None) only.ErrorMessage = "NONE";
        return new FindCoordinatorResponse { ErrorCode = only.ErrorCode, ErrorMessage = only.ErrorMessage, NodeId = only.NodeId, Host = only.Host, Port = only.Port };
    }
}
