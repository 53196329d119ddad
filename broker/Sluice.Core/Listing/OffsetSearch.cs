using Sluice.Core.Partitions;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Logs;

namespace Sluice.Core.Listing;

/// <summary>Finds offsets in a partition by time and by leader epoch, on the partition's owner.</summary>
internal static class OffsetSearch
{
    /// <summary>Answers ListOffsets; null when that takes a search which must be continued.</summary>
    /// <param name="shard">The owner.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="timestamp">A time, or one of <see cref="OffsetQuery"/>.</param>
    /// <param name="leaderEpoch">The leader epoch that the client knows, or -1.</param>
    /// <param name="isDebugger">Whether the client may look beyond the high watermark.</param>
    /// <param name="search">The search by time, when there is one.</param>
    public static ListedOffset? Find(Shard shard, Partition partition, long timestamp, int leaderEpoch, bool isDebugger, out TimestampSearch? search)
    {
        search = null;
        if (partition.Log is not { } log) return ListedOffset.Failed(ErrorCode.KafkaStorageError);
        ErrorCode error = partition.CheckEpoch(leaderEpoch);
        if (error != ErrorCode.None) return ListedOffset.Failed(error);
        switch (timestamp)
        {
            case OffsetQuery.Latest: return new ListedOffset(ErrorCode.None, VisibleEnd(partition, log, isDebugger || PlantedPartitionFaults.Has(PlantedPartitionFault.LatestIsLogEnd)), -1, partition.LeaderEpoch);
            case OffsetQuery.Earliest or OffsetQuery.EarliestLocal: return new ListedOffset(ErrorCode.None, log.LogStartOffset, -1, log.EpochAt(log.LogStartOffset));
            case OffsetQuery.LatestTiered or OffsetQuery.EarliestPendingUpload: return ListedOffset.None;
            default:
                search = new TimestampSearch(timestamp == OffsetQuery.MaxTimestamp ? null : timestamp);
                return Continue(shard, partition, search, isDebugger);
        }
    }

    /// <summary>Goes on with a search by time; null when its next step must be done off the shard first.</summary>
    /// <param name="shard">The owner.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="search">The search.</param>
    /// <param name="isDebugger">Whether the client may look beyond the high watermark.</param>
    public static ListedOffset? Continue(Shard shard, Partition partition, TimestampSearch search, bool isDebugger)
    {
        if (partition.Log is not { } log) return ListedOffset.Failed(ErrorCode.KafkaStorageError);
        try
        {
            if (!log.Continue(search)) return null;
            return search.Found is { } at && at.Offset < VisibleEnd(partition, log, isDebugger || PlantedPartitionFaults.Has(PlantedPartitionFault.TimesBeyondHighWatermark)) ? new ListedOffset(ErrorCode.None, at.Offset, at.Timestamp, at.LeaderEpoch) : ListedOffset.None;
        }
        catch (DiskException e)
        {
            shard.Host.Log(LogSeverity.Error, $"{partition.Topic}-{partition.Id} cannot be searched by time", e);
            return ListedOffset.Failed(ErrorCode.KafkaStorageError);
        }
    }

    /// <summary>Answers OffsetForLeaderEpoch.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="known">The leader epoch that the client knows, or -1.</param>
    /// <param name="epoch">The epoch whose end is asked for.</param>
    /// <param name="end">Where it ends.</param>
    public static ErrorCode FindEndOfEpoch(Partition partition, int known, int epoch, out EpochEnd end)
    {
        end = EpochEnd.Unknown;
        if (partition.Log is not { } log) return ErrorCode.KafkaStorageError;
        ErrorCode error = partition.CheckEpoch(known);
        // The leader's own epoch ends where the log does, also while nothing was written in it.
        if (error == ErrorCode.None) end = epoch == partition.LeaderEpoch ? new EpochEnd(epoch, log.LogEndOffset) : log.EndOffsetForEpoch(epoch);
        return error;
    }

    private static long VisibleEnd(Partition partition, PartitionLog log, bool isDebugger) => isDebugger ? log.LogEndOffset : partition.HighWatermark;
}
