namespace Sluice.Core.Groups;

/// <summary>Which partition of <c>__consumer_offsets</c> holds a group: Kafka's rule, so that data of either can be read by the other.</summary>
internal static class GroupPartitioner
{
    /// <summary>The partition of a group.</summary>
    /// <param name="group">The group's id.</param>
    /// <param name="partitions">How many partitions the topic has.</param>
    public static int PartitionOf(string group, int partitions)
    {
        // Java's String.hashCode over UTF-16, and Utils.abs, which makes 0 of the least integer.
        int hash = 0;
        foreach (char c in group) hash = unchecked((31 * hash) + c);
        return (hash == int.MinValue ? 0 : Math.Abs(hash)) % partitions;
    }
}
