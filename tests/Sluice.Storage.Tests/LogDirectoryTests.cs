using System.Text;
using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Logs;
using Sluice.Storage.Tests.Support;

namespace Sluice.Storage.Tests;

public class LogDirectoryTests
{
    private readonly MemoryDisk _disk = TestLog.NewDisk();

    [Fact]
    public void A_directory_keeps_what_it_is_told()
    {
        using (LogDirectory directory = LogDirectory.Open(_disk, TestLog.Root))
        {
            Assert.Null(directory.Meta);
            Assert.False(directory.WasCleanShutdown);
            directory.WriteMeta(new MetaProperties("cluster-1", 3, "q1Sh-9_ISia_zwGINzRvyQ"));
            directory.CreatePartition(new PartitionName("a-b", 12), "AAAAAAAAAAAAAAAAAAAAAQ");
            directory.WriteRecoveryPoints([new(new PartitionName("a-b", 12), 77)]);
            directory.WriteLogStartOffsets([new(new PartitionName("a-b", 12), 5)]);
            directory.WriteHighWatermarks([new(new PartitionName("a-b", 12), 70)]);
            directory.MarkCleanShutdown();
        }
        MemoryDisk after = _disk.Crash();
        after.CreateDirectory("/data/a-b-12.00-delete");
        after.CreateDirectory("/data/x-1-stray");
        after.CreateDirectory("/data/lost+found");
        using LogDirectory again = LogDirectory.Open(after, TestLog.Root);
        Assert.Equal(new MetaProperties("cluster-1", 3, "q1Sh-9_ISia_zwGINzRvyQ"), again.Meta);
        Assert.Equal(["a-b-12"], again.Partitions.Keys.Select(name => name.ToString()));
        Assert.Equal(new LogOpenOptions(77, 5, true, 9), again.OpenOptions(new PartitionName("a-b", 12), 9));
        Assert.Equal(70, again.HighWatermarks[new PartitionName("a-b", 12)]);
        Assert.Equal(["/data/a-b-12.00-delete"], again.ToDelete);
        Assert.True(LogDirectory.Open(after.Crash(), TestLog.Root).WasCleanShutdown);
        again.BeginUse();
        Assert.False(LogDirectory.Open(after.Crash(), TestLog.Root).WasCleanShutdown);
    }

    [Fact]
    public void Checkpoints_are_written_as_kafka_writes_them()
    {
        using LogDirectory directory = LogDirectory.Open(_disk, TestLog.Root);
        directory.WriteRecoveryPoints([new(new PartitionName("t", 0), 10), new(new PartitionName("u", 1), 20)]);
        Assert.Equal("0\n2\nt 0 10\nu 1 20\n", Encoding.UTF8.GetString(_disk.Content("/data/recovery-point-offset-checkpoint")));
        directory.CreatePartition(new PartitionName("t", 0), "AAAAAAAAAAAAAAAAAAAAAQ");
        Assert.Equal("version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ", Encoding.UTF8.GetString(_disk.Content("/data/t-0/partition.metadata")));
        Assert.Equal("AAAAAAAAAAAAAAAAAAAAAQ", directory.ReadTopicId(new PartitionName("t", 0)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0\n2\nt 0 10\n")]
    [InlineData("1\n1\nt 0 10\n")]
    [InlineData("0\n1\nt zero 10\n")]
    [InlineData("0\n1\nt 0\n")]
    public void A_damaged_checkpoint_counts_as_none(string content)
    {
        _disk.SetContent("/data/recovery-point-offset-checkpoint", Encoding.UTF8.GetBytes(content));
        using LogDirectory directory = LogDirectory.Open(_disk, TestLog.Root);
        Assert.Empty(directory.RecoveryPoints);
    }

    [Theory]
    [InlineData("version=0\nbroker.id=1\n")]
    [InlineData("version=1\nnode.id=1\n")]
    [InlineData("version=1\ncluster.id=c\nnode.id=one\n")]
    public void Foreign_meta_properties_are_refused(string content)
    {
        _disk.SetContent("/data/meta.properties", Encoding.UTF8.GetBytes(content));
        Assert.Equal(DiskErrorKind.Corrupt, Assert.Throws<DiskException>(() => LogDirectory.Open(_disk, TestLog.Root)).Kind);
    }

    [Fact]
    public void A_second_process_is_locked_out()
    {
        string path = Path.Combine(Path.GetTempPath(), "sluice-" + Guid.NewGuid().ToString("N"));
        try
        {
            using LogDirectory directory = LogDirectory.Open(new FileDisk(), path);
            Assert.Equal(DiskErrorKind.Locked, Assert.Throws<DiskException>(() => LogDirectory.Open(new FileDisk(), path)).Kind);
        }
        finally
        {
            System.IO.Directory.Delete(path, recursive: true);
        }
    }
}
