namespace Sluice.Client.Consuming.Groups;

/// <summary>How a rebalance ended for this member.</summary>
/// <param name="Partitions">What it reads from now on.</param>
/// <param name="LostOwned">The coordinator had forgotten the member: what it owned before counts as lost.</param>
internal sealed record JoinResult(IReadOnlyList<TopicPartition> Partitions, bool LostOwned);
