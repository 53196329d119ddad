using Sluice.Operator.Brokers;
using Sluice.Operator.Reconcilers;
using Sluice.Operator.Resources;

namespace Sluice.Operator.Tests.Reconcilers;

public sealed class TopicPlanTests
{
    [Fact]
    public void A_topic_that_is_as_wanted_needs_nothing() =>
        Assert.True(Plan(new() { Partitions = 3, Config = new() { ["a"] = "1" } }, Topic(3, ("a", "1"))).IsEmpty);

    [Theory]
    [InlineData("compact, delete", "compact,delete")]
    [InlineData(" 5 ", "5")]
    [InlineData("TRUE", "true")]
    public void Values_that_brokers_write_in_another_way_are_the_same(string wanted, string present) =>
        Assert.True(Plan(new() { Config = new() { ["a"] = wanted } }, Topic(1, ("a", present))).IsEmpty);

    [Fact]
    public void Settings_are_set_changed_and_given_back()
    {
        TopicPlan plan = Plan(new() { Config = new() { ["new"] = "1", ["changed"] = "2", ["same"] = "3" } }, Topic(1, ("changed", "0"), ("same", "3"), ("gone", "4")));
        Assert.Equal(new Dictionary<string, string?> { ["new"] = "1", ["changed"] = "2", ["gone"] = null }, plan.ConfigChanges.ToDictionary());
    }

    [Fact]
    public void Throttles_of_a_rebalancing_tool_are_left_alone() =>
        Assert.True(Plan(new(), Topic(1, ("leader.replication.throttled.replicas", "*"))).IsEmpty);

    [Fact]
    public void More_partitions_are_added() => Assert.Equal(7, Plan(new() { Partitions = 7 }, Topic(3)).GrowTo);

    [Fact]
    public void Fewer_partitions_are_refused_and_the_rest_is_done()
    {
        TopicPlan plan = Plan(new() { Partitions = 2, Config = new() { ["a"] = "1" } }, Topic(3));
        Assert.Equal("PartitionsCannotShrink", plan.Impossible!.Reason);
        Assert.Null(plan.GrowTo);
        Assert.Single(plan.ConfigChanges);
    }

    [Fact]
    public void A_topic_that_is_not_there_is_created() => Assert.True(Plan(new(), null).Create);

    private static TopicPlan Plan(TopicSpec spec, BrokerTopic? present) => TopicPlan.Compute(spec, present);

    private static BrokerTopic Topic(int partitions, params (string Name, string Value)[] config) =>
        new("id", partitions, 1, config.ToDictionary(setting => setting.Name, setting => setting.Value));
}
