using Sluice.Core.Shards;
using Sluice.Storage.Disk;
using Sluice.Storage.Logs;

namespace Sluice.Core.Partitions;

/// <summary>
/// Closes a shard's logs at the node's end. A few are flushed one by one; thousands, as after a start without clean shutdown, when nobody
/// knows what the run before has flushed, are written first and then flushed together: some ten flushes for each would take minutes.
/// </summary>
internal sealed class PartitionClosing(Shard shard, IReadOnlyCollection<Partition> partitions)
{
    private const int FlushedOneByOneMax = 8;

    /// <summary>Closes all.</summary>
    /// <returns>Whether all of them are whole on the disk.</returns>
    public bool Run()
    {
        List<Partition> changed = [.. partitions.Where(partition => partition.Log is { IsChanged: true, IsFailed: false })];
        bool isClean = changed.Count <= FlushedOneByOneMax || CloseTogether(changed);
        // Closing once more what is closed does nothing; these are the others, and all of them where the disk cannot flush all at once.
        foreach (Partition partition in partitions) isClean &= partition.Close(shard);
        return isClean;
    }

    private bool CloseTogether(List<Partition> changed)
    {
        var closed = new List<PartitionLog>(changed.Count);
        foreach (Partition partition in changed)
        {
            if (partition.Log is { } log && TryBegin(partition, log)) closed.Add(log);
        }
        try
        {
            if (!shard.Node.Disk.TrySyncAll(shard.Node.DataDirectory)) return true;
            closed.ForEach(log => log.EndClose(isDurable: true));
            return true;
        }
        catch (DiskException e)
        {
            shard.Host.Log(LogSeverity.Error, $"the logs of {shard.Node.DataDirectory} could not be flushed", e);
            closed.ForEach(log => log.EndClose(isDurable: false));
            return false;
        }
    }

    private bool TryBegin(Partition partition, PartitionLog log)
    {
        try
        {
            return log.BeginClose(shard.NowMs);
        }
        catch (DiskException e)
        {
            shard.Host.Log(LogSeverity.Error, $"{partition.Topic}-{partition.Id} could not be closed", e);
            return false;
        }
    }
}
