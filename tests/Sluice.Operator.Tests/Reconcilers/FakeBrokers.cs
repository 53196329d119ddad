using System.Collections.Concurrent;
using Sluice.Operator.Brokers;

namespace Sluice.Operator.Tests.Reconcilers;

/// <summary>The brokers of a test: topics in memory, down when the test says so.</summary>
internal sealed class FakeBrokers : IBrokerAdmin
{
    private int _ids;

    public bool IsDown { get; set; }

    public ConcurrentDictionary<string, BrokerTopic> Topics { get; } = new();

    public ConcurrentDictionary<string, string> Settings { get; } = new();

    public ConcurrentQueue<string> Calls { get; } = new();

    public int DescribeCalls;

    public int DescribedTopics;

    public int ClusterCalls;

    public void Put(string name, int partitions, params (string Name, string Value)[] config) =>
        Topics[name] = new BrokerTopic("id" + Interlocked.Increment(ref _ids), partitions, 1, config.ToDictionary(setting => setting.Name, setting => setting.Value));

    public Task<BrokerCluster> DescribeClusterAsync(CancellationToken cancellation) => Answer(() =>
    {
        Interlocked.Increment(ref ClusterCalls);
        return new BrokerCluster("cluster-1", 1);
    });

    public Task<IReadOnlyDictionary<string, BrokerTopic?>> DescribeTopicsAsync(IReadOnlyCollection<string> names, CancellationToken cancellation) => Answer(() =>
    {
        Interlocked.Increment(ref DescribeCalls);
        Interlocked.Add(ref DescribedTopics, names.Count);
        return (IReadOnlyDictionary<string, BrokerTopic?>)names.ToDictionary(name => name, Topics.GetValueOrDefault);
    });

    public Task<Refusal?> CreateTopicAsync(string name, int partitions, int replicas, IReadOnlyDictionary<string, string> config, CancellationToken cancellation) => Answer(() =>
    {
        Calls.Enqueue("create " + name);
        if (Check(config.ToDictionary(setting => setting.Key, setting => (string?)setting.Value)) is { } refusal) return refusal;
        Put(name, partitions, [.. config.Select(setting => (setting.Key, setting.Value))]);
        return null;
    });

    public Task<Refusal?> GrowTopicAsync(string name, int partitions, CancellationToken cancellation) => Answer(() =>
    {
        Calls.Enqueue($"grow {name} {partitions}");
        Topics[name] = Topics[name] with { Partitions = partitions };
        return (Refusal?)null;
    });

    public Task<Refusal?> ConfigureTopicAsync(string name, IReadOnlyDictionary<string, string?> changes, CancellationToken cancellation) => Answer(() =>
    {
        Calls.Enqueue("configure " + name);
        if (Check(changes) is { } refusal) return refusal;
        var config = Topics[name].Config.ToDictionary();
        foreach ((string key, string? value) in changes)
        {
            if (value is null) config.Remove(key);
            else config[key] = value;
        }
        Topics[name] = Topics[name] with { Config = config };
        return null;
    });

    public Task<Refusal?> DeleteTopicAsync(string id, CancellationToken cancellation) => Answer(() =>
    {
        foreach ((string name, BrokerTopic topic) in Topics)
        {
            if (topic.Id != id) continue;
            Calls.Enqueue("delete " + name);
            Topics.TryRemove(name, out _);
        }
        return (Refusal?)null;
    });

    public Task<IReadOnlyDictionary<string, string>> DescribeSettingsAsync(CancellationToken cancellation) =>
        Answer(() => (IReadOnlyDictionary<string, string>)Settings.ToDictionary());

    public Task<Refusal?> ConfigureAsync(IReadOnlyDictionary<string, string?> changes, CancellationToken cancellation) => Answer(() =>
    {
        if (Check(changes) is { } refusal) return refusal;
        foreach ((string key, string? value) in changes)
        {
            if (value is null) Settings.TryRemove(key, out _);
            else Settings[key] = value;
        }
        return null;
    });

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static Refusal? Check(IReadOnlyDictionary<string, string?> config) =>
        config.Values.Contains("bad") ? new Refusal("InvalidConfig", $"{config.First(setting => setting.Value == "bad").Key}: 'bad' is not valid", false) : null;

    private Task<T> Answer<T>(Func<T> answer) =>
        IsDown ? Task.FromException<T>(new BrokersUnavailableException("no broker answers")) : Task.FromResult(answer());
}
