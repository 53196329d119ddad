using System.Diagnostics;
using Sluice.Storage.Disk;
using Sluice.Storage.Logs;
using Sluice.Storage.Segments;
using Sluice.Storage.Tests.Support;
using Xunit.Abstractions;

namespace Sluice.Storage.Tests;

[CollectionDefinition(nameof(IdlePartitionTests), DisableParallelization = true)]
[Collection(nameof(IdlePartitionTests))]
public sealed class IdlePartitionTests : IDisposable
{
    private const int Partitions = 4_000;
    private readonly ITestOutputHelper _output;
    private readonly string _root = Path.Combine(Path.GetTempPath(), "sluice-" + Guid.NewGuid().ToString("N"));

    public IdlePartitionTests(ITestOutputHelper output) => _output = output;

    public void Dispose() => System.IO.Directory.Delete(_root, recursive: true);

    [Fact]
    public void An_idle_partition_costs_at_most_two_kilobytes_and_no_descriptor()
    {
        var disk = new FileDisk();
        using (LogDirectory directory = LogDirectory.Open(disk, _root))
        {
            var files = new OpenFiles(disk);
            for (int i = 0; i < Partitions; i++)
            {
                PartitionLog log = PartitionLog.Open(files, $"{_root}/a-topic-of-usual-length-{i}", LogConfig.Default, default);
                log.Append(TestLog.Batch(1), 0, 0);
                // Not Close: thousands of flushes would measure the disk.
                log.CloseFiles();
            }
        }
        long managed = Settled(), resident = Environment.WorkingSet;
        var opened = Stopwatch.StartNew();
        var shared = new OpenFiles(disk);
        var logs = new List<PartitionLog>(Partitions);
        for (int i = 0; i < Partitions; i++)
            logs.Add(PartitionLog.Open(shared, $"{_root}/a-topic-of-usual-length-{i}", LogConfig.Default, new LogOpenOptions(1, 0, true, 0)));
        opened.Stop();
        shared.CloseIdle();
        shared.CloseIdle();
        Assert.Equal(0, shared.Count);
        long cost = (Settled() - managed) / Partitions;
        _output.WriteLine($"{cost} bytes a partition; opened in {opened.ElapsedMilliseconds} ms");
        Assert.InRange(cost, 1, 2048);
        // Native memory has no counter of its own; what the process grew by bounds it, with room for the runtime's own.
        Assert.InRange((Environment.WorkingSet - resident) / Partitions, long.MinValue, 8192);
        Assert.DoesNotContain(System.IO.Directory.GetFiles("/proc/self/fd"), fd => new FileInfo(fd).LinkTarget?.Contains(_root, StringComparison.Ordinal) == true);
        Assert.All(logs, log => Assert.Equal(1, log.LogEndOffset));
    }

    private static long Settled()
    {
        GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
