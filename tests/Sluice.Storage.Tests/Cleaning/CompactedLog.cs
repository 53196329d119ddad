using System.Text;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;
using Sluice.Storage.Cleaning;
using Sluice.Storage.Logs;
using Sluice.Storage.Producers;
using Sluice.Storage.Tests.Support;
using Record = Sluice.Protocol.Batches.Record;

namespace Sluice.Storage.Tests.Cleaning;

/// <summary>A compacted log with keys and values that tests can read, and a cleaner driven by hand.</summary>
internal sealed class CompactedLog
{
    public static readonly LogConfig Config = TestLog.DefaultConfig with
    {
        SegmentBytes = 400, Compact = true, Delete = false, RetentionMs = -1, MinCleanableDirtyRatio = 0, DeleteRetentionMs = 1000, IndexIntervalBytes = 100, SegmentIndexBytes = 4096,
    };

    public static readonly CleaningLimits Limits = new(DedupeBytes: 1 << 20, IoBufferBytes: 4096, LoadFactor: 0.9);

    public CompactedLog(MemoryDisk? disk = null, LogConfig? config = null)
    {
        Disk = disk ?? TestLog.NewDisk();
        Log = TestLog.Open(Disk, config ?? Config);
    }

    public MemoryDisk Disk { get; }

    public PartitionLog Log { get; private set; }

    /// <summary>The cleaner's checkpoint.</summary>
    public long? CleanedUpTo { get; set; }

    public static byte[] Batch(IEnumerable<(string? Key, string? Value)> records, long timestamp = 1000, CompressionCodec codec = CompressionCodec.None,
        long producerId = -1, int sequence = -1, bool transactional = false, TimestampType type = TimestampType.CreateTime)
    {
        using var builder = new RecordBatchBuilder
        {
            Codec = codec, ProducerId = producerId, ProducerEpoch = (short)(producerId < 0 ? -1 : 0), BaseSequence = sequence, IsTransactional = transactional, TimestampType = type,
        };
        foreach ((string? key, string? value) in records)
            builder.Append(timestamp++, key is null ? null : Encoding.UTF8.GetBytes(key), value is null ? null : Encoding.UTF8.GetBytes(value));
        return builder.Build();
    }

    public long Put(string? key, string? value, long timestamp = 1000) => Append(Batch([(key, value)], timestamp));

    public long Append(byte[] batch, AppendOrigin origin = AppendOrigin.Client)
    {
        AppendInfo info = Log.Append(batch, 0, 0, origin);
        Assert.Equal(ProducerCheck.Accepted, info.Check);
        return info.FirstOffset;
    }

    /// <summary>Begins a new segment and flushes, so that all before can be cleaned.</summary>
    public void Roll()
    {
        Log.Roll(0);
        Log.Flush(0);
    }

    public LogCleaning Begin(long nowMs = 0, CleaningLimits? limits = null) =>
        Log.BeginCleaning(Log.FindCleanable(CleanedUpTo, Log.LogEndOffset, nowMs), limits ?? Limits, nowMs);

    /// <summary>Cleans once, in steps of a few bytes.</summary>
    public CleaningStatistics Clean(long nowMs = 0, CleaningLimits? limits = null)
    {
        LogCleaning cleaning = Begin(nowMs, limits);
        Assert.Equal(CleaningStep.Finished, Drive(cleaning, nowMs));
        CleanedUpTo = cleaning.EndOffset;
        return cleaning.Statistics;
    }

    /// <summary>Takes a cleaning to its end, whatever it is.</summary>
    public CleaningStep Drive(LogCleaning cleaning, long nowMs = 0, Action? between = null)
    {
        CleaningStep step;
        do
        {
            step = cleaning.Step(bytesMax: 100);
            if (step == CleaningStep.SwapDue) Log.SwapCleaned(cleaning, nowMs);
            between?.Invoke();
        }
        while (step is CleaningStep.Working or CleaningStep.SwapDue);
        Log.EndCleaning(cleaning);
        return step;
    }

    /// <summary>Opens the log anew, as after a kill.</summary>
    public void Reopen(LogConfig? config = null, long recoveryPoint = 0) => Log = TestLog.Open(Disk, config ?? Config, recoveryPoint);

    /// <summary>The records as "offset key=value", a tombstone without a value.</summary>
    public List<string> Records() => Records(Log);

    public static List<string> Records(PartitionLog log)
    {
        var records = new List<string>();
        Visit(log, (long offset, in RecordBatch _, in Record record) =>
            records.Add($"{offset} {(record.KeyIsNull ? "null" : Encoding.UTF8.GetString(record.Key))}={Encoding.UTF8.GetString(record.Value)}"));
        return records;
    }

    /// <summary>The value of each key that a reader from the beginning ends up with.</summary>
    public static Dictionary<string, string> Table(PartitionLog log)
    {
        var table = new Dictionary<string, string>();
        Visit(log, (long _, in RecordBatch _, in Record record) =>
        {
            if (record.ValueIsNull) table.Remove(Encoding.UTF8.GetString(record.Key));
            else table[Encoding.UTF8.GetString(record.Key)] = Encoding.UTF8.GetString(record.Value);
        });
        return table;
    }

    public delegate void Visitor(long offset, in RecordBatch batch, in Record record);

    public static void Visit(PartitionLog log, Visitor visit)
    {
        foreach (byte[] bytes in TestLog.ReadAll(log))
        {
            var batch = new RecordBatch(bytes);
            using var body = new PooledBuffer();
            if (batch.RecordCount > 0) Codecs.Decompress(batch.Codec, batch.Body, body, new DecompressionLimit(1 << 20));
            var reader = new RecordReader(body.WrittenSpan, batch.RecordCount);
            while (reader.TryRead(out Record record)) visit(batch.BaseOffset + record.OffsetDelta, batch, record);
            Assert.Equal(BatchError.None, reader.Error);
        }
    }
}
