using Sluice.Storage.Logs;
using Sluice.Storage.Tests.Support;

namespace Sluice.Storage.Tests;

public class PowerCutTests
{
    private static readonly LogConfig Small = TestLog.DefaultConfig with { SegmentBytes = 1000, IndexIntervalBytes = 100, SegmentIndexBytes = 2400 };

    [Fact]
    public void What_is_flushed_after_a_kill_survives_a_power_cut_although_the_killed_run_made_the_files()
    {
        MemoryDisk disk = TestLog.NewDisk();
        TestLog.Open(disk, Small).Append(TestLog.Batch(2), 0, 0);
        // The process is killed: nothing was synced, the next run finds the files.
        PartitionLog log = TestLog.Open(disk, Small);
        log.Append(TestLog.Batch(2), 0, 0);
        log.Flush(0);
        PartitionLog again = TestLog.Open(disk.Crash(), Small, recoveryPoint: log.RecoveryPoint);
        Assert.Equal([0L, 2L], TestLog.Offsets(again));
    }

    [Fact]
    public void The_indexes_of_a_segment_that_was_flushed_before_it_was_finished_become_durable_too()
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk, Small);
        for (int i = 0; i < 6; i++)
            log.Append(TestLog.Batch(2, timestamp: 100 * i, seed: i), 0, 0);
        log.Flush(0);
        Assert.False(log.ShouldFlush(0));
        log.Roll(0);
        Assert.True(log.ShouldFlush(0));
        log.Flush(0);
        Assert.False(log.ShouldFlush(0));
        log.Append(TestLog.Batch(2), 0, 0);
        MemoryDisk after = disk.Crash();
        foreach (string suffix in new[] { ".index", ".timeindex" })
        {
            Assert.NotEmpty(disk.Content(TestLog.File(0, suffix)));
            Assert.Equal(disk.Content(TestLog.File(0, suffix)), after.Content(TestLog.File(0, suffix)));
        }
    }

    [Fact]
    public void A_segment_whose_predecessor_lost_its_unflushed_end_is_no_part_of_the_log()
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk, Small);
        log.Append(TestLog.Batch(2), 0, 0);
        log.Flush(0);
        for (int i = 0; log.SegmentCount < 3; i++)
            log.Append(TestLog.Batch(2, seed: i), 0, 0);
        string first = TestLog.File(0, ".log");
        MemoryDisk after = disk.Kill();
        // The first segment lost whole batches, the later ones were written back in time.
        after.SetContent(first, disk.Content(first)[..(2 * TestLog.Batch(2).Length)]);
        PartitionLog again = TestLog.Open(after, Small, recoveryPoint: 2);
        Assert.Equal([0L, 2L], TestLog.Offsets(again));
        Assert.Equal((4L, 4L, 1), (again.LogEndOffset, again.Recovery.CutAtOffset, again.SegmentCount));
        Assert.False(again.Recovery.LostFlushedData);
        Assert.Equal(4, again.Append(TestLog.Batch(1), 0, 0).FirstOffset);
    }

    [Fact]
    public void A_gap_that_compaction_left_between_flushed_segments_stays()
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk, Small);
        for (int i = 0; log.SegmentCount < 3; i++)
            log.Append(TestLog.Batch(2, seed: i), 0, 0);
        string first = TestLog.File(0, ".log");
        MemoryDisk after = disk.Kill();
        after.SetContent(first, disk.Content(first)[..(2 * TestLog.Batch(2).Length)]);
        // A missing index makes recovery look at flushed segments as well.
        after.DeleteFile(TestLog.File(0, ".index"));
        Assert.Equal(log.LogEndOffset, TestLog.Open(after.Kill(), Small, recoveryPoint: log.ActiveSegmentBaseOffset).LogEndOffset);
        Assert.Equal(log.LogEndOffset, TestLog.Open(after.Kill(), Small, cleanedUpTo: log.ActiveSegmentBaseOffset).LogEndOffset);
    }

    [Fact]
    public void Retention_does_not_believe_a_time_index_of_zeros()
    {
        MemoryDisk disk = TestLog.NewDisk();
        LogConfig config = Small with { RetentionMs = 10_000 };
        PartitionLog log = TestLog.Open(disk, config);
        for (int i = 0; log.SegmentCount < 3; i++)
            log.Append(TestLog.Batch(2, timestamp: 1_000_000, seed: i), 0, 0);
        log.Close(clean: true, 0);
        string index = TestLog.File(0, ".timeindex");
        disk.SetContent(index, new byte[disk.FileLength(index)]);
        PartitionLog again = TestLog.Open(disk, config, log.LogEndOffset, clean: true);
        Assert.Equal(0, again.CountDeletableSegments(1_000_500, again.LogEndOffset));
        Assert.Equal(0, again.OffsetForTimestamp(500)!.Value.Offset);
    }

    [Theory]
    [InlineData("recovery-point-offset-checkpoint", "0\n1\ntopic 99999999999 5\n")]
    [InlineData("log-start-offset-checkpoint", "0\n1\ntopic -99999999999 5\n")]
    public void A_partition_number_that_no_partition_has_counts_as_damage(string file, string content)
    {
        MemoryDisk disk = TestLog.NewDisk();
        disk.SetContent($"{TestLog.Root}/{file}", System.Text.Encoding.ASCII.GetBytes(content));
        using LogDirectory directory = LogDirectory.Open(disk, TestLog.Root);
        Assert.Empty(directory.RecoveryPoints);
        Assert.Empty(directory.LogStartOffsets);
    }

    [Fact]
    public void An_epoch_that_no_leader_has_counts_as_damage()
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk, Small);
        log.Append(TestLog.Batch(1), 7, 0);
        log.Close(clean: true, 0);
        disk.SetContent($"{TestLog.Directory}/leader-epoch-checkpoint", "0\n1\n99999999999 0\n"u8.ToArray());
        Assert.Equal(7, TestLog.Open(disk, Small, 1, clean: true).LatestEpoch);
    }

    [Fact]
    public void An_index_entry_that_leads_before_the_file_is_damage()
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk, Small);
        for (int i = 0; i < 4; i++)
            log.Append(TestLog.Batch(2, seed: i), 0, 0);
        log.Close(clean: true, 0);
        byte[] index = disk.Content(TestLog.File(0, ".index"));
        index[^4] |= 0x80;
        disk.SetContent(TestLog.File(0, ".index"), index);
        Assert.Equal([0L, 2L, 4L, 6L], TestLog.Offsets(TestLog.Open(disk, Small, 8, clean: true)));
    }

    [Fact]
    public void Logs_that_are_closed_together_are_durable_after_one_flush_of_all()
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk, Small);
        for (int i = 0; log.SegmentCount < 4; i++)
            log.Append(TestLog.Batch(2, seed: i, producerId: 3, epoch: 0, sequence: 2 * i), 0, 0);
        List<byte[]> batches = TestLog.ReadAll(log);
        Assert.True(log.IsChanged);
        Assert.True(log.BeginClose(0));
        Assert.Equal(0, disk.OpenFiles);
        Assert.True(disk.TrySyncAll(TestLog.Root));
        log.EndClose(isDurable: true);
        Assert.False(log.IsChanged);
        Assert.Equal(log.LogEndOffset, log.RecoveryPoint);
        PartitionLog again = TestLog.Open(disk.Crash(), Small, recoveryPoint: log.RecoveryPoint, clean: true);
        Assert.Equal((0, log.LogEndOffset), (again.Recovery.SegmentsChecked, again.LogEndOffset));
        Assert.Equal(batches, TestLog.ReadAll(again));
        Assert.Equal(1, again.Producers.Count);
    }

    [Fact]
    public void A_failed_flush_of_all_is_noted_beside_each_log()
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk, Small);
        log.Append(TestLog.Batch(2), 0, 0);
        Assert.True(log.BeginClose(0));
        log.EndClose(isDurable: false);
        Assert.True(log.IsFailed);
        Assert.False(log.Close(clean: true, 0));
        Assert.Contains(disk.List(TestLog.Directory), entry => entry.Name == "flush-failed");
        Assert.Equal(2, TestLog.Open(disk.Kill(), Small, clean: true).LogEndOffset);
    }
}
