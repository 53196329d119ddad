using Sluice.Core.Shards;
using Sluice.Storage.Disk;

namespace Sluice.Core.Partitions;

/// <summary>The end of a node whose data directory failed. As in Kafka, whose brokers stop when their last directory fails, so that they are started again.</summary>
internal static class DirectoryFailure
{
    /// <summary>Ends the process.</summary>
    /// <param name="shard">Any shard.</param>
    /// <param name="what">What failed.</param>
    /// <param name="error">How.</param>
    public static void Halt(Shard shard, string what, DiskException error) => shard.Host.Halt(
        $"the data directory {shard.Node.DataDirectory} failed, and there is no other: {what}. When the disk works again the next start recovers what was written", error);
}
