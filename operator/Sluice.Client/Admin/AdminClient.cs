using Sluice.Client.Cluster;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Client.Admin;

/// <summary>
/// Looks at a cluster and changes its topics and settings. Each call is one request for all of its items, and each item has an
/// outcome of its own, so that one bad topic does not hide what became of the others.
/// </summary>
/// <remarks>
/// Calls throw <see cref="BrokerUnreachableException"/> when no broker answers, and <see cref="KafkaException"/> when the request as a
/// whole is refused. Nothing is sent twice by itself: a change whose answer was lost may have been carried out.
/// </remarks>
public sealed class AdminClient : IAsyncDisposable
{
    private readonly ClusterClient _cluster;
    private readonly int _timeoutMs;

    /// <summary>Makes a client; nothing is connected before the first call.</summary>
    /// <exception cref="FormatException">The bootstrap servers are not a list of <c>host:port</c>.</exception>
    public AdminClient(ClientOptions options)
    {
        _cluster = new ClusterClient(options);
        _timeoutMs = (int)options.RequestTimeout.TotalMilliseconds;
        Groups = new GroupAdmin(options, _cluster);
        Records = new RecordAdmin(options, _cluster);
    }

    /// <summary>Consumer groups and their offsets.</summary>
    public GroupAdmin Groups { get; }

    /// <summary>Offsets, records and the space they take.</summary>
    public RecordAdmin Records { get; }

    /// <summary>Who the cluster is and which brokers are alive.</summary>
    public async Task<ClusterDescription> DescribeClusterAsync(CancellationToken cancellation = default)
    {
        var response = await Send(new DescribeClusterRequest(), cancellation).ConfigureAwait(false);
        KafkaException.ThrowIfError(response.ErrorCode, response.ErrorMessage, "describing the cluster");
        var brokers = response.Brokers.Select(b => new BrokerDescription(b.BrokerId, new BrokerAddress(b.Host, b.Port), b.Rack)).ToList();
        return new ClusterDescription(response.ClusterId, response.ControllerId, brokers);
    }

    /// <summary>Every topic, internal ones too.</summary>
    public async Task<IReadOnlyDictionary<string, Outcome<TopicDescription>>> DescribeAllTopicsAsync(CancellationToken cancellation = default) =>
        await DescribeTopics(null, cancellation).ConfigureAwait(false);

    /// <summary>The topics of these names; one that does not exist has the outcome <see cref="ErrorCode.UnknownTopicOrPartition"/>.</summary>
    public async Task<IReadOnlyDictionary<string, Outcome<TopicDescription>>> DescribeTopicsAsync(IEnumerable<string> names, CancellationToken cancellation = default) =>
        await DescribeTopics([.. names.Select(name => new MetadataRequest.MetadataRequestTopic { Name = name })], cancellation).ConfigureAwait(false);

    /// <summary>Creates topics. The answer comes when every broker that is alive may be asked for them.</summary>
    /// <param name="topics">No name twice.</param>
    /// <param name="validateOnly">Only tell what would happen.</param>
    /// <param name="cancellation">Gives up waiting; the request may still be carried out.</param>
    public async Task<IReadOnlyDictionary<string, Outcome<Uuid>>> CreateTopicsAsync(
        IEnumerable<NewTopic> topics, bool validateOnly = false, CancellationToken cancellation = default)
    {
        var request = new CreateTopicsRequest { TimeoutMs = _timeoutMs, ValidateOnly = validateOnly, Topics = [.. topics.Select(ToMessage)] };
        var response = await Send(request, cancellation).ConfigureAwait(false);
        return response.Topics.ToDictionary(t => t.Name, t => Result(t.TopicId, t.ErrorCode, t.ErrorMessage, $"creating topic '{t.Name}'"));
    }

    /// <summary>Deletes topics and all their records.</summary>
    public async Task<IReadOnlyDictionary<string, Outcome<Uuid>>> DeleteTopicsAsync(IEnumerable<string> names, CancellationToken cancellation = default)
    {
        List<string> list = [.. names];
        var request = new DeleteTopicsRequest
        {
            TimeoutMs = _timeoutMs,
            TopicNames = list,
            Topics = [.. list.Select(name => new DeleteTopicsRequest.DeleteTopicState { Name = name })],
        };
        var response = await Send(request, cancellation).ConfigureAwait(false);
        return response.Responses.Where(r => r.Name is not null)
            .ToDictionary(r => r.Name!, r => Result(r.TopicId, r.ErrorCode, r.ErrorMessage, $"deleting topic '{r.Name}'"));
    }

    /// <summary>Deletes exactly the topic with this id, never a later one of the same name (KIP-516).</summary>
    public async Task<Outcome<Uuid>> DeleteTopicAsync(Uuid id, CancellationToken cancellation = default)
    {
        var request = new DeleteTopicsRequest { TimeoutMs = _timeoutMs, Topics = [new DeleteTopicsRequest.DeleteTopicState { TopicId = id }] };
        var response = await Send(request, cancellation).ConfigureAwait(false);
        var result = response.Responses.Single();
        return Result(result.TopicId, result.ErrorCode, result.ErrorMessage, $"deleting the topic with id {id}");
    }

    /// <summary>Grows topics to this many partitions in all. A topic never shrinks.</summary>
    public async Task<IReadOnlyDictionary<string, Outcome<int>>> CreatePartitionsAsync(
        IReadOnlyDictionary<string, int> totals, bool validateOnly = false, CancellationToken cancellation = default)
    {
        var request = new CreatePartitionsRequest
        {
            TimeoutMs = _timeoutMs,
            ValidateOnly = validateOnly,
            Topics = [.. totals.Select(t => new CreatePartitionsRequest.CreatePartitionsTopic { Name = t.Key, Count = t.Value, Assignments = null })],
        };
        var response = await Send(request, cancellation).ConfigureAwait(false);
        return response.Results.ToDictionary(r => r.Name, r => Result(totals[r.Name], r.ErrorCode, r.ErrorMessage, $"growing topic '{r.Name}' to {totals[r.Name]} partitions"));
    }

    /// <summary>The settings in force, with where each was set.</summary>
    public async Task<IReadOnlyDictionary<ConfigResource, Outcome<IReadOnlyList<ConfigEntry>>>> DescribeConfigsAsync(
        IEnumerable<ConfigResource> resources, CancellationToken cancellation = default)
    {
        var request = new DescribeConfigsRequest
        {
            Resources = [.. resources.Select(r => new DescribeConfigsRequest.DescribeConfigsResource { ResourceType = (sbyte)r.Type, ResourceName = r.Name, ConfigurationKeys = null })],
        };
        var response = await Send(request, cancellation).ConfigureAwait(false);
        return response.Results.ToDictionary(
            r => new ConfigResource((ConfigResourceType)r.ResourceType, r.ResourceName),
            r => Result<IReadOnlyList<ConfigEntry>>([.. r.Configs.Select(ToEntry)], r.ErrorCode, r.ErrorMessage, $"describing the settings of '{r.ResourceName}'"));
    }

    /// <summary>Changes settings, each resource as a whole or not at all; what is not named stays as it is (KIP-339).</summary>
    public async Task<IReadOnlyDictionary<ConfigResource, Outcome<bool>>> AlterConfigsAsync(
        IReadOnlyDictionary<ConfigResource, IReadOnlyList<ConfigChange>> changes, bool validateOnly = false, CancellationToken cancellation = default)
    {
        var request = new IncrementalAlterConfigsRequest { ValidateOnly = validateOnly, Resources = [.. changes.Select(c => ToMessage(c.Key, c.Value))] };
        var response = await Send(request, cancellation).ConfigureAwait(false);
        return response.Responses.ToDictionary(
            r => new ConfigResource((ConfigResourceType)r.ResourceType, r.ResourceName),
            r => Result(true, r.ErrorCode, r.ErrorMessage, $"changing the settings of '{r.ResourceName}'"));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private async Task<IReadOnlyDictionary<string, Outcome<TopicDescription>>> DescribeTopics(
        List<MetadataRequest.MetadataRequestTopic>? topics, CancellationToken cancellation)
    {
        var request = new MetadataRequest { Topics = topics, AllowAutoTopicCreation = false };
        var response = await Send(request, cancellation).ConfigureAwait(false);
        return response.Topics.Where(t => t.Name is not null)
            .ToDictionary(t => t.Name!, t => Result(ToDescription(t), t.ErrorCode, null, $"describing topic '{t.Name}'"));
    }

    // Brokers forward changes to the controller themselves (KIP-590), so any broker will do.
    private async Task<TResponse> Send<TResponse>(IRequest<TResponse> request, CancellationToken cancellation)
        where TResponse : class, IResponse, new()
    {
        KafkaConnection connection = await _cluster.AnyAsync(cancellation).ConfigureAwait(false);
        return await connection.SendAsync(request, cancellation).ConfigureAwait(false);
    }

    internal static Outcome<T> Result<T>(T value, ErrorCode error, string? message, string what) =>
        error == ErrorCode.None ? new Outcome<T>(value, null) : new Outcome<T>(default, KafkaException.For(error, message, what));

    private static CreateTopicsRequest.CreatableTopic ToMessage(NewTopic topic) => new()
    {
        Name = topic.Name,
        NumPartitions = topic.Partitions,
        ReplicationFactor = topic.ReplicationFactor,
        Configs = [.. topic.Configs.Select(c => new CreateTopicsRequest.CreatableTopicConfig { Name = c.Key, Value = c.Value })],
    };

    private static IncrementalAlterConfigsRequest.AlterConfigsResource ToMessage(ConfigResource resource, IReadOnlyList<ConfigChange> changes) => new()
    {
        ResourceType = (sbyte)resource.Type,
        ResourceName = resource.Name,
        Configs = [.. changes.Select(c => new IncrementalAlterConfigsRequest.AlterableConfig { Name = c.Name, ConfigOperation = (sbyte)c.Operation, Value = c.Value })],
    };

    private static ConfigEntry ToEntry(DescribeConfigsResponse.DescribeConfigsResourceResult c) =>
        new(c.Name, c.Value, (ConfigSource)Math.Max(c.ConfigSource, (sbyte)0), c.ReadOnly, c.IsSensitive);

    private static TopicDescription ToDescription(MetadataResponse.MetadataResponseTopic topic) => new(
        topic.Name!, topic.TopicId, topic.IsInternal,
        [.. topic.Partitions.OrderBy(p => p.PartitionIndex).Select(p =>
            new PartitionDescription(p.PartitionIndex, p.LeaderId, p.LeaderEpoch, p.ReplicaNodes, p.IsrNodes, p.OfflineReplicas))]);
}
