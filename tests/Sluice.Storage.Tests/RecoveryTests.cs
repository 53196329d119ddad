using Sluice.Protocol.Batches;
using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Logs;
using Sluice.Storage.Producers;
using Sluice.Storage.Tests.Support;

namespace Sluice.Storage.Tests;

public class RecoveryTests
{
    private static readonly LogConfig Small = TestLog.DefaultConfig with { SegmentBytes = 1000, IndexIntervalBytes = 100, SegmentIndexBytes = 2400 };

    private static PartitionLog Filled(MemoryDisk disk, int batches = 40)
    {
        PartitionLog log = TestLog.Open(disk, Small);
        for (int i = 0; i < batches; i++)
            log.Append(TestLog.Batch(2, timestamp: 100 * i, seed: i), 1, 0);
        return log;
    }

    /// <summary>A log whose first segment was flushed while it was the last, and closed afterwards.</summary>
    private static (MemoryDisk Disk, PartitionLog Log) ClosedAfterItsFlush()
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk, Small);
        log.Append(TestLog.Batch(2, timestamp: 1000), 1, 0);
        log.Flush(0);
        log.Roll(0);
        log.Append(TestLog.Batch(2, timestamp: 2000), 1, 0);
        return (disk, log);
    }

    [Fact]
    public void The_next_flush_makes_the_indexes_durable_that_a_segment_got_when_it_was_closed()
    {
        (MemoryDisk disk, PartitionLog log) = ClosedAfterItsFlush();
        log.Flush(0);
        Assert.Equal(disk.Content(TestLog.File(0, ".timeindex")), disk.Crash().Content(TestLog.File(0, ".timeindex")));
    }

    [Fact]
    public void A_power_cut_before_the_next_flush_has_those_indexes_built_anew()
    {
        (MemoryDisk disk, PartitionLog log) = ClosedAfterItsFlush();
        disk.SyncDirectory(TestLog.Directory);
        MemoryDisk cut = disk.Crash();
        // The length of a file may survive where its content does not.
        cut.SetContent(TestLog.File(0, ".timeindex"), new byte[12]);
        PartitionLog again = TestLog.Open(cut, Small, log.RecoveryPoint);
        Assert.Equal(0, again.OffsetForTimestamp(1000)?.Offset);
    }

    [Fact]
    public void After_a_failed_flush_the_next_start_writes_again_what_the_kernel_may_have_dropped()
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk, Small);
        log.Append(TestLog.Batch(2), 1, 0);
        log.Flush(0);
        log.Append(TestLog.Batch(2), 1, 0);
        disk.Fault = static (operation, path) =>
        {
            if (operation == "flush")
                throw new DiskException(DiskErrorKind.InputOutput, path, "the device is gone");
        };
        Assert.Throws<DiskException>(() => log.Flush(0));
        MemoryDisk killed = disk.Kill();
        var written = new List<string>();
        killed.Fault = (operation, path) => written.Add($"{operation} {path}");
        PartitionLog again = TestLog.Open(killed, Small, log.RecoveryPoint);
        Assert.Equal(4, again.LogEndOffset);
        Assert.Contains($"write {TestLog.File(0, ".log")}", written);
        Assert.True(written.LastIndexOf($"flush {TestLog.File(0, ".log")}") > written.LastIndexOf($"write {TestLog.File(0, ".log")}"));
        written.Clear();
        MemoryDisk later = killed.Kill();
        later.Fault = (operation, path) => written.Add($"{operation} {path}");
        Assert.Equal(4, TestLog.Open(later, Small, log.RecoveryPoint).LogEndOffset);
        Assert.DoesNotContain($"write {TestLog.File(0, ".log")}", written);
    }

    [Fact]
    public void A_torn_tail_is_cut_at_every_byte_of_the_last_batch()
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk, Small);
        for (int i = 0; i < 5; i++)
            log.Append(TestLog.Batch(2, seed: i), 1, 0);
        string path = TestLog.File(0, ".log");
        byte[] whole = disk.Content(path);
        int last = TestLog.Batch(2).Length;
        for (int cut = 1; cut <= last; cut++)
        {
            MemoryDisk torn = disk.Kill();
            torn.SetContent(path, whole[..^cut]);
            PartitionLog again = TestLog.Open(torn, Small);
            Assert.Equal(8, again.LogEndOffset);
            Assert.Equal(last - cut, again.Recovery.BytesCut);
            Assert.Equal(cut == last ? -1 : 8, again.Recovery.CutAtOffset);
            Assert.Equal(whole.Length - last, torn.FileLength(path));
            Assert.Equal(8, again.Append(TestLog.Batch(1), 1, 0).FirstOffset);
            Assert.Equal([0L, 2L, 4L, 6L, 8L], TestLog.Offsets(again));
        }
    }

    [Fact]
    public void A_flipped_bit_anywhere_in_the_tail_cuts_the_log_before_it()
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk, Small);
        for (int i = 0; i < 3; i++)
            log.Append(TestLog.Batch(1, seed: i), 1, 0);
        string path = TestLog.File(0, ".log");
        byte[] whole = disk.Content(path);
        int size = whole.Length / 3;
        for (int bit = size * 8; bit < 2 * size * 8; bit++)
        {
            byte[] damaged = [.. whole];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            MemoryDisk flipped = disk.Kill();
            flipped.SetContent(path, damaged);
            PartitionLog again = TestLog.Open(flipped, Small);
            // Offset and leader epoch are outside the checksum: a flip there that keeps the order is found by nobody.
            bool unprotected = bit / 8 - size is < 8 or (>= 12 and < 16);
            if (!unprotected)
                Assert.Equal(1, again.LogEndOffset);
            _ = TestLog.ReadAll(again);
        }
    }

    [Fact]
    public void Zeros_and_noise_behind_the_last_batch_are_cut()
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk, Small);
        log.Append(TestLog.Batch(2), 1, 0);
        string path = TestLog.File(0, ".log");
        byte[] whole = disk.Content(path), noise = new byte[500];
        new Random(3).NextBytes(noise);
        foreach (byte[] tail in new[] { new byte[1], new byte[61], new byte[400], noise })
        {
            MemoryDisk damaged = disk.Kill();
            damaged.SetContent(path, [.. whole, .. tail]);
            PartitionLog again = TestLog.Open(damaged, Small);
            Assert.Equal((2, tail.Length), (again.LogEndOffset, again.Recovery.BytesCut));
        }
    }

    [Fact]
    public void Damage_in_an_early_segment_drops_the_later_ones_and_says_so()
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = Filled(disk);
        string path = TestLog.File(0, ".log");
        byte[] damaged = disk.Content(path);
        damaged[^1] ^= 1;
        MemoryDisk after = disk.Kill();
        after.SetContent(path, damaged);
        PartitionLog again = TestLog.Open(after, Small, recoveryPoint: 0);
        Assert.Equal(1, again.SegmentCount);
        Assert.Equal(again.LogEndOffset, again.Recovery.CutAtOffset);
        Assert.Contains("BadCrc", again.Recovery.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(after.List(TestLog.Directory), file => file.Name.EndsWith(".log", StringComparison.Ordinal) && !file.Name.StartsWith("00000000000000000000", StringComparison.Ordinal));
        Assert.Equal(again.LogEndOffset, again.Append(TestLog.Batch(1), 1, 0).FirstOffset);
    }

    [Fact]
    public void Loss_below_the_recovery_point_is_reported_as_such()
    {
        MemoryDisk disk = TestLog.NewDisk();
        Filled(disk, 3);
        byte[] damaged = disk.Content(TestLog.File(0, ".log"));
        damaged[^1] ^= 1;
        disk.SetContent(TestLog.File(0, ".log"), damaged);
        Assert.True(TestLog.Open(disk.Kill(), Small, recoveryPoint: 6).Recovery.LostFlushedData);
        Assert.False(TestLog.Open(disk.Kill(), Small, recoveryPoint: 4).Recovery.LostFlushedData);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_was_flushed_and_follows_a_damaged_batch_is_kept_beside_the_log(bool wasFlushed)
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = Filled(disk);
        long end = log.LogEndOffset;
        Assert.True(log.SegmentCount > 1);
        byte[] whole = disk.Content(TestLog.File(0, ".log"));
        byte[] damaged = [.. whole];
        int first = new RecordBatch(whole).SizeInBytes;
        damaged[first + RecordBatch.HeaderSize] ^= 1;
        MemoryDisk after = disk.Kill();
        after.SetContent(TestLog.File(0, ".log"), damaged);
        string[] names = [.. after.List(TestLog.Directory).Select(e => e.Name).Where(name => name.EndsWith(".log", StringComparison.Ordinal))];
        // All segments are looked at again where an index is missing.
        foreach (string name in names) after.DeleteFile($"{TestLog.Directory}/{name[..^4]}.index");
        PartitionLog again = TestLog.Open(after, Small, recoveryPoint: wasFlushed ? end : 0);
        Assert.Equal((wasFlushed, 1), (again.Recovery.LostFlushedData, again.SegmentCount));
        string[] lost = [.. after.List(TestLog.Directory).Select(e => e.Name).Where(name => name.EndsWith(".lost", StringComparison.Ordinal))];
        Assert.Equal(wasFlushed ? [.. names.Select(name => name + ".lost")] : [], lost);
        if (!wasFlushed) return;
        Assert.Equal(damaged[first..], after.Content(TestLog.File(0, ".log.lost")));
        Assert.Equal(disk.Content($"{TestLog.Directory}/{names[^1]}"), after.Content($"{TestLog.Directory}/{names[^1]}.lost"));
        again.Close(clean: true, 0);
        Assert.Equal(again.LogEndOffset, TestLog.Open(after.Kill(), Small).LogEndOffset);
    }

    [Fact]
    public void Only_segments_from_the_recovery_point_on_are_checked()
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = Filled(disk);
        Assert.Equal(log.SegmentCount, TestLog.Open(disk.Kill(), Small).Recovery.SegmentsChecked);
        Assert.Equal(1, TestLog.Open(disk.Kill(), Small, recoveryPoint: log.ActiveSegmentBaseOffset + 1).Recovery.SegmentsChecked);
    }

    [Theory]
    [InlineData(".index")]
    [InlineData(".timeindex")]
    public void A_missing_or_damaged_index_is_built_anew(string suffix)
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = Filled(disk);
        List<byte[]> expected = TestLog.ReadAll(log);
        log.Close(clean: true, 0);
        byte[] good = disk.Content(TestLog.File(0, suffix));
        Assert.NotEmpty(good);
        byte[] ones = new byte[good.Length];
        Array.Fill(ones, (byte)0x7F);
        foreach (byte[]? content in new[] { null, good[..^1], new byte[good.Length], ones, [] })
        {
            MemoryDisk damaged = disk.Kill();
            if (content is null)
                damaged.DeleteFile(TestLog.File(0, suffix));
            else
                damaged.SetContent(TestLog.File(0, suffix), content);
            PartitionLog again = TestLog.Open(damaged, Small, 80, clean: true);
            for (long offset = 0; offset < 80; offset++)
                Assert.Equal(offset / 2 * 2, again.Read(offset, 1)!.Value.BaseOffset);
            Assert.Equal(expected, TestLog.ReadAll(again));
            if (suffix == ".timeindex" && content is { Length: > 0 } && content != ones && content.Length == good.Length)
                continue;
            for (long time = 0; time < 4000; time += 100)
                Assert.Equal(time / 100 * 2, again.OffsetForTimestamp(time)!.Value.Offset);
        }
    }

    [Fact]
    public void Indexes_built_anew_are_those_of_the_appends()
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = Filled(disk);
        log.Close(clean: true, 0);
        MemoryDisk bare = disk.Kill();
        foreach (DiskEntry file in disk.List(TestLog.Directory))
        {
            if (!file.Name.EndsWith(".log", StringComparison.Ordinal))
                bare.DeleteFile($"{TestLog.Directory}/{file.Name}");
        }
        PartitionLog again = TestLog.Open(bare, Small);
        again.Close(clean: true, 0);
        foreach (DiskEntry file in disk.List(TestLog.Directory))
            Assert.Equal(disk.Content($"{TestLog.Directory}/{file.Name}"), bare.Content($"{TestLog.Directory}/{file.Name}"));
    }

    [Fact]
    public void What_was_flushed_survives_a_power_cut_at_any_moment()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            MemoryDisk disk = TestLog.NewDisk();
            PartitionLog log = TestLog.Open(disk, Small);
            List<byte[]> flushed = [];
            for (int i = random.Next(5, 60); i > 0; i--)
            {
                log.Append(TestLog.Batch(random.Next(1, 4), timestamp: random.Next(100_000), seed: i, producerId: i % 3, epoch: (short)i, sequence: 0), i / 20, 0);
                if (random.Next(6) == 0)
                {
                    log.Flush(0);
                    flushed = TestLog.ReadAll(log);
                }
            }
            List<byte[]> all = TestLog.ReadAll(log);
            MemoryDisk after = disk.Crash((_, length) => random.NextInt64(length + 1));
            PartitionLog again = TestLog.Open(after, Small, recoveryPoint: log.RecoveryPoint);
            List<byte[]> kept = TestLog.ReadAll(again);
            Assert.True(kept.Count >= flushed.Count, $"seed {seed}: {kept.Count} of {flushed.Count} flushed batches are left");
            Assert.Equal(all.Take(kept.Count), kept);
            Assert.False(again.Recovery.LostFlushedData);
            Assert.Equal(again.LogEndOffset, again.Append(TestLog.Batch(1), 9, 0).FirstOffset);
            Assert.Equal(kept.Count + 1, TestLog.ReadAll(again).Count);
        }
    }

    [Fact]
    public void What_is_flushed_after_a_kill_survives_a_power_cut_too()
    {
        MemoryDisk disk = TestLog.NewDisk();
        Filled(disk);
        // The directory was never synced by the run that made it.
        PartitionLog again = TestLog.Open(disk, Small);
        again.Flush(0);
        PartitionLog after = TestLog.Open(disk.Crash(), Small, recoveryPoint: again.RecoveryPoint);
        Assert.Equal(80, after.LogEndOffset);
        Assert.Equal(1, after.LatestEpoch);
    }

    [Fact]
    public void Producers_are_known_after_a_kill_with_and_without_their_snapshots()
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk, Small);
        for (int i = 0; i < 30; i++)
            log.Append(TestLog.Batch(2, producerId: 5, epoch: 1, sequence: 2 * i), 0, 0);
        Assert.True(log.SegmentCount > 2);
        foreach (string? damage in new[] { null, "delete", "tear" })
        {
            MemoryDisk after = disk.Kill();
            foreach (DiskEntry snapshot in disk.List(TestLog.Directory).Where(file => file.Name.EndsWith(".snapshot", StringComparison.Ordinal)))
            {
                string path = $"{TestLog.Directory}/{snapshot.Name}";
                if (damage == "delete")
                    after.DeleteFile(path);
                else if (damage == "tear")
                    after.SetContent(path, after.Content(path)[..^1]);
            }
            PartitionLog again = TestLog.Open(after, Small, recoveryPoint: log.ActiveSegmentBaseOffset);
            AppendInfo duplicate = again.Append(TestLog.Batch(2, producerId: 5, epoch: 1, sequence: 58), 0, 0);
            Assert.Equal((ProducerCheck.Duplicate, 58L), (duplicate.Check, duplicate.FirstOffset));
            Assert.Equal(ProducerCheck.OutOfOrderSequence, again.Append(TestLog.Batch(2, producerId: 5, epoch: 1, sequence: 61), 0, 0).Check);
            Assert.Equal(60, again.Append(TestLog.Batch(2, producerId: 5, epoch: 1, sequence: 60), 0, 0).FirstOffset);
        }
    }

    [Fact]
    public void Leftovers_of_deletions_and_temporary_files_go_at_the_next_start()
    {
        MemoryDisk disk = TestLog.NewDisk();
        Filled(disk, 3).Close(clean: true, 0);
        foreach (string name in new[] { "00000000000000000099.log.deleted", "00000000000000000099.index.deleted", "x.tmp", "00000000000000000007.log.cleaned", "00000000000000000050.index", "00000000000000000050.timeindex" })
            disk.SetContent($"{TestLog.Directory}/{name}", [1, 2, 3]);
        PartitionLog log = TestLog.Open(disk, Small, 6, clean: true);
        Assert.Equal(6, log.LogEndOffset);
        Assert.Equal(["00000000000000000000.index", "00000000000000000000.log", "00000000000000000000.timeindex", "leader-epoch-checkpoint"],
            disk.List(TestLog.Directory).Select(file => file.Name));
    }

    [Fact]
    public void A_swap_file_of_the_cleaner_replaces_what_it_covers()
    {
        MemoryDisk disk = TestLog.NewDisk();
        Filled(disk).Close(clean: true, 0);
        byte[] first = disk.Content(TestLog.File(0, ".log"));
        byte[] one = first[..(first.Length / (first.Length / TestLog.Batch(2).Length))];
        disk.SetContent(TestLog.File(0, ".log.swap"), one);
        PartitionLog log = TestLog.Open(disk, Small, 80, clean: true);
        Assert.False(disk.FileExists(TestLog.File(0, ".log.swap")));
        Assert.Equal(80, log.LogEndOffset);
        Assert.Equal(0, log.Read(0, 1)!.Value.BaseOffset);
        Assert.True(log.Read(2, 1)!.Value.BaseOffset > 2);
    }

    [Fact]
    public void A_log_that_lost_all_above_its_start_offset_begins_there()
    {
        MemoryDisk disk = TestLog.NewDisk();
        Filled(disk, 5);
        PartitionLog log = TestLog.Open(disk.Kill(), Small, logStartOffset: 1000);
        Assert.Equal((1000L, 1000L), (log.LogStartOffset, log.LogEndOffset));
        Assert.Equal(1000, log.Append(TestLog.Batch(1), 1, 0).FirstOffset);
    }

    [Fact]
    public void A_torn_epoch_checkpoint_is_filled_from_the_batches()
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk, Small);
        for (int i = 0; i < 40; i++)
            log.Append(TestLog.Batch(1), i / 10, 0);
        log.Close(clean: true, 0);
        disk.SetContent($"{TestLog.Directory}/leader-epoch-checkpoint", "0\n4\n0 0\n1"u8.ToArray());
        PartitionLog again = TestLog.Open(disk, Small, 40, clean: true);
        Assert.Equal(new EpochEnd(1, 20), again.EndOffsetForEpoch(1));
        Assert.Equal(3, again.LatestEpoch);
    }
}
