using Sluice.Client.Admin;
using Support;

namespace Sluice.Client.Tests;

/// <summary>A broker process for the tests of one class that do not kill it.</summary>
public sealed class BrokerFixture : IDisposable
{
    private readonly TestBroker _broker = new("offsets.topic.num.partitions=4", "group.initial.rebalance.delay.ms=100");

    public string Bootstrap => _broker.Bootstrap;

    public Task<string> NewTopic(int partitions, params (string Name, string Value)[] configs) => Topics.NewAsync(Bootstrap, partitions, configs);

    public void Dispose() => _broker.Dispose();
}

internal static class Topics
{
    /// <summary>Makes a topic with a name of its own.</summary>
    public static async Task<string> NewAsync(string bootstrap, int partitions, params (string Name, string Value)[] configs)
    {
        string name = $"topic-{Guid.NewGuid():N}";
        await using var admin = new AdminClient(new ClientOptions { BootstrapServers = bootstrap });
        var created = await admin.CreateTopicsAsync([new NewTopic(name, partitions, 1, configs.ToDictionary(c => c.Name, c => c.Value))]);
        created[name].Get();
        return name;
    }
}
