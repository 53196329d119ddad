using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;
using Sluice.Storage.Disk;
using Sluice.Storage.Logs;
using Sluice.Storage.Segments;

namespace Sluice.Storage.Tests.Support;

/// <summary>Batches and readings for tests.</summary>
internal static class TestLog
{
    public const string Root = "/data";
    public const string Directory = "/data/topic-0";

    /// <summary>Kafka's defaults, but for indexes that would take 20 MiB of a disk in memory for each segment.</summary>
    public static readonly LogConfig DefaultConfig = LogConfig.Default with { SegmentIndexBytes = 64 * 1024 };

    public static MemoryDisk NewDisk()
    {
        var disk = new MemoryDisk();
        disk.CreateDirectory(Root);
        return disk;
    }

    public static PartitionLog Open(IDisk disk, LogConfig? config = null, long recoveryPoint = 0, long logStartOffset = 0, bool clean = false, long nowMs = 0, long cleanedUpTo = 0) =>
        PartitionLog.Open(new OpenFiles(disk), Directory, config ?? DefaultConfig, new LogOpenOptions(recoveryPoint, logStartOffset, clean, nowMs, CleanedUpTo: cleanedUpTo));

    public static byte[] Batch(int records, long timestamp = 1000, int valueSize = 20, CompressionCodec codec = CompressionCodec.None,
        long producerId = -1, short epoch = -1, int sequence = -1, bool transactional = false, int seed = 0)
    {
        using var builder = new RecordBatchBuilder
        {
            Codec = codec, ProducerId = producerId, ProducerEpoch = epoch, BaseSequence = sequence, IsTransactional = transactional,
        };
        var random = new Random(seed);
        for (int i = 0; i < records; i++)
        {
            byte[] value = new byte[valueSize];
            random.NextBytes(value);
            builder.Append(timestamp + i, BitConverter.GetBytes(i), value);
        }
        return builder.Build();
    }

    public static byte[] Marker(ControlRecordType type, long producerId, short epoch, int coordinatorEpoch = 0)
    {
        using var builder = new RecordBatchBuilder { IsControl = true, IsTransactional = true, ProducerId = producerId, ProducerEpoch = epoch };
        byte[] key = new byte[ControlRecord.KeySize], value = new byte[ControlRecord.MarkerValueSize];
        ControlRecord.WriteKey(key, type);
        ControlRecord.WriteMarkerValue(value, coordinatorEpoch);
        builder.Append(1000, key, value);
        return builder.Build();
    }

    /// <summary>All batches from <paramref name="from"/> to the end, read segment by segment.</summary>
    public static List<byte[]> ReadAll(PartitionLog log, long? from = null, int maxBytes = int.MaxValue)
    {
        var batches = new List<byte[]>();
        long offset = from ?? log.LogStartOffset;
        while (offset < log.LogEndOffset)
        {
            LogSlice slice = log.Read(offset, maxBytes) ?? throw new InvalidOperationException($"offset {offset} is out of range");
            byte[] bytes = new byte[slice.Records.Length];
            slice.Records.CopyTo(bytes);
            slice.Records.Release();
            foreach (RecordBatch batch in RecordBatches.Split(bytes))
            {
                Assert.Equal(BatchError.None, batch.Validate());
                batches.Add(batch.Bytes.ToArray());
                offset = batch.NextOffset;
            }
        }
        return batches;
    }

    public static long[] Offsets(PartitionLog log, long? from = null) => [.. ReadAll(log, from).Select(bytes => new RecordBatch(bytes).BaseOffset)];

    public static string File(long offset, string suffix) => $"{Directory}/{offset:D20}{suffix}";
}
