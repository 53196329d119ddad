using Sluice.Core.Groups;

namespace Sluice.Core.Tests.Groups;

public sealed class GroupTransitionTests
{
    [Theory]
    [InlineData(GroupState.Empty, "PreparingRebalance, Dead")]
    [InlineData(GroupState.PreparingRebalance, "Empty, CompletingRebalance, Dead")]
    [InlineData(GroupState.CompletingRebalance, "PreparingRebalance, Stable, Dead")]
    [InlineData(GroupState.Stable, "PreparingRebalance, Dead")]
    [InlineData(GroupState.Dead, "Dead")]
    public void A_state_is_followed_by_these_alone(GroupState from, string expected) =>
        Assert.Equal(expected, string.Join(", ", Enum.GetValues<GroupState>().Where(to => GroupTransitions.Allows(from, to))));

    [Fact]
    public void States_have_the_names_that_clients_know() =>
        Assert.Equal(["Empty", "PreparingRebalance", "CompletingRebalance", "Stable", "Dead"], Enum.GetNames<GroupState>());

    [Theory]
    [InlineData("g1", 42)]
    [InlineData("g2", 43)]
    [InlineData("", 0)]
    [InlineData("polygenelubricants", 0)]
    [InlineData("größe", 7)]
    public void A_group_lies_in_the_partition_of_its_Java_hash(string group, int partition) =>
        Assert.Equal(partition, GroupPartitioner.PartitionOf(group, 50));
}
