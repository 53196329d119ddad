using Hostile.Tests.Brokers;

namespace Hostile.Tests.Rows;

/// <summary>One broker for the tests of single requests; each of them ends with a check that it still serves others.</summary>
public sealed class SharedBroker : IAsyncLifetime
{
    internal VictimBroker Broker { get; private set; } = null!;

    public async Task InitializeAsync() => Broker = await VictimBroker.StartAsync();

    public Task DisposeAsync()
    {
        Broker.Dispose();
        return Task.CompletedTask;
    }
}

/// <summary>The tests that share it, one after the other.</summary>
[CollectionDefinition(nameof(SharedBroker))]
public sealed class SharedBrokerTests : ICollectionFixture<SharedBroker>;
