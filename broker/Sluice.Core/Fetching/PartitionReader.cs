using Sluice.Core.Partitions;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Storage.Disk;
using Sluice.Storage.Logs;

namespace Sluice.Core.Fetching;

/// <summary>Reads from a partition for fetches, on the partition's owner.</summary>
internal static class PartitionReader
{
    /// <summary>Reads for a fetch.</summary>
    /// <param name="shard">The owner.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="read">What is asked; takes the result.</param>
    /// <param name="maxBytes">The limit in bytes.</param>
    /// <param name="firstBatchAlways">Whether the first batch is given even when it is larger than the limit.</param>
    /// <param name="mayWait">Whether to wait for the device; otherwise the result says what to bring into memory first.</param>
    public static void Read(Shard shard, Partition partition, ref FetchRead read, int maxBytes, bool firstBatchAlways, bool mayWait)
    {
        if (partition.Log is not { } log)
        {
            read.Result = FetchResult.Failed(ErrorCode.KafkaStorageError);
            return;
        }
        ErrorCode error = partition.CheckEpoch(read.CurrentLeaderEpoch);
        if (error != ErrorCode.None)
        {
            read.Result = FetchResult.Failed(error, partition.LeaderEpoch);
            return;
        }
        read.Result = new FetchResult
        {
            HighWatermark = partition.HighWatermark,
            LastStableOffset = partition.HighWatermark,
            LogStartOffset = log.LogStartOffset,
            DivergingEpoch = -1,
            DivergingEndOffset = -1,
            LeaderEpoch = partition.LeaderEpoch,
            Records = Records.Empty,
        };
        // An offset that the log never had may be the mark of a log that went another way: the epochs say it better than an error.
        if (read.LastFetchedEpoch >= 0 && Diverges(log, ref read)) return;
        if (read.FetchOffset < log.LogStartOffset || read.FetchOffset > log.LogEndOffset) read.Result = FetchResult.Failed(ErrorCode.OffsetOutOfRange, partition.LeaderEpoch);
        else ReadRecords(shard, partition, log, ref read, maxBytes, firstBatchAlways, mayWait);
    }

    private static bool Diverges(PartitionLog log, ref FetchRead read)
    {
        (int epoch, long endOffset) = log.EndOffsetForEpoch(read.LastFetchedEpoch);
        if (epoch < 0)
        {
            read.Result = FetchResult.Failed(ErrorCode.OffsetOutOfRange);
            return true;
        }
        if (epoch >= read.LastFetchedEpoch && endOffset >= read.FetchOffset) return false;
        read.Result.DivergingEpoch = epoch;
        read.Result.DivergingEndOffset = endOffset;
        return true;
    }

    private static void ReadRecords(Shard shard, Partition partition, PartitionLog log, ref FetchRead read, int maxBytes, bool firstBatchAlways, bool mayWait)
    {
        // Without room no batch needs to be looked for: a request may name very many partitions.
        if (read.FetchOffset >= partition.HighWatermark || (maxBytes <= 0 && !firstBatchAlways)) return;
        try
        {
            if (log.Read(read.FetchOffset, maxBytes, partition.HighWatermark, firstBatchAlways, mayWait) is not { } slice) return;
            read.Result.Records = slice.Records;
            read.Result.Bytes = slice.Records.Length;
            read.Result.Withheld = Math.Min(slice.Withheld, Math.Max(0, read.MaxBytes - read.Result.Bytes));
            read.Result.Cold = slice.Cold;
        }
        catch (DiskException e)
        {
            // A failed read says nothing of what is written; the next one may succeed.
            shard.Host.Log(LogSeverity.Error, $"{partition.Topic}-{partition.Id} cannot be read at {read.FetchOffset}", e);
            read.Result = FetchResult.Failed(ErrorCode.KafkaStorageError, partition.LeaderEpoch);
        }
    }
}
