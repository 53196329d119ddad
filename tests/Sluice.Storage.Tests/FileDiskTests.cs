using Sluice.Storage.Disk;
using Sluice.Storage.Logs;
using Sluice.Storage.Segments;
using Sluice.Storage.Tests.Support;

namespace Sluice.Storage.Tests;

public sealed class FileDiskTests : IDisposable
{
    private readonly FileDisk _disk = new();
    private readonly string _root = Path.Combine(Path.GetTempPath(), "sluice-" + Guid.NewGuid().ToString("N"));

    public FileDiskTests() => _disk.CreateDirectory(_root);

    public void Dispose() => System.IO.Directory.Delete(_root, recursive: true);

    [Fact]
    public void Files_are_written_read_cut_reserved_and_mapped()
    {
        string path = $"{_root}/file";
        using IDiskFile file = _disk.Open(path, DiskAccess.Create);
        file.Write(5, "hello"u8);
        file.Write(10, [new byte[] { 1, 2 }, ReadOnlyMemory<byte>.Empty, new byte[] { 3 }]);
        byte[] read = new byte[20];
        Assert.Equal(13, file.Read(0, read));
        Assert.Equal([0, 0, 0, 0, 0, .. "hello"u8, 1, 2, 3], read.AsSpan(0, 13).ToArray());
        Assert.Equal(0, file.Read(100, read));
        file.SetLength(6);
        Assert.Equal(6, file.Length);
        file.Reserve(10_000);
        Assert.Equal(10_000, file.Length);
        using (IDiskMap map = file.Map(20_000))
            map.Bytes[9_999] = 42;
        Assert.Equal(1, file.Read(9_999, read));
        Assert.Equal(42, read[0]);
        file.Flush();
        _disk.SyncDirectory(_root);
    }

    [Fact]
    public void A_write_of_very_many_parts_arrives_whole()
    {
        using IDiskFile file = _disk.Open($"{_root}/file", DiskAccess.Create);
        ReadOnlyMemory<byte>[] parts = [.. Enumerable.Range(0, 3000).Select(i => (ReadOnlyMemory<byte>)new byte[] { (byte)i, (byte)(i >> 8) })];
        file.Write(7, parts);
        byte[] read = new byte[6000];
        Assert.Equal(6000, file.Read(7, read));
        for (int i = 0; i < 3000; i++)
            Assert.Equal(i, read[2 * i] | (read[2 * i + 1] << 8));
    }

    [Fact]
    public void Failures_say_what_and_where()
    {
        Check(DiskErrorKind.NotFound, () => _disk.Open($"{_root}/none", DiskAccess.Read));
        Check(DiskErrorKind.NotFound, () => _disk.FileLength($"{_root}/none"));
        Check(DiskErrorKind.NotFound, () => _disk.LastModifiedMs($"{_root}/none"));
        Check(DiskErrorKind.NotFound, () => _disk.DeleteFile($"{_root}/none"));
        Check(DiskErrorKind.NotFound, () => _disk.Rename($"{_root}/none", $"{_root}/other"));
        Check(DiskErrorKind.NotFound, () => _disk.List($"{_root}/none"));
        Check(DiskErrorKind.NotFound, () => _disk.DeleteDirectory($"{_root}/none"));
        Check(DiskErrorKind.NotFound, () => _disk.SyncDirectory($"{_root}/none"));
        if (File.Exists("/dev/full"))
        {
            using IDiskFile full = _disk.Open("/dev/full", DiskAccess.ReadWrite);
            Check(DiskErrorKind.NoSpace, () => full.Write(0, new byte[1]));
        }

        void Check(DiskErrorKind kind, Action action)
        {
            DiskException error = Assert.Throws<DiskException>(action);
            Assert.Equal(kind, error.Kind);
            Assert.Contains(error.Path, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Directories_are_listed_renamed_and_deleted()
    {
        _disk.CreateDirectory($"{_root}/b/c");
        using (IDiskFile file = _disk.Open($"{_root}/a", DiskAccess.Create))
            file.Write(0, new byte[3]);
        Assert.Equal([new DiskEntry("a", false), new DiskEntry("b", true)], _disk.List(_root));
        _disk.Rename($"{_root}/b", $"{_root}/d");
        Assert.True(_disk.DirectoryExists($"{_root}/d/c"));
        _disk.DeleteDirectory($"{_root}/d");
        Assert.False(_disk.DirectoryExists($"{_root}/d"));
        Assert.True(_disk.Space(_root).TotalBytes > 0);
    }

    [Fact]
    public void A_log_on_this_machine_works_as_one_in_memory()
    {
        LogConfig config = LogConfig.Default with { SegmentBytes = 20_000, IndexIntervalBytes = 500, SegmentIndexBytes = 1024 * 1024, FileDeleteDelayMs = 0 };
        var files = new OpenFiles(_disk);
        PartitionLog log = PartitionLog.Open(files, $"{_root}/t-0", config, default);
        for (int i = 0; i < 500; i++)
            log.Stage(TestLog.Batch(3, timestamp: 10 * i, seed: i, producerId: 1, epoch: 0, sequence: 3 * i), 0, 0);
        log.WriteStaged();
        List<byte[]> before = TestLog.ReadAll(log);
        Assert.Equal(500, before.Count);
        Assert.True(log.SegmentCount > 3);
        PartitionLog killed = PartitionLog.Open(new OpenFiles(_disk), $"{_root}/t-0", config, default);
        Assert.Equal(before, TestLog.ReadAll(killed));
        killed.CloseFiles();
        log.Flush(0);
        log.Close(clean: true, 0);
        files.Dispose();
        PartitionLog again = PartitionLog.Open(new OpenFiles(_disk), $"{_root}/t-0", config, new LogOpenOptions(1500, 0, true, 0));
        Assert.Equal(0, again.Recovery.SegmentsChecked);
        Assert.Equal(before, TestLog.ReadAll(again));
        Assert.Equal(900, again.OffsetForTimestamp(3000)!.Value.Offset);
        again.AdvanceLogStartOffset(1400);
        Assert.True(again.DeleteOldSegments(0, 1500) > 0);
        again.TakeDeletion(0)!.Execute();
        again.TruncateTo(1450, 0);
        Assert.Equal(1449, again.LogEndOffset);
        again.Close(clean: true, 0);
    }

    [Fact]
    public void An_index_takes_no_more_of_the_disk_than_it_needs()
    {
        PartitionLog log = PartitionLog.Open(new OpenFiles(_disk), $"{_root}/t-0", LogConfig.Default, default);
        for (int i = 0; i < 100; i++)
            log.Append(TestLog.Batch(1, valueSize: 5000, timestamp: i), 0, 0);
        Assert.Equal(4096, _disk.FileLength($"{_root}/t-0/00000000000000000000.index"));
        log.CloseFiles();
        Assert.Equal(99 * 8, _disk.FileLength($"{_root}/t-0/00000000000000000000.index"));
        Assert.Equal(99 * 12, _disk.FileLength($"{_root}/t-0/00000000000000000000.timeindex"));
    }

    [Fact]
    public void A_file_time_is_kept_to_the_millisecond()
    {
        string path = $"{_root}/timed";
        _disk.Open(path, DiskAccess.Create).Dispose();
        _disk.SetLastModifiedMs(path, 1_234_567_890_123);
        Assert.Equal(1_234_567_890_123, _disk.LastModifiedMs(path));
        Assert.Equal(DiskErrorKind.NotFound, Assert.Throws<DiskException>(() => _disk.SetLastModifiedMs($"{_root}/none", 1)).Kind);
    }
}
