using Support;
using Support.Clients;

namespace Compatibility.Clients;

/// <summary>What librdkafka's members are told of a rebalance: which partitions come and which go.</summary>
public sealed class RebalanceCallbackTests(RebalanceCallbackTests.SharedBroker shared) : IClassFixture<RebalanceCallbackTests.SharedBroker>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public sealed class SharedBroker : IDisposable
    {
        internal TestBroker Broker { get; } = new("group.initial.rebalance.delay.ms=0");

        public void Dispose() => Broker.Dispose();
    }

    /// <summary>An eager member gives all back before it is given some; a cooperative one only what the other gets.</summary>
    [Theory]
    [InlineData("range", 4, 2)]
    [InlineData("cooperative-sticky", 2, 0)]
    public async Task A_second_member_takes_half_and_the_first_is_told(string strategy, int revoked, int given)
    {
        string topic = $"halved-{strategy}";
        await Topics.CreateAsync(shared.Broker.Bootstrap, topic, 4);
        using GroupMember first = new Librdkafka().StartMember(shared.Broker.Bootstrap, topic, topic, strategy);
        Wait.Until("the first has all", Patience, () => first.Assigned.Length == 4, () => first.Errors);
        int before = first.Assignments;

        using GroupMember second = new Librdkafka().StartMember(shared.Broker.Bootstrap, topic, topic, strategy);
        Wait.Until("the second has half", Patience, () => second.Assigned.Length == 2 && first.Assignments > before && first.Assigned.Length == given, () => first.Errors + second.Errors);
        Assert.Equal(revoked, first.Revoked.Length);
        Assert.All(second.Assigned, partition => Assert.Contains(partition, first.Revoked));

        second.Stop();
        Wait.Until("the first gets back what the second had", Patience, () => second.Assigned.All(first.Assigned.Contains), () => first.Errors);
    }
}
