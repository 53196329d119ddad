using FsCheck;
using FsCheck.Fluent;
using Sluice.Protocol.Batches;
using Sluice.Storage.Logs;
using Sluice.Storage.Tests.Support;

namespace Sluice.Storage.Tests;

/// <summary>Random steps on a log and on a plain list of batches must see the same.</summary>
public class ModelTests
{
    private static readonly LogConfig Config = TestLog.DefaultConfig with
    {
        SegmentBytes = 900, IndexIntervalBytes = 80, SegmentIndexBytes = 1200, RetentionBytes = 3000, FileDeleteDelayMs = 0,
    };

    [Fact]
    public void A_log_is_a_list_of_batches() =>
        Prop.ForAll<int>(seed => Run(seed, steps: 120)).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(150));

    private static void Run(int seed, int steps)
    {
        var random = new Random(seed);
        var model = new Model();
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk, Config);
        for (int step = 0; step < steps; step++)
        {
            switch (random.Next(12))
            {
                case < 6:
                    byte[] batch = TestLog.Batch(random.Next(1, 5), timestamp: random.Next(10_000), valueSize: random.Next(1, 80), seed: random.Next());
                    model.Append(batch, log.Append(batch, step / 30, step).FirstOffset);
                    break;
                case 6:
                    long target = model.Start + random.NextInt64(model.End - model.Start + 2);
                    log.TruncateTo(target, step);
                    model.TruncateTo(target);
                    break;
                case 7:
                    long start = model.Start + random.NextInt64(model.End - model.Start + 1);
                    log.AdvanceLogStartOffset(start);
                    model.Start = start;
                    break;
                case 8:
                    log.DeleteOldSegments(step, log.LogEndOffset);
                    model.DropBefore(log.LogStartOffset);
                    break;
                case 9:
                    log.Flush(step);
                    Assert.Equal(model.End, log.RecoveryPoint);
                    break;
                case 10:
                    bool clean = random.Next(2) == 0;
                    if (clean)
                        log.Close(clean: true, step);
                    disk = disk.Kill();
                    log = TestLog.Open(disk, Config, log.RecoveryPoint, log.LogStartOffset, clean, step);
                    Assert.Equal(0, log.Recovery.BytesCut);
                    break;
                default:
                    log.CloseFiles();
                    break;
            }
            Compare(log, model, random, $"seed {seed}, step {step}");
        }
    }

    private static void Compare(PartitionLog log, Model model, Random random, string where)
    {
        Assert.True((model.Start, model.End) == (log.LogStartOffset, log.LogEndOffset), $"{where}: {model.Start}-{model.End}, not {log.LogStartOffset}-{log.LogEndOffset}");
        long offset = model.Start + random.NextInt64(model.End - model.Start + 1);
        List<byte[]> expected = [.. model.Batches.Where(batch => new RecordBatch(batch).LastOffset >= offset)];
        Assert.Equal(expected, TestLog.ReadAll(log, offset));
        long time = random.Next(10_000);
        Assert.True(model.OffsetForTimestamp(time) == (log.OffsetForTimestamp(time)?.Offset ?? -1), $"{where}: time {time}");
    }

    private sealed class Model
    {
        public List<byte[]> Batches { get; } = [];

        public long Start { get; set; }

        public long End { get; private set; }

        public void Append(byte[] batch, long offset)
        {
            Assert.Equal(End, offset);
            Batches.Add(batch);
            End = new RecordBatch(batch).NextOffset;
        }

        public void TruncateTo(long target)
        {
            if (target >= End)
                return;
            int kept = Batches.FindIndex(batch => new RecordBatch(batch).LastOffset >= target);
            long end = kept < 0 ? target : Math.Min(target, new RecordBatch(Batches[kept]).BaseOffset);
            if (kept >= 0)
                Batches.RemoveRange(kept, Batches.Count - kept);
            End = end;
            Start = Math.Min(Start, End);
        }

        public void DropBefore(long start)
        {
            Start = start;
            Batches.RemoveAll(batch => new RecordBatch(batch).LastOffset < start);
        }

        public long OffsetForTimestamp(long time)
        {
            foreach (byte[] bytes in Batches)
            {
                var batch = new RecordBatch(bytes);
                var reader = new RecordReader(batch.Body, batch.RecordCount);
                while (reader.TryRead(out Sluice.Protocol.Batches.Record record))
                {
                    if (batch.BaseOffset + record.OffsetDelta >= Start && batch.BaseTimestamp + record.TimestampDelta >= time)
                        return batch.BaseOffset + record.OffsetDelta;
                }
            }
            return -1;
        }
    }
}
