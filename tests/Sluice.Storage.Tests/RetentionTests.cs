using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Logs;
using Sluice.Storage.Producers;
using Sluice.Storage.Tests.Support;

namespace Sluice.Storage.Tests;

public class RetentionTests
{
    private static readonly LogConfig Small = TestLog.DefaultConfig with { SegmentBytes = 500, RetentionMs = -1, FileDeleteDelayMs = 1000 };
    private readonly MemoryDisk _disk = TestLog.NewDisk();

    private PartitionLog Filled(LogConfig config, int batches = 30)
    {
        PartitionLog log = TestLog.Open(_disk, config);
        for (int i = 0; i < batches; i++)
            log.Append(TestLog.Batch(1, timestamp: 1000 * i), 0, 0);
        return log;
    }

    [Fact]
    public void Segments_go_once_their_newest_record_is_too_old()
    {
        PartitionLog log = Filled(Small with { RetentionMs = 10_000 });
        int segments = log.SegmentCount;
        Assert.Equal(0, log.DeleteOldSegments(nowMs: 10_000, highWatermark: 30));
        int taken = log.DeleteOldSegments(nowMs: 25_000, highWatermark: 30);
        Assert.True(taken > 0);
        Assert.Equal(segments - taken, log.SegmentCount);
        Assert.Equal(log.LogStartOffset, TestLog.Offsets(log)[0]);
        Assert.InRange(log.LogStartOffset, 10, 15);
        Assert.Null(log.Read(log.LogStartOffset - 1, 1));
    }

    [Fact]
    public void When_all_is_too_old_an_empty_segment_stays()
    {
        PartitionLog log = Filled(Small with { RetentionMs = 10_000 });
        log.DeleteOldSegments(nowMs: 1_000_000, highWatermark: 30);
        Assert.Equal((30L, 30L, 1, 0L), (log.LogStartOffset, log.LogEndOffset, log.SegmentCount, log.SizeInBytes));
        Assert.Equal(0, log.DeleteOldSegments(nowMs: 2_000_000, highWatermark: 30));
        Assert.Equal(30, log.Append(TestLog.Batch(1), 0, 0).FirstOffset);
    }

    [Fact]
    public void Nothing_above_the_high_watermark_goes()
    {
        PartitionLog log = Filled(Small with { RetentionMs = 10_000 });
        log.DeleteOldSegments(nowMs: 1_000_000, highWatermark: 12);
        Assert.True(log.LogStartOffset is > 0 and <= 12);
    }

    [Fact]
    public void The_oldest_segments_go_while_the_rest_keeps_the_size()
    {
        PartitionLog log = Filled(Small with { RetentionBytes = 1000 });
        log.DeleteOldSegments(0, 30);
        Assert.InRange(log.SizeInBytes, 1000, 1500);
    }

    [Fact]
    public void Deleted_records_take_whole_segments_with_them_also_without_retention()
    {
        PartitionLog log = Filled(Small with { Delete = false, Compact = true, RetentionMs = 1, RetentionBytes = 1 });
        Assert.Equal(0, log.DeleteOldSegments(1_000_000, 30));
        Assert.True(log.AdvanceLogStartOffset(17));
        Assert.False(log.AdvanceLogStartOffset(16));
        Assert.Throws<ArgumentOutOfRangeException>(() => log.AdvanceLogStartOffset(31));
        Assert.True(log.DeleteOldSegments(0, 30) > 0);
        Assert.Equal(17, log.LogStartOffset);
        Assert.Null(log.Read(16, 1));
        Assert.Equal(17, TestLog.Offsets(log)[0]);
        PartitionLog again = TestLog.Open(_disk.Kill(), Small, logStartOffset: 17);
        Assert.Equal((17L, 30L), (again.LogStartOffset, again.LogEndOffset));
        Assert.Equal(-1, again.EpochAt(16));
    }

    [Fact]
    public void Files_of_a_segment_go_after_the_delay()
    {
        PartitionLog log = Filled(Small with { RetentionMs = 10_000 });
        log.DeleteOldSegments(nowMs: 1_000_000, highWatermark: 30);
        Assert.Contains(_disk.List(TestLog.Directory), file => file.Name == "00000000000000000000.log.deleted");
        Assert.Equal(1_001_000, log.NextDeletionMs);
        Assert.Null(log.TakeDeletion(1_000_999));
        while (log.TakeDeletion(1_001_000) is { } deletion)
            deletion.Execute();
        Assert.Equal(long.MaxValue, log.NextDeletionMs);
        Assert.DoesNotContain(_disk.List(TestLog.Directory), file => file.Name.EndsWith(".deleted", StringComparison.Ordinal));
    }

    [Fact]
    public void A_reader_of_a_deleted_segment_finishes()
    {
        PartitionLog log = Filled(Small with { RetentionMs = 10_000 });
        LogSlice slice = log.Read(0, 1)!.Value;
        log.DeleteOldSegments(nowMs: 1_000_000, highWatermark: 30);
        log.TakeDeletion(long.MaxValue)!.Execute();
        byte[] bytes = new byte[slice.Records.Length];
        slice.Records.CopyTo(bytes);
        slice.Records.Release();
        log.CloseFiles();
        Assert.Equal(0, _disk.OpenFiles);
    }

    [Fact]
    public void Truncation_cuts_at_any_offset_and_the_log_goes_on()
    {
        for (long target = 0; target <= 60; target++)
        {
            MemoryDisk disk = TestLog.NewDisk();
            PartitionLog log = TestLog.Open(disk, Small);
            for (int i = 0; i < 30; i++)
                log.Append(TestLog.Batch(2, timestamp: 1000 * i, producerId: 1, epoch: 0, sequence: 2 * i), i / 10, 0);
            log.Flush(0);
            log.TruncateTo(target, 0);
            long end = target / 2 * 2;
            Assert.Equal(end, log.LogEndOffset);
            Assert.True(log.RecoveryPoint <= end);
            Assert.Equal(Enumerable.Range(0, (int)end / 2).Select(i => 2L * i), TestLog.Offsets(log));
            Assert.Equal(end == 0 ? -1 : (int)(end - 1) / 20, log.LatestEpoch);
            Assert.Equal(end == 0 ? null : end - 1, log.OffsetOfMaxTimestamp()?.Offset);
            Assert.Equal(ProducerCheck.Accepted, log.Append(TestLog.Batch(2, timestamp: 99_000, producerId: 1, epoch: 0, sequence: (int)end), 3, 0).Check);
            PartitionLog again = TestLog.Open(disk.Kill(), Small, log.RecoveryPoint);
            Assert.Equal(end + 2, again.LogEndOffset);
            Assert.Equal(TestLog.ReadAll(log), TestLog.ReadAll(again));
        }
    }

    [Fact]
    public void A_flush_begun_before_a_truncation_promises_nothing_after_it()
    {
        PartitionLog log = Filled(Small);
        FlushTicket ticket = log.BeginFlush()!;
        Assert.Null(log.BeginFlush());
        log.TruncateTo(5, 0);
        for (int i = 0; i < 30; i++)
            log.Append(TestLog.Batch(1), 1, 0);
        ticket.Execute();
        log.CompleteFlush(ticket, 0);
        Assert.Equal(0, log.RecoveryPoint);
        log.Flush(0);
        Assert.Equal(35, log.RecoveryPoint);
    }

    [Fact]
    public void A_follower_far_behind_begins_anew()
    {
        PartitionLog log = Filled(Small);
        log.TruncateFullyAndStartAt(500, 0);
        Assert.Equal((500L, 500L, 1), (log.LogStartOffset, log.LogEndOffset, log.SegmentCount));
        Assert.Equal(500, log.Append(TestLog.Batch(1), 9, 0).FirstOffset);
        PartitionLog again = TestLog.Open(_disk.Kill(), Small, logStartOffset: 500);
        Assert.Equal((500L, 501L), (again.LogStartOffset, again.LogEndOffset));
    }

    [Fact]
    public void Flushes_are_due_by_messages_by_time_and_after_a_roll()
    {
        PartitionLog log = TestLog.Open(_disk, TestLog.DefaultConfig with { FlushMessages = 10, FlushMs = 500 }, nowMs: 1000);
        Assert.False(log.ShouldFlush(long.MaxValue - 1));
        log.Append(TestLog.Batch(9), 0, 1000);
        Assert.False(log.ShouldFlush(1499));
        Assert.True(log.ShouldFlush(1500));
        log.Append(TestLog.Batch(1), 0, 1000);
        Assert.True(log.ShouldFlush(1000));
        log.Flush(1700);
        Assert.Equal(10, log.RecoveryPoint);
        log.Append(TestLog.Batch(1), 0, 1700);
        Assert.Equal(2200, log.NextFlushMs);
        log.Roll(1800);
        Assert.True(log.ShouldFlush(1800));
    }

    [Fact]
    public void A_deleted_partition_leaves_its_name_free()
    {
        PartitionLog log = Filled(Small);
        string renamed = log.Delete("topic", 0, "0123456789abcdef0123456789abcdef");
        Assert.Equal("/data/topic-0.0123456789abcdef0123456789abcdef-delete", renamed);
        Assert.False(_disk.DirectoryExists(TestLog.Directory));
        Assert.Throws<DiskException>(() => log.Append(TestLog.Batch(1), 0, 0));
        using LogDirectory directory = LogDirectory.Open(_disk, TestLog.Root);
        Assert.Equal([renamed], directory.ToDelete);
        directory.DeletePartition(renamed);
        Assert.False(_disk.DirectoryExists(renamed));
        string longName = new('x', 249);
        Assert.True(LogFileNames.Deleting(longName, 12345, new string('a', 32)).Length <= 255);
    }

}
