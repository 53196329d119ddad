using Sluice.Storage.Cleaning;
using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Logs;
using Sluice.Storage.Tests.Support;

namespace Sluice.Storage.Tests.Cleaning;

/// <summary>Wherever a cleaning is interrupted, the next start has every key's newest value, and a cleaning after it succeeds.</summary>
public class SwapCrashTests
{
    private static readonly LogConfig Config = CompactedLog.Config with { SegmentBytes = 600 };

    private static readonly Dictionary<string, string> ExpectedTable = CompactedLog.Table(Filled().Log);
    private static readonly HashSet<string> ExpectedRecords = [.. Filled().Records()];

    [Fact]
    public void A_process_that_is_killed_at_any_operation_of_a_cleaning_loses_nothing() => CrashEverywhere(disk => disk.Kill());

    [Fact]
    public void A_loss_of_power_at_any_operation_of_a_cleaning_loses_nothing() => CrashEverywhere(disk => disk.Crash());

    [Fact]
    public void A_loss_of_power_that_keeps_what_was_not_flushed_loses_nothing() => CrashEverywhere(disk => disk.Crash((_, length) => length));

    [Fact]
    public void A_start_that_is_itself_interrupted_at_any_operation_is_begun_again()
    {
        foreach (MemoryDisk crashed in DisksOfACleaning(disk => disk.Kill()).Where(HasSwap))
        {
            foreach (MemoryDisk again in Snapshots(crashed, () => TestLog.Open(crashed, Config), disk => disk.Kill()))
                Check(again);
        }

        static bool HasSwap(MemoryDisk disk) => disk.List(TestLog.Directory).Any(entry => entry.Name.EndsWith(".swap", StringComparison.Ordinal));
    }

    [Fact]
    public void An_operation_that_fails_loses_nothing_whichever_it_is()
    {
        for (int failing = 0; ; failing++)
        {
            CompactedLog log = Filled();
            int operations = 0;
            bool failed = false;
            log.Disk.Fault = (operation, path) =>
            {
                if (operations++ != failing) return;
                failed = true;
                throw new DiskException(DiskErrorKind.InputOutput, path, $"{operation} fails");
            };
            try
            {
                LogCleaning cleaning = log.Begin();
                log.Drive(cleaning);
            }
            catch (DiskException)
            {
                Assert.True(failed);
            }
            log.Disk.Fault = static (_, _) => { };
            if (!failed) return;
            Check(log.Disk.Kill());
        }
    }

    [Theory]
    [InlineData(".log.cleaned")]
    [InlineData(".index.cleaned")]
    [InlineData(".timeindex.cleaned")]
    [InlineData(".log")]
    [InlineData(".log.swap")]
    public void A_cleaning_whose_swap_failed_ends_and_leaves_everything_to_the_next_start(string suffix)
    {
        CompactedLog log = Filled();
        LogCleaning cleaning = log.Begin();
        while (cleaning.Step(100) != CleaningStep.SwapDue)
        {
        }
        log.Disk.Fault = (operation, path) =>
        {
            if (operation == "rename" && path == TestLog.File(0, suffix))
                throw new DiskException(DiskErrorKind.InputOutput, path, "the name cannot be changed");
        };
        Assert.Throws<DiskException>(() => log.Log.SwapCleaned(cleaning, 0));
        log.Disk.Fault = static (_, _) => { };
        string[] left = [.. log.Disk.List(TestLog.Directory).Select(entry => entry.Name)];
        Assert.Equal(CleaningStep.Cancelled, cleaning.Step(100));
        log.Log.EndCleaning(cleaning);
        Assert.Equal(left, log.Disk.List(TestLog.Directory).Select(entry => entry.Name));
        Check(log.Disk.Kill());
    }

    [Fact]
    public void A_swap_beside_what_is_still_being_cleaned_is_undone_and_one_before_it_is_finished()
    {
        CompactedLog log = Filled();
        LogCleaning cleaning = log.Begin();
        while (cleaning.Step(100) != CleaningStep.SwapDue)
        {
        }
        MemoryDisk disk = log.Disk.Kill();
        string[] suffixes = [LogFileNames.Log, LogFileNames.Index, LogFileNames.TimeIndex];
        // All but the last name changed: the old segments are all there.
        foreach (string suffix in suffixes[1..])
            disk.Rename(TestLog.File(0, suffix) + ".cleaned", TestLog.File(0, suffix) + ".swap");
        MemoryDisk undone = disk.Kill();
        TestLog.Open(undone, Config);
        Assert.True(undone.FileLength(TestLog.File(0, ".log")) > disk.FileLength(TestLog.File(0, ".log") + ".cleaned"));
        Check(undone);
        disk.Rename(TestLog.File(0, ".log") + ".cleaned", TestLog.File(0, ".log") + ".swap");
        // A later group is not finished; this one is.
        disk.SetContent(TestLog.File(40, ".log") + ".cleaned", [1, 2, 3]);
        long size = disk.FileLength(TestLog.File(0, ".log") + ".swap");
        TestLog.Open(disk, Config);
        Assert.Equal(size, disk.FileLength(TestLog.File(0, ".log")));
        Check(disk);
    }

    [Fact]
    public void A_swap_file_that_is_damaged_takes_nothings_place()
    {
        CompactedLog log = Filled();
        MemoryDisk disk = log.Disk.Kill();
        byte[] bytes = disk.Content(TestLog.File(0, ".log"));
        disk.SetContent(TestLog.File(0, ".log") + ".swap", bytes[..^5]);
        DiskException error = Assert.Throws<DiskException>(() => TestLog.Open(disk, Config));
        Assert.Equal(DiskErrorKind.Corrupt, error.Kind);
        Assert.Equal(bytes, disk.Content(TestLog.File(0, ".log")));
    }

    private static void CrashEverywhere(Func<MemoryDisk, MemoryDisk> crash)
    {
        int crashes = 0;
        foreach (MemoryDisk disk in DisksOfACleaning(crash))
        {
            Check(disk);
            crashes++;
        }
        Assert.True(crashes > 100, $"{crashes} crashes");
    }

    private static List<MemoryDisk> DisksOfACleaning(Func<MemoryDisk, MemoryDisk> crash)
    {
        CompactedLog log = Filled();
        return Snapshots(log.Disk, () =>
        {
            log.Clean(nowMs: 5);
            while (log.Log.TakeDeletion(long.MaxValue) is { } deletion)
                deletion.Execute();
        }, crash);
    }

    /// <summary>The disk as a crash would leave it, before each operation of <paramref name="act"/>.</summary>
    private static List<MemoryDisk> Snapshots(MemoryDisk disk, Action act, Func<MemoryDisk, MemoryDisk> crash)
    {
        var snapshots = new List<MemoryDisk>();
        disk.Fault = (operation, _) =>
        {
            if (operation != "read") snapshots.Add(crash(disk));
        };
        act();
        disk.Fault = static (_, _) => { };
        return snapshots;
    }

    private static CompactedLog Filled()
    {
        var log = new CompactedLog(config: Config);
        for (int i = 0; i < 60; i++)
            log.Put($"k{i % 7}", i % 11 == 0 ? null : $"v{i}", timestamp: 1000 + i);
        log.Roll();
        log.Put("k1", "newest", timestamp: 9000);
        log.Log.Flush(0);
        return log;
    }

    private static void Check(MemoryDisk disk)
    {
        var log = new CompactedLog(disk, Config);
        Assert.Equal(ExpectedTable, CompactedLog.Table(log.Log));
        Assert.Equal((0L, 61L, -1L), (log.Log.LogStartOffset, log.Log.LogEndOffset, log.Log.Recovery.CutAtOffset));
        Assert.Subset(ExpectedRecords, log.Records().ToHashSet());
        log.Log.Flush(0);
        log.Clean(nowMs: 5);
        Assert.Equal(ExpectedTable, CompactedLog.Table(log.Log));
        Assert.Equal(8, log.Records().Count);
        Assert.DoesNotContain(disk.List(TestLog.Directory), entry => entry.Name.EndsWith(".cleaned", StringComparison.Ordinal) || entry.Name.EndsWith(".swap", StringComparison.Ordinal));
    }
}
