using Sluice.Storage.Cleaning;
using Sluice.Storage.Logs;
using Sluice.Storage.Tests.Support;

namespace Sluice.Storage.Tests.Cleaning;

/// <summary>When a log is due and how far it may be cleaned, by the behaviour of Kafka's LogCleanerManager.</summary>
public class CleanabilityTests
{
    private static CompactedLog Filled(LogConfig? config = null)
    {
        var log = new CompactedLog(config: config);
        for (int i = 0; i < 30; i++)
            log.Put("a", $"{i:D20}", timestamp: 1000 * i);
        log.Roll();
        return log;
    }

    [Fact]
    public void All_but_the_active_segment_is_dirty_at_first()
    {
        CompactedLog log = Filled();
        CleanableRange range = log.Log.FindCleanable(null, 30, 0);
        Assert.Equal((0L, 30L, 0L, log.Log.SizeInBytes, 0L), (range.FirstDirtyOffset, range.FirstUncleanableOffset, range.CleanBytes, range.CleanableBytes, range.CompactionDelayMs));
        Assert.Equal(1, range.Ratio);
        Assert.True(range.IsDue(0.99));
        Assert.False(range.IsDue(1));
    }

    [Theory]
    [InlineData(31)]
    [InlineData(4)]
    public void A_checkpoint_outside_the_log_counts_as_none(long checkpoint)
    {
        CompactedLog log = Filled();
        log.Log.AdvanceLogStartOffset(5);
        Assert.Equal(5, log.Log.FindCleanable(checkpoint, 30, 0).FirstDirtyOffset);
    }

    [Fact]
    public void What_was_cleaned_counts_as_clean()
    {
        CompactedLog log = Filled();
        CleanableRange range = log.Log.FindCleanable(30, 30, 0);
        Assert.Equal((30L, 30L, log.Log.SizeInBytes, 0L), (range.FirstDirtyOffset, range.FirstUncleanableOffset, range.CleanBytes, range.CleanableBytes));
        Assert.False(range.IsDue(0));
        Assert.InRange(log.Log.FindCleanable(15, 30, 0).Ratio, 0.3, 0.7);
        Assert.False(new CompactedLog().Log.FindCleanable(null, 0, 0).IsDue(0));
    }

    [Fact]
    public void Young_segments_wait_for_min_compaction_lag()
    {
        CompactedLog log = Filled(CompactedLog.Config with { MinCompactionLagMs = 10_000 });
        Assert.Equal(0, log.Log.FindCleanable(null, 30, nowMs: 10_000).FirstUncleanableOffset);
        long end = log.Log.FindCleanable(null, 30, nowMs: 25_000).FirstUncleanableOffset;
        Assert.InRange(end, 10, 16);
        Assert.Equal(30, log.Log.FindCleanable(null, 30, nowMs: 40_000).FirstUncleanableOffset);
    }

    [Fact]
    public void A_record_that_waited_too_long_makes_a_log_due_whatever_its_ratio()
    {
        CompactedLog log = Filled(CompactedLog.Config with { MaxCompactionLagMs = 10_000 });
        log.CleanedUpTo = 28;
        CleanableRange young = log.Log.FindCleanable(28, 30, nowMs: 36_000);
        Assert.Equal(0, young.CompactionDelayMs);
        Assert.False(young.IsDue(0.5));
        CleanableRange old = log.Log.FindCleanable(28, 30, nowMs: 60_000);
        Assert.True(old.CompactionDelayMs > 0);
        Assert.True(old.IsDue(0.5));
    }

    [Fact]
    public void Max_compaction_lag_rolls_segments_as_segment_ms_does()
    {
        var log = new CompactedLog(config: CompactedLog.Config with { SegmentBytes = 1 << 20, MaxCompactionLagMs = 5000 });
        log.Put("a", "1", timestamp: 1000);
        log.Put("a", "2", timestamp: 6000);
        Assert.Equal(1, log.Log.SegmentCount);
        log.Put("a", "3", timestamp: 6001);
        Assert.Equal(2, log.Log.SegmentCount);
        var deleting = new CompactedLog(config: TestLog.DefaultConfig with { MaxCompactionLagMs = 5000 });
        deleting.Put("a", "1", timestamp: 1000);
        deleting.Put("a", "2", timestamp: 100_000);
        Assert.Equal(1, deleting.Log.SegmentCount);
    }

    [Fact]
    public void Memory_for_keys_is_taken_as_far_as_they_can_need_it()
    {
        var limits = new CleaningLimits(DedupeBytes: 128 << 20, IoBufferBytes: 0, LoadFactor: 0.9);
        Assert.Equal(2 * 1000 * OffsetMap.EntrySize, limits.TableBytes(1000));
        Assert.Equal(128 << 20, limits.TableBytes(long.MaxValue));
        Assert.True(limits.TableBytes(0) > 0);
    }
}
