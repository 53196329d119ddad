using Sluice.Core.Partitions;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Storage.Cleaning;
using Sluice.Storage.Disk;

namespace Sluice.Core.Cleaning;

/// <summary>A log that it is time to clean.</summary>
internal readonly record struct CleanerCandidate(Uuid Topic, int Partition, string Name, int Owner, double Ratio);

/// <summary>Asks one shard which of its logs are dirty; goes there and comes back.</summary>
internal sealed class CleanerSurvey(LogCleaner cleaner) : ShardTask
{
    private bool _isAnswered;

    /// <summary>The logs that it is time to clean.</summary>
    public List<CleanerCandidate> Candidates { get; } = [];

    /// <summary>The share of dirty bytes of the dirtiest log.</summary>
    public double DirtiestRatio { get; private set; }

    /// <summary>How long the oldest record has waited longer than its topic allows, in milliseconds.</summary>
    public long DelayMsMax { get; private set; }

    /// <summary>Logs that cannot be cleaned, because they are damaged.</summary>
    public int Uncleanable { get; private set; }

    /// <summary>What of them should be cleaned, in bytes.</summary>
    public long UncleanableBytes { get; private set; }

    /// <inheritdoc/>
    public override void Run(Shard shard)
    {
        if (_isAnswered)
        {
            cleaner.Surveyed(shard, this);
            return;
        }
        foreach (Partition partition in shard.Partitions.All) Look(shard, partition);
        _isAnswered = true;
        shard.Host.Post(0, this);
    }

    private void Look(Shard shard, Partition partition)
    {
        if (partition.Log is not { IsFailed: false, IsCleaning: false } log || !log.Config.Compact) return;
        CleanableRange range;
        try
        {
            range = log.FindCleanable(partition.CleanedUpTo, partition.StableEnd, shard.NowMs);
        }
        catch (DiskException e)
        {
            shard.Host.Log(LogSeverity.Warning, $"what of {partition.Topic}-{partition.Id} can be cleaned cannot be told; trying again", e);
            return;
        }
        if (partition.IsUncleanable)
        {
            Uncleanable++;
            UncleanableBytes += range.CleanableBytes;
            return;
        }
        if (range.TotalBytes > 0) DirtiestRatio = Math.Max(DirtiestRatio, range.Ratio);
        DelayMsMax = Math.Max(DelayMsMax, range.CompactionDelayMs);
        if (range.IsDue(log.Config.MinCleanableDirtyRatio))
            Candidates.Add(new CleanerCandidate(partition.TopicId, partition.Id, $"{partition.Topic}-{partition.Id}", shard.Index, range.Ratio));
    }
}
