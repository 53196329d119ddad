using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;
using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Logs;
using Sluice.Storage.Producers;
using Sluice.Storage.Segments;
using Sluice.Storage.Tests.Support;

namespace Sluice.Storage.Tests;

public class PartitionLogTests
{
    private static readonly LogConfig Small = TestLog.DefaultConfig with { SegmentBytes = 1000, IndexIntervalBytes = 100, SegmentIndexBytes = 1200 };

    [Fact]
    public void Appended_batches_get_offsets_and_read_back()
    {
        PartitionLog log = TestLog.Open(TestLog.NewDisk());
        AppendInfo first = log.Append(TestLog.Batch(3), leaderEpoch: 5, nowMs: 1);
        AppendInfo second = log.Append(TestLog.Batch(2, timestamp: 2000), leaderEpoch: 5, nowMs: 2);
        Assert.Equal((0L, 2L), (first.FirstOffset, first.LastOffset));
        Assert.Equal((3L, 4L, 2001L), (second.FirstOffset, second.LastOffset, second.MaxTimestamp));
        Assert.Equal(5, log.LogEndOffset);
        List<byte[]> batches = TestLog.ReadAll(log);
        Assert.Equal([0L, 3L], batches.Select(bytes => new RecordBatch(bytes).BaseOffset));
        Assert.All(batches, bytes => Assert.Equal(5, new RecordBatch(bytes).PartitionLeaderEpoch));
    }

    [Fact]
    public void A_read_begins_with_the_batch_that_holds_the_offset()
    {
        PartitionLog log = TestLog.Open(TestLog.NewDisk());
        for (int i = 0; i < 10; i++)
            log.Append(TestLog.Batch(3), 0, 0);
        Assert.Equal(12, log.Read(13, int.MaxValue)!.Value.BaseOffset);
        Assert.Equal(27, log.Read(29, int.MaxValue)!.Value.BaseOffset);
        Assert.Equal(0, log.Read(30, int.MaxValue)!.Value.Records.Length);
        Assert.Null(log.Read(31, int.MaxValue));
        Assert.Null(log.Read(-1, int.MaxValue));
    }

    [Fact]
    public void A_read_ends_at_its_limit_and_at_the_bound()
    {
        PartitionLog log = TestLog.Open(TestLog.NewDisk());
        int size = TestLog.Batch(3).Length;
        for (int i = 0; i < 10; i++)
            log.Append(TestLog.Batch(3), 0, 0);
        Assert.Equal(2 * size + 10, log.Read(3, 2 * size + 10)!.Value.Records.Length);
        Assert.Equal(size, log.Read(3, 1)!.Value.Records.Length);
        Assert.True(log.Read(3, 1, minOneBatch: false)!.Value.FirstBatchTooLarge);
        Assert.Equal(size, log.Read(3, int.MaxValue, upToOffset: 6)!.Value.Records.Length);
        Assert.Equal(0, log.Read(6, int.MaxValue, upToOffset: 6)!.Value.Records.Length);
        Assert.Equal(3 * size, log.Read(0, int.MaxValue, upToOffset: 11)!.Value.Records.Length);
    }

    [Fact]
    public void Segments_roll_by_size_and_reads_cross_them()
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk, Small);
        for (int i = 0; i < 100; i++)
            Assert.Equal(i, log.Append(TestLog.Batch(1, timestamp: 1000 + i), 0, 0).FirstOffset);
        Assert.True(log.SegmentCount >= 10);
        Assert.All(disk.List(TestLog.Directory).Where(file => file.Name.EndsWith(".log", StringComparison.Ordinal)), file => Assert.True(disk.FileLength($"{TestLog.Directory}/{file.Name}") <= 1000));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (long)i), TestLog.Offsets(log));
        Assert.Equal(Enumerable.Range(57, 43).Select(i => (long)i), TestLog.Offsets(log, 57));
    }

    [Fact]
    public void A_segment_rolls_when_its_first_batch_is_older_than_segment_ms()
    {
        PartitionLog log = TestLog.Open(TestLog.NewDisk(), TestLog.DefaultConfig with { SegmentMs = 100 });
        log.Append(TestLog.Batch(1, timestamp: 5000), 0, 0);
        Assert.False(log.Append(TestLog.Batch(1, timestamp: 5100), 0, 10_000).Rolled);
        Assert.True(log.Append(TestLog.Batch(1, timestamp: 5101), 0, 10_000).Rolled);
        Assert.False(log.Append(TestLog.Batch(1, timestamp: 1), 0, 99_000).Rolled);
    }

    [Fact]
    public void A_segment_of_batches_without_timestamps_rolls_by_the_clock()
    {
        PartitionLog log = TestLog.Open(TestLog.NewDisk(), TestLog.DefaultConfig with { SegmentMs = 100 }, nowMs: 50);
        log.Append(TestLog.Batch(1, timestamp: -1), 0, 60);
        Assert.False(log.Append(TestLog.Batch(1, timestamp: -1), 0, 150).Rolled);
        Assert.True(log.Append(TestLog.Batch(1, timestamp: -1), 0, 151).Rolled);
    }

    [Fact]
    public void A_segment_rolls_when_an_index_is_full()
    {
        PartitionLog log = TestLog.Open(TestLog.NewDisk(), TestLog.DefaultConfig with { IndexIntervalBytes = 0, SegmentIndexBytes = 48 });
        for (int i = 0; i < 20; i++)
            log.Append(TestLog.Batch(1, timestamp: i), 0, 0);
        Assert.True(log.SegmentCount >= 4);
        Assert.Equal(20, TestLog.ReadAll(log).Count);
    }

    [Fact]
    public void A_segment_rolls_before_an_offset_leaves_the_range_of_its_index()
    {
        PartitionLog log = TestLog.Open(TestLog.NewDisk());
        log.AppendAsFollower(Replicated(0), 0);
        Assert.True(log.AppendAsFollower(Replicated(int.MaxValue + 1L), 0).Rolled);
        Assert.Equal([0L, int.MaxValue + 1L], TestLog.Offsets(log));
        Assert.Equal(2, log.SegmentCount);
    }

    [Fact]
    public void A_follower_keeps_offsets_and_epochs_and_refuses_damage()
    {
        PartitionLog log = TestLog.Open(TestLog.NewDisk());
        log.AppendAsFollower(Replicated(10, epoch: 3), 0);
        Assert.Equal(11, log.LogEndOffset);
        Assert.Equal(3, log.LatestEpoch);
        Assert.Throws<ArgumentException>(() => log.AppendAsFollower(Replicated(10), 0));
        byte[] damaged = Replicated(11);
        damaged[^1] ^= 1;
        Assert.Throws<ArgumentException>(() => log.AppendAsFollower(damaged, 0));
        Assert.Equal(11, log.LogEndOffset);
    }

    [Fact]
    public void A_segment_that_was_empty_for_long_counts_its_time_from_the_first_batch_that_is_staged()
    {
        PartitionLog log = TestLog.Open(TestLog.NewDisk(), TestLog.DefaultConfig with { SegmentMs = 100 });
        log.Stage(TestLog.Batch(1, timestamp: 5000), 0, 5000);
        log.Stage(TestLog.Batch(1, timestamp: 5100), 0, 5000);
        log.WriteStaged();
        Assert.Equal(1, log.SegmentCount);
        log.Roll(5000);
        log.Stage(TestLog.Batch(1, timestamp: 5100), 0, 5000);
        log.Stage(TestLog.Batch(1, timestamp: 5201), 0, 5000);
        log.WriteStaged();
        Assert.Equal(3, log.SegmentCount);
    }

    [Fact]
    public void Staged_appends_go_out_as_one_write()
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk);
        int before = disk.WriteCalls;
        for (int i = 0; i < 5; i++)
            Assert.Equal(i * 2, log.Stage(TestLog.Batch(2), 0, 0).FirstOffset);
        Assert.Equal(0, log.LogEndOffset);
        log.WriteStaged();
        Assert.Equal(10, log.LogEndOffset);
        // One for the log, one for the leader epoch checkpoint.
        Assert.Equal(2, disk.WriteCalls - before);
        Assert.Equal([0L, 2L, 4L, 6L, 8L], TestLog.Offsets(log));
    }

    [Fact]
    public void Staged_appends_survive_a_roll_between_them()
    {
        PartitionLog log = TestLog.Open(TestLog.NewDisk(), Small);
        for (int i = 0; i < 50; i++)
            log.Stage(TestLog.Batch(1, timestamp: i), 0, 0);
        log.WriteStaged();
        Assert.Equal(50, TestLog.ReadAll(log).Count);
        Assert.True(log.SegmentCount > 3);
    }

    [Fact]
    public void Time_leads_to_the_first_record_that_is_not_older()
    {
        PartitionLog log = TestLog.Open(TestLog.NewDisk(), Small);
        for (int i = 0; i < 60; i++)
            log.Append(TestLog.Batch(2, timestamp: 1000 + i * 10, codec: i % 2 == 0 ? CompressionCodec.Gzip : CompressionCodec.None), leaderEpoch: 4, 0);
        Assert.Equal(new TimestampOffset(1000, 0, 4), log.OffsetForTimestamp(0));
        Assert.Equal(new TimestampOffset(1001, 1, 4), log.OffsetForTimestamp(1001));
        Assert.Equal(new TimestampOffset(1010, 2, 4), log.OffsetForTimestamp(1002));
        Assert.Equal(new TimestampOffset(1590, 118, 4), log.OffsetForTimestamp(1590));
        Assert.Null(log.OffsetForTimestamp(1592));
        Assert.Equal(new TimestampOffset(1591, 119, 4), log.OffsetOfMaxTimestamp());
        log.AdvanceLogStartOffset(50);
        Assert.Equal(50, log.OffsetForTimestamp(0)!.Value.Offset);
        Assert.Null(TestLog.Open(TestLog.NewDisk()).OffsetOfMaxTimestamp());
    }

    [Fact]
    public void Time_look_ups_do_not_trust_that_timestamps_grow()
    {
        PartitionLog log = TestLog.Open(TestLog.NewDisk(), Small);
        long[] times = [500, 100, 900, 200, 300, 950, 10, 20, 30, 40, 960, 5];
        foreach (long time in times)
            log.Append(TestLog.Batch(1, timestamp: time, valueSize: 60), 0, 0);
        for (long target = 0; target <= 961; target += 7)
        {
            int expected = Array.FindIndex(times, time => time >= target);
            Assert.Equal(expected, (int)(log.OffsetForTimestamp(target)?.Offset ?? -1));
        }
        Assert.Equal(new TimestampOffset(960, 10, 0), log.OffsetOfMaxTimestamp());
    }

    [Fact]
    public void Append_time_batches_answer_with_their_append_time()
    {
        PartitionLog log = TestLog.Open(TestLog.NewDisk());
        byte[] batch = TestLog.Batch(3, timestamp: 10);
        RecordBatch.SetMaxTimestamp(batch, TimestampType.LogAppendTime, 7777);
        log.Append(batch, 0, 0);
        Assert.Equal(new TimestampOffset(7777, 0, 0), log.OffsetForTimestamp(500));
        Assert.Equal(new TimestampOffset(7777, 0, 0), log.OffsetOfMaxTimestamp());
    }

    [Fact]
    public void A_search_by_time_stops_at_a_batch_whose_body_is_no_records()
    {
        PartitionLog log = TestLog.Open(TestLog.NewDisk());
        log.Append(TestLog.Batch(3, timestamp: 10), 0, 0);
        byte[] garbage = TestLog.Batch(3, timestamp: 100, codec: CompressionCodec.Gzip);
        garbage.AsSpan(RecordBatch.HeaderSize).Fill(7);
        RecordBatch.SetMaxTimestamp(garbage, TimestampType.CreateTime, 102);
        log.Append(garbage, 0, 0);
        Assert.Equal(new TimestampOffset(102, 3, 0), log.OffsetForTimestamp(50));
        Assert.Equal(new TimestampOffset(102, 3, 0), log.OffsetOfMaxTimestamp());
        byte[] nonsense = TestLog.Batch(3, timestamp: 200);
        nonsense.AsSpan(RecordBatch.HeaderSize).Fill(0xFF);
        RecordBatch.SetMaxTimestamp(nonsense, TimestampType.CreateTime, 202);
        log.Append(nonsense, 0, 0);
        log.Append(TestLog.Batch(1, timestamp: 300), 0, 0);
        Assert.Equal(new TimestampOffset(300, 9, 0), log.OffsetForTimestamp(150));
    }

    [Fact]
    public void Epochs_tell_where_they_end()
    {
        PartitionLog log = TestLog.Open(TestLog.NewDisk());
        log.Append(TestLog.Batch(5), leaderEpoch: 1, 0);
        log.Append(TestLog.Batch(5), leaderEpoch: 4, 0);
        log.Append(TestLog.Batch(5), leaderEpoch: 6, 0);
        Assert.Equal(new EpochEnd(0, 0), log.EndOffsetForEpoch(0));
        Assert.Equal(new EpochEnd(1, 5), log.EndOffsetForEpoch(1));
        Assert.Equal(new EpochEnd(1, 5), log.EndOffsetForEpoch(3));
        Assert.Equal(new EpochEnd(4, 10), log.EndOffsetForEpoch(5));
        Assert.Equal(new EpochEnd(6, 15), log.EndOffsetForEpoch(6));
        Assert.Equal(EpochEnd.Unknown, log.EndOffsetForEpoch(7));
        Assert.Equal(EpochEnd.Unknown, log.EndOffsetForEpoch(-1));
        Assert.Equal([1, 1, 4, 6], new long[] { 0, 4, 5, 14 }.Select(log.EpochAt));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_log_opens_as_it_was_closed(bool clean)
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk, Small);
        for (int i = 0; i < 80; i++)
            log.Append(TestLog.Batch(2, timestamp: 100 * i, seed: i), leaderEpoch: i / 30, 0);
        List<byte[]> before = TestLog.ReadAll(log);
        long flushed = 0;
        if (clean)
        {
            Assert.True(log.Close(clean: true, 0));
            flushed = log.RecoveryPoint;
            Assert.Equal(160, flushed);
        }
        PartitionLog again = TestLog.Open(clean ? disk : disk.Kill(), Small, flushed, clean: clean);
        Assert.Equal(0, again.Recovery.BytesCut);
        Assert.Equal(clean, again.Recovery.SegmentsChecked == 0);
        Assert.Equal(160, again.LogEndOffset);
        Assert.Equal(before, TestLog.ReadAll(again));
        Assert.Equal(2, again.LatestEpoch);
        Assert.Equal(new EpochEnd(0, 60), again.EndOffsetForEpoch(0));
        Assert.Equal(log.OffsetOfMaxTimestamp(), again.OffsetOfMaxTimestamp());
        Assert.Equal(160, again.Append(TestLog.Batch(1), 2, 0).FirstOffset);
    }

    [Fact]
    public void A_clean_close_survives_a_power_cut()
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk, Small);
        for (int i = 0; i < 80; i++)
            log.Append(TestLog.Batch(2, timestamp: 100 * i, producerId: 7, epoch: 0, sequence: 2 * i), leaderEpoch: i / 30, 0);
        List<byte[]> before = TestLog.ReadAll(log);
        log.Close(clean: true, 0);
        PartitionLog again = TestLog.Open(disk.Crash(), Small, 160, clean: true);
        Assert.Equal(0, again.Recovery.SegmentsChecked);
        Assert.Equal(before, TestLog.ReadAll(again));
        Assert.Equal(new EpochEnd(1, 120), again.EndOffsetForEpoch(1));
        Assert.Equal(ProducerCheck.Duplicate, again.Append(TestLog.Batch(2, producerId: 7, epoch: 0, sequence: 158), 2, 0).Check);
    }

    [Fact]
    public void Preallocated_segments_are_cut_to_their_size_when_closed()
    {
        MemoryDisk disk = TestLog.NewDisk();
        LogConfig config = Small with { Preallocate = true };
        PartitionLog log = TestLog.Open(disk, config);
        log.Append(TestLog.Batch(1), 0, 0);
        Assert.Equal(1000, disk.FileLength(TestLog.File(0, ".log")));
        PartitionLog killed = TestLog.Open(disk.Kill(), config);
        Assert.Equal(1, killed.LogEndOffset);
        Assert.Null(killed.Recovery.Reason);
        log.Close(clean: true, 0);
        Assert.Equal(TestLog.Batch(1).Length, disk.FileLength(TestLog.File(0, ".log")));
        Assert.Equal(1, TestLog.Open(disk, config, 1, clean: true).LogEndOffset);
    }

    [Fact]
    public void Files_close_when_idle_and_open_again_on_demand()
    {
        MemoryDisk disk = TestLog.NewDisk();
        var files = new OpenFiles(disk, segmentsMax: 3);
        var logs = Enumerable.Range(0, 10)
            .Select(i => PartitionLog.Open(files, $"/data/topic-{i}", Small, new LogOpenOptions(0, 0, false, 0))).ToList();
        for (int round = 0; round < 30; round++)
        {
            foreach (PartitionLog log in logs)
                log.Append(TestLog.Batch(1, timestamp: round), 0, 0);
        }
        Assert.Equal(3, files.Count);
        Assert.True(disk.OpenFiles <= 9);
        files.CloseIdle();
        files.CloseIdle();
        Assert.Equal(0, files.Count);
        Assert.Equal(0, disk.OpenFiles);
        Assert.All(logs, log => Assert.Equal(30, TestLog.ReadAll(log).Count));
    }

    [Fact]
    public void When_the_process_has_no_descriptors_left_the_ones_unused_for_longest_close()
    {
        MemoryDisk disk = TestLog.NewDisk();
        var files = new OpenFiles(disk);
        disk.Fault = (operation, path) =>
        {
            if (operation == "open" && disk.OpenFiles >= 7)
                throw new DiskException(DiskErrorKind.TooManyOpenFiles, path, "no descriptors left");
        };
        var logs = Enumerable.Range(0, 10)
            .Select(i => PartitionLog.Open(files, $"/data/topic-{i}", Small, new LogOpenOptions(0, 0, false, 0))).ToList();
        for (int round = 0; round < 20; round++)
        {
            foreach (PartitionLog log in logs)
                log.Append(TestLog.Batch(1, timestamp: round), 0, 0);
        }
        Assert.All(logs, log => Assert.Equal(20, TestLog.ReadAll(log).Count));
    }

    [Fact]
    public void A_slice_keeps_its_file_open_until_released()
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk);
        log.Append(TestLog.Batch(1), 0, 0);
        LogSlice slice = log.Read(0, 1000)!.Value;
        log.CloseFiles();
        Assert.Equal(1, disk.OpenFiles);
        byte[] bytes = new byte[slice.Records.Length];
        slice.Records.CopyTo(bytes);
        Assert.Equal(BatchError.None, new RecordBatch(bytes).Validate());
        slice.Records.Release();
        Assert.Equal(0, disk.OpenFiles);
    }

    [Fact]
    public void Reads_at_the_end_of_the_log_find_each_write_through_rolls_and_cuts()
    {
        PartitionLog log = TestLog.Open(TestLog.NewDisk(), Small);
        for (int i = 0; i < 60; i++)
        {
            long next = log.LogEndOffset;
            log.Stage(TestLog.Batch(2), 0, 0);
            log.Stage(TestLog.Batch(1), 0, 0);
            log.WriteStaged();
            Assert.Equal(next, log.Read(next, 1)!.Value.BaseOffset);
            Assert.Equal(next, log.Read(next + 1, 1)!.Value.BaseOffset);
            Assert.Equal(next + 2, log.Read(next + 2, 1)!.Value.BaseOffset);
            if (i % 7 == 3)
            {
                log.TruncateTo(next, 0);
                Assert.Equal(0, log.Read(next, 1)!.Value.Records.Length);
            }
        }
    }

    private static byte[] Replicated(long offset, int epoch = 0)
    {
        byte[] batch = TestLog.Batch(1);
        RecordBatch.SetBaseOffset(batch, offset);
        RecordBatch.SetPartitionLeaderEpoch(batch, epoch);
        return batch;
    }
}
