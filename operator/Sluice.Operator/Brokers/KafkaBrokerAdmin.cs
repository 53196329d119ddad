using Sluice.Client;
using Sluice.Client.Admin;
using Sluice.Protocol;

namespace Sluice.Operator.Brokers;

/// <summary><see cref="IBrokerAdmin"/> over the Kafka protocol.</summary>
internal sealed class KafkaBrokerAdmin(string bootstrapAddress) : IBrokerAdmin
{
    /// <summary>The empty name stands for the settings of all brokers.</summary>
    private static readonly ConfigResource AllBrokers = new(ConfigResourceType.Broker, "");

    private readonly AdminClient _client = new(new ClientOptions
    {
        BootstrapServers = bootstrapAddress,
        ClientId = "sluice-operator",
        ConnectTimeout = TimeSpan.FromSeconds(5),
        RequestTimeout = TimeSpan.FromSeconds(15),
    });

    public Task<BrokerCluster> DescribeClusterAsync(CancellationToken cancellation) => CallAsync(async () =>
    {
        ClusterDescription cluster = await _client.DescribeClusterAsync(cancellation);
        return new BrokerCluster(cluster.ClusterId, cluster.Brokers.Count);
    });

    public Task<IReadOnlyDictionary<string, BrokerTopic?>> DescribeTopicsAsync(IReadOnlyCollection<string> names, CancellationToken cancellation) => CallAsync(async () =>
    {
        IReadOnlyDictionary<string, Outcome<TopicDescription>> topics = await _client.DescribeTopicsAsync(names, cancellation);
        ConfigResource[] present = [.. names.Where(name => topics[name].Succeeded).Select(ConfigResource.Topic)];
        IReadOnlyDictionary<ConfigResource, Outcome<IReadOnlyList<ConfigEntry>>> configs = present.Length == 0
            ? new Dictionary<ConfigResource, Outcome<IReadOnlyList<ConfigEntry>>>()
            : await _client.DescribeConfigsAsync(present, cancellation);
        var result = new Dictionary<string, BrokerTopic?>();
        foreach (string name in names)
        {
            // A topic that was deleted between the two requests is seen as it is the next time.
            if (IsAbsent(topics[name].Error)) result[name] = null;
            else result[name] = ToTopic(topics[name].Get(), configs[ConfigResource.Topic(name)].Get());
        }
        return (IReadOnlyDictionary<string, BrokerTopic?>)result;
    });

    public Task<Refusal?> CreateTopicAsync(string name, int partitions, int replicas, IReadOnlyDictionary<string, string> config, CancellationToken cancellation) =>
        ChangeAsync(async () => (await _client.CreateTopicsAsync([new NewTopic(name, partitions, (short)replicas, config)], false, cancellation))[name].Error);

    public Task<Refusal?> GrowTopicAsync(string name, int partitions, CancellationToken cancellation) =>
        ChangeAsync(async () => (await _client.CreatePartitionsAsync(new Dictionary<string, int> { [name] = partitions }, false, cancellation))[name].Error);

    public Task<Refusal?> ConfigureTopicAsync(string name, IReadOnlyDictionary<string, string?> changes, CancellationToken cancellation) =>
        AlterAsync(ConfigResource.Topic(name), changes, cancellation);

    public Task<Refusal?> DeleteTopicAsync(string id, CancellationToken cancellation) => ChangeAsync(async () =>
    {
        KafkaException? error = (await _client.DeleteTopicAsync(Uuid.Parse(id), cancellation)).Error;
        return IsAbsent(error) ? null : error;
    });

    public Task<IReadOnlyDictionary<string, string>> DescribeSettingsAsync(CancellationToken cancellation) => CallAsync(async () =>
    {
        IReadOnlyList<ConfigEntry> entries = (await _client.DescribeConfigsAsync([AllBrokers], cancellation))[AllBrokers].Get();
        return (IReadOnlyDictionary<string, string>)entries
            .Where(entry => entry is { Source: ConfigSource.DynamicDefaultBroker, Value: not null })
            .ToDictionary(entry => entry.Name, entry => entry.Value!);
    });

    public Task<Refusal?> ConfigureAsync(IReadOnlyDictionary<string, string?> changes, CancellationToken cancellation) => AlterAsync(AllBrokers, changes, cancellation);

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private Task<Refusal?> AlterAsync(ConfigResource resource, IReadOnlyDictionary<string, string?> changes, CancellationToken cancellation)
    {
        IReadOnlyList<ConfigChange> list = [.. changes.Select(change => new ConfigChange(change.Key, change.Value is null ? ConfigOperation.Delete : ConfigOperation.Set, change.Value))];
        return ChangeAsync(async () =>
            (await _client.AlterConfigsAsync(new Dictionary<ConfigResource, IReadOnlyList<ConfigChange>> { [resource] = list }, false, cancellation))[resource].Error);
    }

    private static bool IsAbsent(KafkaException? error) => error?.Code is ErrorCode.UnknownTopicOrPartition or ErrorCode.UnknownTopicId;

    private static BrokerTopic ToTopic(TopicDescription topic, IReadOnlyList<ConfigEntry> entries) => new(
        topic.Id.ToString(),
        topic.Partitions.Count,
        topic.Partitions.Count == 0 ? 0 : topic.Partitions[0].Replicas.Count,
        entries.Where(entry => entry is { Source: ConfigSource.DynamicTopic, Value: not null }).ToDictionary(entry => entry.Name, entry => entry.Value!));

    private static Task<Refusal?> ChangeAsync(Func<Task<KafkaException?>> change) => CallAsync(async () =>
    {
        try
        {
            return await change() is { } error ? ToRefusal(error) : null;
        }
        catch (KafkaException error) when (!error.IsRetriable)
        {
            return ToRefusal(error);
        }
    });

    private static Refusal ToRefusal(KafkaException error)
    {
        // The reason has the code already.
        string code = error.Code.ToString(), tail = $" ({code})";
        return new Refusal(code, error.Message.EndsWith(tail, StringComparison.Ordinal) ? error.Message[..^tail.Length] : error.Message, error.IsRetriable);
    }

    private static async Task<T> CallAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (BrokerUnreachableException error)
        {
            throw new BrokersUnavailableException(error.Message, error);
        }
        catch (TimeoutException error)
        {
            throw new BrokersUnavailableException(error.Message, error);
        }
        catch (KafkaException error)
        {
            throw new BrokersUnavailableException(error.Message, error);
        }
    }
}
