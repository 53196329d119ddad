using Sluice.Storage.Disk;
using Sluice.Storage.Logs;
using Sluice.Storage.Producers;
using Sluice.Storage.Tests.Support;

namespace Sluice.Storage.Tests;

public class FailingDiskTests
{
    [Fact]
    public void A_full_disk_at_any_byte_of_a_write_leaves_the_log_as_it_was_and_usable()
    {
        int size = TestLog.Batch(2).Length;
        for (int room = 0; room < size; room++)
        {
            MemoryDisk disk = TestLog.NewDisk();
            PartitionLog log = TestLog.Open(disk);
            log.Append(TestLog.Batch(2, producerId: 1, epoch: 0, sequence: 0), 0, 0);
            disk.BytesLeft = room;
            DiskException full = Assert.Throws<DiskException>(() => log.Append(TestLog.Batch(2, producerId: 1, epoch: 0, sequence: 2), 0, 0));
            Assert.Equal(DiskErrorKind.NoSpace, full.Kind);
            Assert.False(log.IsFailed);
            Assert.Equal(2, log.LogEndOffset);
            Assert.Equal(size, disk.FileLength(TestLog.File(0, ".log")));
            disk.BytesLeft = long.MaxValue;
            AppendInfo again = log.Append(TestLog.Batch(2, producerId: 1, epoch: 0, sequence: 2), 0, 0);
            Assert.Equal((ProducerCheck.Accepted, 2L), (again.Check, again.FirstOffset));
            Assert.Equal([0L, 2L], TestLog.Offsets(log));
            Assert.Equal(4, TestLog.Open(disk.Kill()).LogEndOffset);
        }
    }

    [Fact]
    public void A_staged_write_that_fails_half_way_drops_all_that_was_staged()
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk);
        log.Append(TestLog.Batch(1), 0, 0);
        for (int i = 0; i < 4; i++)
            log.Stage(TestLog.Batch(1, producerId: 3, epoch: 0, sequence: i), 0, 0);
        disk.BytesLeft = TestLog.Batch(1).Length * 5 / 2;
        Assert.Throws<DiskException>(log.WriteStaged);
        Assert.Equal(1, log.LogEndOffset);
        disk.BytesLeft = long.MaxValue;
        Assert.Equal(1, log.Append(TestLog.Batch(1, producerId: 3, epoch: 0, sequence: 0), 0, 0).FirstOffset);
        Assert.Equal([0L, 1L], TestLog.Offsets(TestLog.Open(disk.Kill())));
    }

    [Fact]
    public void An_io_error_in_a_write_fails_the_log_for_good_and_leaves_no_garbage()
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk);
        log.Append(TestLog.Batch(2), 0, 0);
        disk.BytesLeft = 40;
        disk.FullKind = DiskErrorKind.InputOutput;
        Assert.Equal(DiskErrorKind.InputOutput, Assert.Throws<DiskException>(() => log.Append(TestLog.Batch(2), 0, 0)).Kind);
        disk.BytesLeft = long.MaxValue;
        Assert.True(log.IsFailed);
        Assert.Equal(DiskErrorKind.Failed, Assert.Throws<DiskException>(() => log.Append(TestLog.Batch(2), 0, 0)).Kind);
        Assert.Equal([0L], TestLog.Offsets(log));
        Assert.False(log.Close(clean: true, 0));
        Assert.Equal(2, TestLog.Open(disk.Kill()).LogEndOffset);
    }

    [Fact]
    public void A_failed_flush_is_never_tried_again()
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk);
        log.Append(TestLog.Batch(2), 0, 0);
        disk.Fault = (operation, path) =>
        {
            if (operation == "flush")
                throw new DiskException(DiskErrorKind.InputOutput, path, "fsync failed");
        };
        FlushTicket ticket = log.BeginFlush()!;
        ticket.Execute();
        Assert.NotNull(ticket.Error);
        disk.Fault = static (_, _) => { };
        Assert.Equal(DiskErrorKind.Failed, Assert.Throws<DiskException>(() => log.CompleteFlush(ticket, 0)).Kind);
        Assert.Equal(0, log.RecoveryPoint);
        Assert.Throws<DiskException>(() => log.BeginFlush());
        Assert.Throws<DiskException>(() => log.Append(TestLog.Batch(1), 0, 0));
        Assert.Single(TestLog.ReadAll(log));
    }

    [Fact]
    public void A_fault_in_any_operation_never_makes_the_log_lie()
    {
        var config = TestLog.DefaultConfig with { SegmentBytes = 600, IndexIntervalBytes = 100, SegmentIndexBytes = 2400, FileDeleteDelayMs = 0, RetentionBytes = 2000 };
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            MemoryDisk disk = TestLog.NewDisk();
            PartitionLog log = TestLog.Open(disk, config);
            int countdown = random.Next(1, 200);
            DiskErrorKind kind = random.Next(2) == 0 ? DiskErrorKind.NoSpace : DiskErrorKind.InputOutput;
            disk.Fault = (operation, path) =>
            {
                if (operation is not ("read" or "flush") && --countdown == 0)
                    throw new DiskException(kind, path, $"{operation} refused");
            };
            var expected = new List<byte[]>();
            for (int i = 0; i < 60; i++)
            {
                try
                {
                    byte[] batch = TestLog.Batch(2, timestamp: i, seed: i, producerId: 1, epoch: (short)i, sequence: 0);
                    AppendInfo info = log.Append(batch, i / 20, 0);
                    Assert.Equal(ProducerCheck.Accepted, info.Check);
                    expected.Add(batch);
                    if (i % 10 == 0)
                        log.DeleteOldSegments(0, log.LogEndOffset);
                }
                catch (DiskException)
                {
                }
            }
            disk.Fault = static (_, _) => { };
            Check(log, expected, seed);
            MemoryDisk killed = disk.Kill();
            // Any recovery point up to the end is one that a flush may have left.
            Check(TestLog.Open(killed, config, recoveryPoint: random.NextInt64(log.LogEndOffset + 1), logStartOffset: log.LogStartOffset), expected, seed);
            if (!log.IsFailed)
            {
                log.Close(clean: true, 0);
                Check(TestLog.Open(disk.Kill(), config, log.LogEndOffset, log.LogStartOffset, clean: true), expected, seed);
            }
            Check(TestLog.Open(disk.Kill(), config, logStartOffset: log.LogStartOffset), expected, seed);
        }
    }

    [Fact]
    public void A_roll_that_fails_leaves_nothing_that_ends_the_log_early()
    {
        var config = TestLog.DefaultConfig with { SegmentBytes = 600, SegmentIndexBytes = 2400 };
        foreach (string failing in new[] { ".snapshot.tmp", ".log", ".index", ".timeindex" })
        {
            MemoryDisk disk = TestLog.NewDisk();
            PartitionLog log = TestLog.Open(disk, config);
            log.Append(TestLog.Batch(2), 0, 0);
            disk.Fault = (operation, path) =>
            {
                if (operation == "open" && path.EndsWith($"{2:D20}{failing}", StringComparison.Ordinal))
                    throw new DiskException(DiskErrorKind.NoSpace, path, "no room");
            };
            Assert.Throws<DiskException>(() => log.Roll(0));
            disk.Fault = static (_, _) => { };
            log.Append(TestLog.Batch(2), 0, 0);
            Assert.Equal(4, TestLog.Open(disk.Kill(), config).LogEndOffset);
            Assert.Equal(4, TestLog.Open(disk.Kill(), config, recoveryPoint: 4).LogEndOffset);
            log.Close(clean: true, 0);
            Assert.Equal(4, TestLog.Open(disk.Kill(), config, recoveryPoint: 4, clean: true).LogEndOffset);
        }
    }

    [Fact]
    public void A_stale_empty_segment_in_the_middle_loses_nothing()
    {
        var config = TestLog.DefaultConfig with { SegmentIndexBytes = 2400 };
        foreach (bool clean in new[] { true, false })
        {
            MemoryDisk disk = TestLog.NewDisk();
            PartitionLog log = TestLog.Open(disk, config);
            for (int i = 0; i < 4; i++)
                log.Append(TestLog.Batch(2), 0, 0);
            log.Close(clean: true, 0);
            foreach (string suffix in new[] { ".log", ".index", ".timeindex" })
                disk.SetContent(TestLog.File(4, suffix), []);
            PartitionLog again = TestLog.Open(disk, config, recoveryPoint: 8, clean: clean);
            Assert.Equal(8, again.LogEndOffset);
            Assert.Equal([0L, 2L, 4L, 6L], TestLog.Offsets(again));
        }
    }

    [Fact]
    public void A_full_disk_does_not_keep_a_log_from_recovering()
    {
        var config = TestLog.DefaultConfig with { SegmentBytes = 600, IndexIntervalBytes = 100, SegmentIndexBytes = 2400 };
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk, config);
        for (int i = 0; i < 20; i++)
            log.Append(TestLog.Batch(2, seed: i), i / 5, 0);
        MemoryDisk full = disk.Kill();
        full.DeleteFile($"{TestLog.Directory}/leader-epoch-checkpoint");
        full.BytesLeft = 0;
        PartitionLog again = TestLog.Open(full, config);
        Assert.Equal(TestLog.ReadAll(log), TestLog.ReadAll(again));
        Assert.Equal(3, again.LatestEpoch);
        Assert.Throws<DiskException>(() => again.BeginFlush());
        full.BytesLeft = long.MaxValue;
        again.Flush(0);
        Assert.Equal(40, again.RecoveryPoint);
        Assert.Equal(3, TestLog.Open(full.Crash(), config, recoveryPoint: 40).LatestEpoch);
    }

    [Fact]
    public void A_truncation_that_fails_fails_the_log()
    {
        var config = TestLog.DefaultConfig with { SegmentBytes = 600, SegmentIndexBytes = 2400 };
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk, config);
        for (int i = 0; i < 20; i++)
            log.Append(TestLog.Batch(2), 0, 0);
        disk.Fault = (operation, path) =>
        {
            if (operation == "rename" && path.EndsWith(".index", StringComparison.Ordinal))
                throw new DiskException(DiskErrorKind.InputOutput, path, "refused");
        };
        Assert.Throws<DiskException>(() => log.TruncateTo(10, 0));
        Assert.True(log.IsFailed);
    }

    private static void Check(PartitionLog log, List<byte[]> expected, int seed)
    {
        List<byte[]> read = TestLog.ReadAll(log);
        Assert.True(read.Count <= expected.Count && (read.Count > 0 || expected.Count == 0), $"seed {seed}: {read.Count} of {expected.Count}");
        Assert.Equal(expected.Skip(expected.Count - read.Count), read);
    }

    [Fact]
    public void A_read_that_fails_while_indexes_are_built_anew_leaves_the_log_as_long_as_it_is()
    {
        LogConfig config = TestLog.DefaultConfig with { IndexIntervalBytes = 200 };
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk, config);
        for (int i = 0; i < 100; i++)
            log.Append(TestLog.Batch(1, timestamp: 1000 + i, seed: i), 0, 0);
        log.CloseFiles();
        disk.DeleteFile(TestLog.File(0, ".index"));
        int reads = 0;
        disk.Fault = (operation, path) =>
        {
            if (operation == "read" && path.EndsWith(".log", StringComparison.Ordinal) && ++reads > 3)
                throw new DiskException(DiskErrorKind.InputOutput, path, "the sector cannot be read");
        };
        Assert.Throws<DiskException>(() => log.Read(90, 100));
        disk.Fault = static (_, _) => { };
        Assert.Equal(100, log.Append(TestLog.Batch(1, timestamp: 1), 0, 0).FirstOffset);
        Assert.Equal(Enumerable.Range(0, 101).Select(i => (long)i), TestLog.Offsets(log));
        Assert.Equal(99, log.OffsetOfMaxTimestamp()!.Value.Offset);
        Assert.Equal(60, log.OffsetForTimestamp(1060)!.Value.Offset);
    }
}
