using Sluice.Core.Metadata;
using Sluice.Core.Metadata.Changes;
using Sluice.Core.Metadata.Control;
using Sluice.Core.Metadata.Images;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using TopicAnswer = Sluice.Protocol.Messages.MetadataResponse.MetadataResponseTopic;

namespace Sluice.Core.Api;

/// <summary>
/// Metadata: brokers, topics and who leads each partition, with the addresses of the listener that the request came in by. A topic
/// that does not exist is created on the way when broker and client allow it; the answer then waits for it and names its leaders.
/// </summary>
internal sealed class MetadataApi() : ApiHandler<MetadataRequest>(ApiKey.Metadata, MetadataRequest.MinVersion, MetadataRequest.MaxVersion)
{
    private const short NullMeansAllVersion = 1;
    private const short IdsAreServedVersion = 12;

    private readonly MetadataAnswers _answers = new();

    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, MetadataRequest request)
    {
        if (context.Version < IdsAreServedVersion && request.Topics is { } topics && topics.Exists(t => t.TopicId != Uuid.Zero || t.Name is null))
        {
            // The fields exist in versions 10 and 11, but no version of Kafka ever answered them.
            context.Respond(new MetadataResponse { Topics = topics.ConvertAll(t => new TopicAnswer { ErrorCode = ErrorCode.InvalidRequest, Name = t.Name ?? "", TopicId = t.TopicId }) });
            return;
        }
        if (AsksForAll(context, request))
        {
            AnswerAll(shard, context, request);
            return;
        }
        List<string> missing = ToCreate(shard, request);
        if (missing.Count == 0) Answer(shard, context, request, []);
        else Controller.Submit(shard, new AutoCreation(context, request, missing));
    }

    private static bool AsksForAll(RequestContext context, MetadataRequest request) =>
        request.Topics is null || (request.Topics.Count == 0 && context.Version < NullMeansAllVersion);

    private void AnswerAll(Shard shard, RequestContext context, MetadataRequest request)
    {
        MetadataImage image = shard.Image;
        var shape = new MetadataAnswers.Shape(context.Version, context.Connection.ListenerName, request.IncludeTopicAuthorizedOperations, request.IncludeClusterAuthorizedOperations);
        // A partition that goes offline changes no image.
        if (shard.Node.Offline.IsEmpty && _answers.Find(image, shape) is { } shared)
        {
            context.Respond(shared);
            return;
        }
        MetadataResponse response = Begin(shard, context, request);
        MetadataTopics topics = Topics(shard, context, request);
        foreach (TopicImage topic in image.Topics.All) response.Topics.Add(topics.Describe(topic));
        context.Respond(_answers.Add(image, shape, response));
    }

    private static List<string> ToCreate(Shard shard, MetadataRequest request)
    {
        if (!request.AllowAutoTopicCreation || !shard.Node.Properties.AutoCreateTopics) return [];
        return
        [
            .. request.Topics!
                .Where(t => t.TopicId == Uuid.Zero && t.Name is { } name && shard.Image.Topics.ByName(name) is null && CanBeCreated(name))
                .Select(t => t.Name!).Distinct(StringComparer.Ordinal),
        ];
    }

    // Brokers make their internal topics themselves, with settings of their own, when they serve what needs them.
    private static bool CanBeCreated(string name) =>
        TopicNames.Check(name) is null && !InternalTopics.Contains(name) && name != InternalTopics.ClusterMetadata;

    private static void Answer(Shard shard, RequestContext context, MetadataRequest request, Dictionary<string, ErrorCode> creationErrors)
    {
        MetadataResponse response = Begin(shard, context, request);
        MetadataTopics topics = Topics(shard, context, request);
        // As in Kafka, names do not count beside ids.
        bool byId = request.Topics!.Exists(t => t.TopicId != Uuid.Zero);
        foreach (var asked in request.Topics.Where(t => !byId || t.TopicId != Uuid.Zero).DistinctBy(t => (t.TopicId, t.Name))) response.Topics.Add(topics.Describe(asked, creationErrors));
        context.Respond(response);
    }

    /// <summary>An answer with everything but topics.</summary>
    private static MetadataResponse Begin(Shard shard, RequestContext context, MetadataRequest request)
    {
        var response = new MetadataResponse { ClusterId = shard.Node.ClusterId, ControllerId = shard.Node.NodeId };
        foreach (BrokerImage broker in shard.Image.Brokers.All)
        {
            if (!broker.IsFenced && broker.Endpoint(context.Connection.ListenerName) is { } endpoint)
                response.Brokers.Add(new() { NodeId = broker.Id, Host = endpoint.Host, Port = endpoint.Port, Rack = broker.Rack });
        }
        if (request.IncludeClusterAuthorizedOperations) response.ClusterAuthorizedOperations = AuthorizedOperations.OfCluster;
        return response;
    }

    private static MetadataTopics Topics(Shard shard, RequestContext context, MetadataRequest request) =>
        new(shard.Image, shard.Node.Offline, context.Connection.ListenerName, context.Version, request.IncludeTopicAuthorizedOperations);

    private sealed class AutoCreation(RequestContext context, MetadataRequest request, List<string> names) : ControllerOperation
    {
        private readonly Dictionary<string, ErrorCode> _errors = new(StringComparer.Ordinal);

        public override IReadOnlyList<ChangeRecord> Compute(ChangeScope scope)
        {
            var create = new CreateTopicsRequest
            {
                Topics = names.ConvertAll(name => new CreateTopicsRequest.CreatableTopic { Name = name, NumPartitions = -1, ReplicationFactor = -1 }),
            };
            ChangeResult<CreateTopicsResponse> result = CreateTopicsChange.Compute(scope, create);
            foreach (CreateTopicsResponse.CreatableTopicResult topic in result.Answer.Topics)
            {
                // Another request may have been faster: then the topic is there when this one is answered.
                if (topic.ErrorCode is not (ErrorCode.None or ErrorCode.TopicAlreadyExists)) _errors[topic.Name] = topic.ErrorCode;
            }
            return result.Records;
        }

        public override void Succeed(Shard shard) => Answer(shard, context, request, _errors);

        public override void Fail(Shard shard, ErrorCode error)
        {
            // Clients try again on this error, and not on one of the disk.
            foreach (string name in names) _errors[name] = ErrorCode.LeaderNotAvailable;
            Answer(shard, context, request, _errors);
        }
    }
}
